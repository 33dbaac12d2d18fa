"""The words for a judgement. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lmwire.defaults import GATEWAY_KEEPALIVE
from lmwire.idle.model import BEHIND_PROXY, HEARTBEAT, Fate, Judged, Measured, Outcome, Trouble

__all__ = ["headline_of", "remedies_of", "sentences_of"]

_BEAT: Final = f"{HEARTBEAT:g} s"
_NARROW: Final = 1.1

_HOW: Final[Mapping[Fate, str]] = {
    Fate.RESET: "The connection is reset: the application sees a lost connection at once.",
    Fate.CLOSED: "The connection is closed by a device on the path, probably a proxy: the other end did not close it.",
    Fate.REJECTED: "A device on the path rejects what is sent on the connection then, by an ICMP error.",
    Fate.SILENT: "What is sent on the connection then is dropped: the application waits for minutes before it notices.",
    Fate.NOT_RETURNED: (
        "Something on the path acknowledges what is sent then, and the other end does not get it: an SSH tunnel, a "
        "proxy or a VPN whose own connection was lost."
    ),
}

_TROUBLES: Final[Mapping[Trouble, str]] = {
    Trouble.WRONG: "The other end sent bytes that it had not been sent. lmwire believes nothing that it answered.",
    Trouble.GONE: "A connection was lost, and a new one failed, too: the other end or the path is down.",
    Trouble.ENDED: "The other end ended the measurement: it was stopped, or it needed room for other clients.",
    Trouble.SLEPT: "This machine slept meanwhile, so that connections were silent for longer than planned.",
    Trouble.DISORDER: (
        "A connection was lost, and one that had been silent for longer survived. That is not an idle timeout: a "
        "device dropped this one connection, or there are several ways to the other end."
    ),
}


def headline_of(judged: Judged) -> str:
    """Return the result in one sentence."""
    if judged.outcome is Outcome.REMEMBERS:
        return f"The path remembers a connection for at least {judged.survived:g} s of silence."
    if judged.outcome is Outcome.FORGETS:
        least = "" if judged.survived is None else f"more than {judged.survived:g} s and "
        return f"The path forgets a connection after {least}at most {judged.forgotten:g} s of silence."
    return "lmwire could not tell after how much silence the path forgets a connection."


def sentences_of(judged: Judged, measured: Measured) -> tuple[str, ...]:
    """Return what it means: how a connection is lost, and whether a license survives."""
    return tuple(_sentences(judged, measured))


def _sentences(judged: Judged, measured: Measured) -> Iterator[str]:
    if judged.trouble is not Trouble.NOTHING:
        yield _TROUBLES[judged.trouble]
        if judged.trouble is Trouble.GONE:
            yield f"The new connection: {measured.gone}."
        if judged.survived is not None:
            yield f"A connection that had been silent for {judged.survived:g} s survived."
    if judged.how is not None:
        yield _HOW[judged.how]
    if judged.heartbeat_survives:
        narrow = judged.survived is not None and judged.forgotten is not None and judged.survived < HEARTBEAT * _NARROW
        spare = ", with little to spare" if narrow else ""
        yield f"The heartbeat of a license client, every {_BEAT}, keeps its connection alive{spare}."
    elif judged.heartbeat_survives is False:
        yield f"The heartbeat of a license client, every {_BEAT}, comes too late: its license is lost after minutes."
    else:
        yield f"Whether the heartbeat of a license client, every {_BEAT}, comes in time is not known."


def remedies_of(judged: Judged, target: str) -> tuple[str, ...]:
    """Return what to do. `target` is escaped."""
    return tuple(_remedies(judged, target))


def _remedies(judged: Judged, target: str) -> Iterator[str]:
    if judged.trouble is not Trouble.NOTHING:
        yield f"Measure again: `lmwire idle {target}`."
        return
    if judged.heartbeat_survives:
        return
    if judged.heartbeat_survives is None:
        short = judged.forgotten is None
        again = f"`lmwire idle {target} --up-to 180`" if short else f"`lmwire idle {target} --ages 90,115,120,125,150`"
        yield f"Measure around {_BEAT}: {again}."
    if judged.outcome is Outcome.FORGETS and judged.how in BEHIND_PROXY:
        yield (
            f"Raise the timeouts of the proxy or tunnel on the path above {_BEAT}: `timeout client` and `timeout "
            "server` of HAProxy, `proxy_timeout` of nginx. With ssh, set `ServerAliveInterval 20`."
        )
    elif judged.outcome is Outcome.FORGETS:
        yield _keepalive(judged, target)
        yield (
            f"Ask the team of the NAT, VPN or firewall on the path for an idle timeout well above {_BEAT}, such as "
            "2 hours, for TCP to the license server."
        )


def _keepalive(judged: Judged, target: str) -> str:
    longest = judged.keepalive
    if longest is None:
        return f"Measure shorter silences to find a keepalive that helps: `lmwire idle {target} --ages 2,5,10`."
    if longest >= GATEWAY_KEEPALIVE:
        return (
            f"Use a keepalive of at most {longest} s: `lmwire gateway` at one end of the path sends one every "
            f"{GATEWAY_KEEPALIVE:g} s."
        )
    return (
        f"Use a keepalive of at most {longest} s: run `lmwire gateway --config FILE` at one end of the path, with "
        f"`keepalive = {longest}` under `[limits]`."
    )
