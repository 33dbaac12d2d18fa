"""What a sweep finds: frozen values."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from lmwire.diagnosis import Diagnosis, Overall
from lmwire.evidence import Evidence
from lmwire.ports import port_dialled

__all__ = ["SCHEMA", "Change", "ServerState", "SweepReport", "SweepResult", "VendorState", "changes", "state_of"]

SCHEMA: Final = "lmwire.sweep/1"


class VendorState(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one vendor daemon of a server.

    Attributes:
        verdict: its id. headline: in words, escaped.
        state: "ok", "warning", "critical" or "inconclusive".
        port: the vendor daemon's, as lmgrd refers to it; None where no referral came.
    """

    vendor: str
    verdict: str
    state: Overall
    headline: str
    port: int | None


class ServerState(msgspec.Struct, frozen=True, kw_only=True):
    """What can change of a server.

    Attributes:
        lmgrd_version: as lmgrd tells it; empty when it did not.
        master: of a triad; empty otherwise.
    """

    vendors: tuple[VendorState, ...]
    lmgrd_version: str = ""
    master: str = ""


class SweepResult(msgspec.Struct, frozen=True, kw_only=True):
    """One server of a list, diagnosed. A line of `lmwire sweep --format json`.

    Attributes:
        name, path, tags: as the list has them, escaped.
        time: of the start, UTC. seconds: until the diagnosis.
        overall: what its path comes to.
        diagnoses: in full.
    """

    schema: str = SCHEMA
    name: str
    path: str
    tags: tuple[str, ...]
    time: datetime
    seconds: float
    overall: Overall
    state: ServerState
    diagnoses: tuple[Diagnosis, ...]


class SweepReport(msgspec.Struct, frozen=True, kw_only=True):
    """All servers of a list, in its order, without the diagnoses in full."""

    results: tuple[SweepResult, ...]
    seconds: float


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something of a server that is not as it was.

    Attributes:
        what: "verdict", "vendor port", "lmgrd version" or "triad master".
        before, now: as texts; empty for unknown.
        since: when `before` was first seen.
    """

    name: str
    vendor: str
    what: str
    before: str
    now: str
    since: datetime
    time: datetime


def state_of(diagnoses: tuple[Diagnosis, ...], states: tuple[Overall, ...]) -> ServerState:
    """Return what can change, from diagnoses and the state of each."""
    evidences = [diagnosis.evidence for diagnosis in diagnoses]
    return ServerState(
        vendors=tuple(
            VendorState(
                vendor=diagnosis.vendor,
                verdict=str(diagnosis.verdict.id),
                state=state,
                headline=diagnosis.verdict.headline,
                port=_port(diagnosis.evidence),
            )
            for diagnosis, state in zip(diagnoses, states, strict=True)
        ),
        lmgrd_version=next((each.lmgrd_version for each in evidences if each.lmgrd_version), ""),
        master=next((each.triad_master for each in evidences if each.triad_master), ""),
    )


def _port(evidence: Evidence) -> int | None:
    return None if evidence.referral is None else port_dialled(evidence.referral.port)


def changes(name: str, before: ServerState, since: datetime, now: ServerState, time: datetime) -> tuple[Change, ...]:
    """Return what differs between two states of a server. What is unknown now is no change."""
    found = []
    known = {each.vendor: each for each in before.vendors}
    for each in now.vendors:
        was = known.get(each.vendor)
        pairs = [("verdict", was.verdict if was else "", each.verdict)]
        if was is not None and was.port and each.port:
            pairs.append(("vendor port", str(was.port), str(each.port)))
        found += [(each.vendor, *pair) for pair in pairs]
    for what, old, new in (
        ("lmgrd version", before.lmgrd_version, now.lmgrd_version),
        ("triad master", before.master, now.master),
    ):
        if old and new:
            found.append(("", what, old, new))
    return tuple(
        Change(name=name, vendor=vendor, what=what, before=old, now=new, since=since, time=time)
        for vendor, what, old, new in found
        if old != new
    )
