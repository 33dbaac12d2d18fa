"""The table for the firewall team: which connections must be allowed, and what was found of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from lmwire.addresses import is_loopback
from lmwire.diagnosis.judge import points_back
from lmwire.diagnosis.model import Opening
from lmwire.evidence import Answer, Connect, Dialogue, Evidence, Leg, ReferralSeen, Role, Via
from lmwire.ports import DEFAULT_RANGE, MAX_PORT
from lmwire.text import printable

__all__ = ["merged", "openings_and_plans", "openings_of", "port_to_pin"]

_OPEN: Final = "open"
_UNTRIED: Final = "not tried"
_ANYONE: Final = "the clients' network"

# How likely lmgrd is behind a port of the default range: the less, the likelier.
_ANSWERED, _ERROR, _SILENT, _BLOCKED, _REFUSED, _OTHER = range(6)


def openings_of(evidence: Evidence) -> tuple[Opening, ...]:
    """Return the connections that must be allowed, each once."""
    first = list(_lmgrd(evidence))
    second = [*_tried(evidence), *_untried(evidence, first)]
    if not second and evidence.referral is None:
        # Without a referral the second port is unknown. A table without it would open only half of the path.
        first = [msgspec.structs.replace(row, why=f"{row.why}, whose port must be open too") for row in first]
    return merged((*first, *second))


def openings_and_plans(evidence: Evidence) -> tuple[Opening, ...]:
    """Return the connections as `openings_of` does, and those that must be allowed once a port is pinned.

    A port that the system seems to have chosen moves at the next restart. The rule for the firewall is then the one for
    the port to pin, and the rule for today's port ends with it.
    """
    rows, referral = openings_of(evidence), evidence.referral
    if referral is None or referral.port in DEFAULT_RANGE or _pinned(evidence):
        return rows
    today = [row for row in rows if row.port == referral.port and row.state != _OPEN]
    port = port_to_pin(referral)
    if not today or any(row.port == port for row in rows):
        return rows
    until = {row: msgspec.structs.replace(row, why=f"{row.why}, until port {port} is pinned") for row in today}
    planned = [
        msgspec.structs.replace(row, port=port, why=f"{row.why}, from when port {port} is pinned", state=_UNTRIED)
        for row in today
    ]
    return (*(until.get(row, row) for row in rows), *planned)


def port_to_pin(referral: ReferralSeen) -> int:
    """Return the port for the VENDOR line: the present one if it is of the default range, else the first free of it."""
    if referral.port in DEFAULT_RANGE and referral.port != referral.lmgrd_port:
        return referral.port
    return next(port for port in DEFAULT_RANGE[1:] if port != referral.lmgrd_port)


def _pinned(evidence: Evidence) -> bool:
    return bool(evidence.pinned) or (evidence.log is not None and evidence.log.pinned is True)


def merged(openings: Iterable[Opening]) -> tuple[Opening, ...]:
    """Return the rows with each destination and port once; one that was seen open is open."""
    rows: dict[tuple[str, int], Opening] = {}
    for row in openings:
        known = rows.get((row.destination, row.port))
        if known is None or known.state != _OPEN:
            rows[row.destination, row.port] = row
    return tuple(rows.values())


def _lmgrd(evidence: Evidence) -> Iterator[Opening]:
    legs = evidence.legs_of(Role.LMGRD)
    where = ""
    if evidence.port is None and legs:
        legs, found = _of_range(legs)
        where = "" if found else f"listens on one of {DEFAULT_RANGE[0]}-{DEFAULT_RANGE[-1]} and "
    for leg in legs:
        if leg.answer is not Answer.HELLO:
            yield _row(leg, f"lmgrd, which {where}refers to the vendor daemon")


def _of_range(legs: tuple[Leg, ...]) -> tuple[tuple[Leg, ...], bool]:
    """Return the legs to lmgrd's port, and whether that port is known; else the likeliest port of each address."""
    best = min(legs, key=_rank)
    if _rank(best) <= _ERROR:
        return tuple(leg for leg in legs if leg.port == best.port), True
    likeliest: dict[str, Leg] = {}
    for leg in legs:
        if leg.address not in likeliest or _rank(leg) < _rank(likeliest[leg.address]):
            likeliest[leg.address] = leg
    return tuple(leg for leg in likeliest.values() if _rank(leg) < _OTHER), False


