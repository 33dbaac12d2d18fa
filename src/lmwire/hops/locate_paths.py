"""Choose the paths to trace from the evidence, and trace and judge each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from lmwire.evidence import Connect, Evidence, Role
from lmwire.hops.connect_probe import ConnectProbe
from lmwire.hops.errors import LocateError
from lmwire.hops.hop_trace import TraceLimits, trace
from lmwire.hops.judging import judge
from lmwire.hops.port_checks import Talk, check
from lmwire.hops.result import Aim, Located
from lmwire.hops.trace_sentences import tell
from lmwire.ports import MAX_PORT
from lmwire.probe.concurrency import together

__all__ = ["MOST", "aims_of", "locate"]

MOST: Final = 8
"""Most paths that one command traces; few servers have more vendor daemons and addresses."""


_NOTHING_TO_LOCATE: Final = frozenset({Connect.ESTABLISHED, Connect.UNKNOWN})


class Prober(msgspec.Struct, frozen=True):
    """The connects to one address, the local address that they use, and how to talk to a license server."""

    probe: ConnectProbe
    local: str
    talk: Talk | None = None


async def locate(
    aims: Sequence[Aim], limits: TraceLimits, prober: Callable[[str], Prober]
) -> tuple[tuple[Located, ...], tuple[str, ...]]:
    """Trace the path to each aim and judge it.

    Args:
        aims: addresses and ports; at most `MOST` are used.
        limits: the limits of each path.
        prober: makes the connects to an address; may raise LocateError.

    Returns:
        The results in the order of the aims, and notes about aims that were left out.
    """
    by_address: dict[str, list[Aim]] = {}
    for aim in aims[:MOST]:
        by_address.setdefault(aim.address, []).append(aim)
    results = await together(_at(address, mine, limits, prober) for address, mine in by_address.items())
    found = {one.aim: one for located, _ in results for one in located}
    notes = [note for _, note in results if note]
    if len(aims) > MOST:
        notes.append(f"lmwire traced only the first {MOST} of {len(aims)} ports and addresses.")
    return tuple(found[aim] for aim in aims if aim in found), tuple(notes)


async def _at(
    address: str, aims: Iterable[Aim], limits: TraceLimits, prober: Callable[[str], Prober]
) -> tuple[list[Located], str]:
    """Trace the ports of one address one after the other, because routers limit their answers."""
    located: list[Located] = []
    try:
        one = prober(address)
        for aim in aims:
            seen = await trace(one.probe, address, aim.port, aim.control, local=one.local, limits=limits)
            checks = await check(one.probe, seen, limits, one.talk, aim.vendor)
            seen = msgspec.structs.replace(seen, checks=checks)
            judged = judge(seen)
            located.append(Located(aim=aim, trace=seen, judged=judged, told=tell(seen, judged)))
    except LocateError as error:
        return located, error.one_line
    return located, ""


def aims_of(evidence: Evidence, named: Iterable[str] = (), control: int | None = None) -> tuple[Aim, ...]:
    """Return the paths that clients need: those to the addresses where they look for the vendor daemon.

    Without a referral, because lmgrd is not reachable, these are lmgrd's paths. The result is empty when the evidence
    has no address and port.

    Args:
        evidence: the evidence of a walk to lmgrd; the walk may end before the referral.
        named: addresses of the referral's name.
        control: a port to compare with instead of lmgrd's.
    """
    return tuple(dict.fromkeys(_aims(evidence, named, control)))


def _aims(evidence: Evidence, named: Iterable[str], control: int | None) -> Iterator[Aim]:
    referral = evidence.referral
    if referral is None:
        legs = [leg for leg in evidence.legs_of(Role.LMGRD) if leg.connect not in _NOTHING_TO_LOCATE]
        # For a walk through the default range, the first port stands for all ten.
        for address, port in {leg.address: leg.port for leg in reversed(legs)}.items():
            yield Aim(address=address, port=port, control=control, vendor=evidence.vendor)
        return
    control_port = control or referral.lmgrd_port
    if not 1 <= referral.port <= MAX_PORT:
        return
    # The port to compare with is known to answer at lmgrd's own address, the address that clients fall back to.
    for address in (*named, referral.lmgrd_address):
        if (address, referral.port) != (referral.lmgrd_address, referral.lmgrd_port):
            other = control_port if control_port != referral.port else None
            yield Aim(address=address, port=referral.port, control=other, vendor=evidence.vendor)
