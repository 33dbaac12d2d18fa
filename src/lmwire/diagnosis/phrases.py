"""Short phrases: who met the server, ICMP errors, look-ups, how a leg ended, how long it took."""

from __future__ import annotations

from typing import Final

from lmwire.evidence import Connect, Dialogue, Evidence, Icmp, Leg, NameFault, Resolution
from lmwire.text import printable

__all__ = ["fate", "icmp_text", "observer", "resolution_text", "seconds_text", "service_text"]

_NAME_FAULTS: Final = {
    NameFault.NOT_FOUND: "the name does not exist",
    NameFault.NO_ANSWER: "the name servers did not answer",
    NameFault.OTHER_FAMILY: "it has no address of the family asked for",
    NameFault.INVALID: "it is not a name that can be looked up",
}
_ICMP: Final = {
    (4, 3, 0): "network unreachable",
    (4, 3, 1): "host unreachable",
    (4, 3, 2): "protocol unreachable",
    (4, 3, 3): "port unreachable",
    (4, 3, 9): "network administratively prohibited",
    (4, 3, 10): "host administratively prohibited",
    (4, 3, 13): "communication administratively prohibited",
    (4, 11, 0): "time to live exceeded, a routing loop",
    (6, 1, 0): "no route to destination",
    (6, 1, 1): "communication administratively prohibited",
    (6, 1, 3): "address unreachable",
    (6, 1, 4): "port unreachable",
    (6, 1, 5): "source address failed policy",
    (6, 1, 6): "route rejected",
    (6, 3, 0): "hop limit exceeded, a routing loop",
}
_FATES: Final = {
    Connect.REFUSED: "the port refuses",
    Connect.REJECTED: "a firewall rejects the port",
    Connect.FILTERED: "the port is filtered",
    Connect.UNREACHABLE: "the address is unreachable",
    Connect.DENIED: "{here} itself forbids the connection",
    Connect.UNKNOWN: "lmwire does not know how a connect there ended",
    Dialogue.SILENT: "the port accepts, but never answers",
    Dialogue.LOST: "the port accepts, but takes no data",
    Dialogue.CLOSED: "the port accepts and closes",
    Dialogue.RESET: "the port accepts and resets",
    Dialogue.GARBLED: "the answer is damaged",
    Dialogue.FOREIGN: "another service answers",
    Dialogue.ERROR: "the server answers with an error",
}
_ROUND = 10  # from here on, a tenth of a second tells nothing


def observer(evidence: Evidence) -> str:
    """Return who met the server, for a template's `{here}`: this machine, or the client of a capture."""
    if evidence.source != "capture":
        return "this machine"
    client = next((leg.local for leg in evidence.legs if leg.local), "")
    return f"the client {client}" if client else "the client"


def icmp_text(icmp: Icmp) -> str:
    """Return an ICMP error in words; an unknown one as its numbers."""
    words = _ICMP.get((icmp.version, icmp.type, icmp.code))
    return f"ICMP {words}" if words else f"ICMP type {icmp.type} code {icmp.code}"


def resolution_text(look: Resolution) -> str:
    """Return a look-up's outcome in words."""
    if look.addresses:
        return ", ".join(look.addresses)
    return _NAME_FAULTS[look.fault] if look.fault else "no address"


def fate(leg: Leg, here: str) -> str:
    """Return how a leg ended, as a clause; `here` says who connects, see `observer`."""
    if not leg.established:
        return _FATES[leg.connect].format(here=here)
    return _FATES.get(leg.dialogue, "the vendor daemon answers") if leg.dialogue else "the port accepts"


def seconds_text(seconds: float) -> str:
    """Return a time that somebody waited: whole seconds, with one decimal where that tells more.

    >>> [seconds_text(time) for time in (20.4, 4.0, 1.25, 0.4, 0.03)]
    ['20 s', '4 s', '1.2 s', '0.4 s', '0.03 s']
    """
    if seconds >= _ROUND:
        return f"{seconds:.0f} s"
    return f"{round(seconds, 1) or float(f'{seconds:.1g}'):g} s"


def service_text(leg: Leg) -> str:
    """Return the service that was met, with its article, at the beginning of a sentence."""
    if leg.service in {"", "unknown"}:
        return "A service that does not speak FlexNet"
    article = "An" if leg.service[0] in "AEFHILMNORSX" and leg.service.isupper() else "A"
    return f"{article} {printable(leg.service, 40)} service"