def _rank(leg: Leg) -> int:
    if leg.answered and leg.answer is not Answer.HELLO:
        return _ANSWERED
    if leg.dialogue is Dialogue.ERROR:
        return _ERROR
    if leg.answered or leg.dialogue is Dialogue.FOREIGN:
        return _OTHER
    if leg.established:
        return _SILENT
    return _REFUSED if leg.connect is Connect.REFUSED else _BLOCKED


def _tried(evidence: Evidence) -> Iterator[Opening]:
    for leg in evidence.legs_of(Role.LMGRD):
        if leg.answer is Answer.HELLO and evidence.port is not None:
            yield _row(leg, _vendor(evidence))  # a vendor daemon where lmgrd is expected: clients need no lmgrd then
    legs = evidence.legs_of(Role.VENDOR)
    named = any(leg.answered for leg in legs if leg.via is Via.REFERRAL)
    for leg in legs:
        if 1 <= leg.port <= MAX_PORT and (
            leg.established or not (_astray(evidence, leg) or _needless(leg, named=named))
        ):
            yield _row(leg, _vendor(evidence))


def _astray(evidence: Evidence, leg: Leg) -> bool:
    """Whether the name led elsewhere: the rule belongs to the address at which the server was found."""
    referral = evidence.referral
    return referral is not None and leg.via is Via.REFERRAL and leg.address != referral.lmgrd_address


def _needless(leg: Leg, *, named: bool) -> bool:
    """Whether this is the fallback, and the vendor daemon answered where the referral leads."""
    return named and leg.via is Via.LMGRD_ADDRESS


def _untried(evidence: Evidence, first: list[Opening]) -> Iterator[Opening]:
    """Return rows for a vendor daemon that lmwire did not try: lmgrd, a license file or a log names its port."""
    referral = evidence.referral
    if referral is None:
        port, told_by = evidence.pinned, "its line in the license file"
        if not port and evidence.log is not None:
            port, told_by = evidence.log.port, "the server's log"
        if port:
            why = f"{_vendor(evidence)}, by {told_by}"
            yield from (msgspec.structs.replace(row, port=port, why=why, state=_UNTRIED) for row in first)
        return
    if evidence.legs_of(Role.VENDOR) or not 1 <= referral.port <= MAX_PORT or points_back(evidence):
        return
    for destination in _destinations(evidence, referral):
        source = next((row.source for row in first if row.destination == destination), _ANYONE)
        yield _opening(source, destination, referral.port, _vendor(evidence), _UNTRIED)


def _destinations(evidence: Evidence, referral: ReferralSeen) -> tuple[str, ...]:
    look = evidence.resolution_of(Via.REFERRAL)
    if look is not None and look.addresses:
        return look.addresses
    host = referral.host.strip()
    if not host or host.casefold() == evidence.host.casefold() or is_loopback(host):
        return (referral.lmgrd_address,)
    return (printable(host, 100),)


def _vendor(evidence: Evidence) -> str:
    return f"vendor daemon {printable(evidence.vendor, 40)}" if evidence.vendor else "the vendor daemon"


def _row(leg: Leg, why: str) -> Opening:
    return _opening(leg.local or _ANYONE, leg.address, leg.port, why, _OPEN if leg.established else leg.connect.value)


def _opening(source: str, destination: str, port: int, why: str, state: str) -> Opening:
    return Opening(
        source=source,
        destination=destination,
        port=port,
        protocol="TCP",
        direction="client to server",
        why=why,
        state=state,
    )
