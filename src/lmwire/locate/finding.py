"""From evidence to the paths worth a look, and from there to what was found on each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from lmwire.evidence import Connect, Evidence, Role
from lmwire.locate.conclusions import tell
from lmwire.locate.errors import LocateError
from lmwire.locate.judging import judge
from lmwire.locate.knocking import Knocker
from lmwire.locate.result import Aim, Located
from lmwire.locate.tracing import Limits, trace
from lmwire.ports import MAX_PORT
from lmwire.probe.concurrency import together

__all__ = ["MOST", "aims_of", "locate"]

MOST: Final = 8
"""Paths that are walked for one command; a server has hardly more vendor daemons and addresses."""


_NOTHING_TO_LOCATE: Final = frozenset({Connect.ESTABLISHED, Connect.UNKNOWN})


class Prober(msgspec.Struct, frozen=True):
    """Whoever knocks at one address, and from which own one."""

    knocker: Knocker
    local: str


async def locate(
    aims: Sequence[Aim], limits: Limits, prober: Callable[[str], Prober]
) -> tuple[tuple[Located, ...], tuple[str, ...]]:
    """Walk to each aim and judge what was seen.

    Args:
        aims: where to; no more than `MOST` are taken.
        limits: for each path.
        prober: makes what knocks at an address; may raise LocateError.

    Returns:
        What was found, in the order of the aims, and why others were left out.
    """
    by_address: dict[str, list[Aim]] = {}
    for aim in aims[:MOST]:
        by_address.setdefault(aim.address, []).append(aim)
    results = await together(_at(address, mine, limits, prober) for address, mine in by_address.items())
    found = {one.aim: one for located, _ in results for one in located}
    notes = [note for _, note in results if note]
    if len(aims) > MOST:
        notes.append(f"Only the first {MOST} of {len(aims)} ports and addresses were looked at.")
    return tuple(found[aim] for aim in aims if aim in found), tuple(notes)


async def _at(
    address: str, aims: Iterable[Aim], limits: Limits, prober: Callable[[str], Prober]
) -> tuple[list[Located], str]:
    """Walk to one address, one port after the other: its routers answer only so often."""
    located: list[Located] = []
    try:
        one = prober(address)
        for aim in aims:
            seen = await trace(one.knocker, address, aim.port, aim.control, local=one.local, limits=limits)
            judged = judge(seen)
            located.append(Located(aim=aim, trace=seen, judged=judged, told=tell(seen, judged)))
    except LocateError as error:
        return located, str(error)
    return located, ""


def aims_of(evidence: Evidence, named: Iterable[str] = (), control: int | None = None) -> tuple[Aim, ...]:
    """Return the paths that decide whether a client gets through: where the vendor daemon is looked for.

    Without a referral, because lmgrd itself is not reached, these are lmgrd's. Empty when the evidence names no
    address and port to look at.

    Args:
        evidence: of a walk to lmgrd; it need not have followed the referral.
        named: addresses of the referral's name.
        control: a port to compare with in place of lmgrd's.
    """
    return tuple(dict.fromkeys(_aims(evidence, named, control)))


def _aims(evidence: Evidence, named: Iterable[str], control: int | None) -> Iterator[Aim]:
    referral = evidence.referral
    if referral is None:
        legs = [leg for leg in evidence.legs_of(Role.LMGRD) if leg.connect not in _NOTHING_TO_LOCATE]
        # Of a walk through the default range, the first port is as good as the other nine.
        for address, port in {leg.address: leg.port for leg in reversed(legs)}.items():
            yield Aim(address=address, port=port, control=control, vendor=evidence.vendor)
        return
    beside = control or referral.lmgrd_port
    if not 1 <= referral.port <= MAX_PORT:
        return
    # lmgrd's own address, which clients fall back to, is where the port to compare with is known to answer.
    for address in (*named, referral.lmgrd_address):
        if (address, referral.port) != (referral.lmgrd_address, referral.lmgrd_port):
            other = beside if beside != referral.port else None
            yield Aim(address=address, port=referral.port, control=other, vendor=evidence.vendor)
