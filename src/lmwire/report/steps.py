"""The walk as a list of steps: resolve, lmgrd, referral, vendor daemon. Shared by every renderer."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import msgspec

from lmwire.diagnosis.model import Diagnosis, Finding, Member, Occurrence, Severity
from lmwire.diagnosis.phrases import icmp_text, observer, resolution_text
from lmwire.diagnosis.verdicts import SPECS, BlamedStep, VerdictId
from lmwire.evidence import Answer, Asked, Connect, Dialogue, Evidence, Leg, Resolution, Role, Via
from lmwire.text import escaped

__all__ = [
    "Mark",
    "Station",
    "WalkStep",
    "mark_of",
    "mark_of_member",
    "occurrence_words",
    "other_findings",
    "span",
    "steps_of",
]

_MOST = 12
_BRIEF = 60


class Mark(enum.Enum):
    """How a step ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "not reached"


class Station(enum.Enum):
    """The stations of the way to a license, in order."""

    RESOLVE = "resolve"
    LMGRD = "lmgrd"
    REFERRAL = "referral"
    VENDOR = "vendor daemon"


@dataclass(frozen=True, slots=True)
class WalkStep:
    """One line of the walk. Texts are escaped; `seconds` is None where nothing was timed."""

    station: Station
    mark: Mark
    endpoint: str
    fact: str
    seconds: float | None = None


_MARKS: Final = {Severity.OK: Mark.OK, Severity.WARNING: Mark.WARNING, Severity.CRITICAL: Mark.FAILED}


def mark_of(diagnosis: Diagnosis) -> Mark:
    """Return the mark of the whole diagnosis."""
    return _mark(diagnosis.verdict.id, diagnosis.verdict.severity)


def mark_of_member(member: Member) -> Mark:
    """Return the mark of a triad's other server, judged alone."""
    return _mark(member.verdict, member.severity)


def _mark(verdict: str, severity: Severity) -> Mark:
    return Mark.UNKNOWN if verdict == VerdictId.INCONCLUSIVE else _MARKS[severity]


def span(seconds: float) -> str:
    """Return a time as people read it: `0.4 ms`, `120 ms`, `4.0 s`."""
    if seconds < 0.01:  # noqa: PLR2004 # below, the first decimal still tells something
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def steps_of(diagnosis: Diagnosis) -> list[WalkStep]:
    """Return the walk; a station that was not reached is there too, and says so."""
    evidence = diagnosis.evidence
    # What failed on the way of a path that serves all the same is worth a warning, no more.
    bad = Mark.FAILED if mark_of(diagnosis) in (Mark.FAILED, Mark.UNKNOWN) else Mark.WARNING
    stages = (
        (Station.RESOLVE, _resolve(evidence, bad)),
        (Station.LMGRD, _legs(evidence, Role.LMGRD, bad)),
        (Station.REFERRAL, _referral(diagnosis)),
        (Station.VENDOR, _legs(evidence, Role.VENDOR, bad)),
    )
    return [step for station, steps in stages for step in _limited(steps) or [_skipped(evidence, station)]]


def _limited(steps: list[WalkStep]) -> list[WalkStep]:
    if len(steps) <= _MOST:
        return steps
    more = f"and {len(steps) - _MOST + 1} more"
    return [*steps[: _MOST - 1], replace(steps[_MOST - 1], mark=Mark.SKIPPED, endpoint="…", fact=more, seconds=None)]


def _skipped(evidence: Evidence, station: Station) -> WalkStep:
    asked_not_to = station is Station.VENDOR and evidence.referral is not None and not evidence.followed
    return WalkStep(station, Mark.SKIPPED, "", "not followed, as asked" if asked_not_to else "not reached")


def _resolve(evidence: Evidence, bad: Mark) -> list[WalkStep]:
    return [
        WalkStep(
            Station.RESOLVE,
            Mark.OK if look.addresses else bad,
            escaped(look.name),
            _look_fact(look),
            None if look.source == "literal" else look.seconds,
        )
        for look in evidence.resolutions
        if look.via is Via.TARGET
    ]


def _look_fact(look: Resolution) -> str:
    if look.source == "literal" and look.addresses:
        return "an address"
    fact = escaped(resolution_text(look), 200)
    return f"name servers say: {fact}" if look.source == "dns" else fact


def _referral(diagnosis: Diagnosis) -> list[WalkStep]:
    evidence, referral = diagnosis.evidence, diagnosis.evidence.referral
    if referral is None:
        return []
    at_fault = SPECS[diagnosis.verdict.id].blames is BlamedStep.REFERRAL
    mark = mark_of(diagnosis) if at_fault else Mark.OK
    host = escaped(referral.host)
    endpoint = f"[{host}]:{referral.port}" if ":" in host else f"{host or '(no name)'}:{referral.port}"
    looks = [look for look in evidence.resolutions if look.via is Via.REFERRAL]
    if not looks:
        return [WalkStep(Station.REFERRAL, mark, endpoint, "lmwire cannot follow it" if at_fault else "")]
    return [
        WalkStep(Station.REFERRAL, mark, endpoint, _look_fact(look), _own_seconds(look, evidence)) for look in looks
    ]


def _own_seconds(look: Resolution, evidence: Evidence) -> float | None:
    """Return how long the referral's look-up took; None where there was none but that of the license path's name."""
    shared = any(
        other.via is Via.TARGET and msgspec.structs.replace(other, via=look.via) == look
        for other in evidence.resolutions
    )
    return None if shared or look.source == "literal" else look.seconds


def _legs(evidence: Evidence, role: Role, bad: Mark) -> list[WalkStep]:
    legs = evidence.legs_of(role)
    # The list of vendor daemons is a help; what counts is the hello.
    hellos = [leg for leg in legs if leg.asked is not Asked.DLIST] or legs
    served = any(map(_right, hellos))
    walked = role is Role.LMGRD and evidence.port is None
    steps = []
    for group in _runs(legs) if walked else ([leg] for leg in legs):
        passed_over = walked and _passed_over(group[0], legs)
        mark = Mark.SKIPPED if passed_over else _leg_mark(group[0], bad, served=served)
        steps.append(_leg_step(group, mark, evidence))
    return steps


def _passed_over(leg: Leg, legs: Sequence[Leg]) -> bool:
    """Whether `@host` has no need of this port: it goes on from closed ones, and stops where lmgrd answers."""
    if leg.connect is Connect.REFUSED:
        return any(other.established for other in legs)
    found = next((other.port for other in legs if _right(other)), leg.port)
    return leg.port > found and not _right(leg)


def _right(leg: Leg) -> bool:
    """Whether the answer is one that a server of this role gives."""
    return leg.answered and leg.answer is not _OTHERS[leg.role]


def _leg_mark(leg: Leg, bad: Mark, *, served: bool) -> Mark:
    if _right(leg):
        return Mark.OK
    return Mark.WARNING if served and not leg.answered else bad


def _runs(legs: Iterable[Leg]) -> Iterator[list[Leg]]:
    """Put neighbouring ports of one address that ended alike together."""
    unestablished = itertools.count()
    for _, group in itertools.groupby(
        legs, key=lambda leg: (leg.address, leg.connect, next(unestablished) if leg.established else None, leg.icmp)
    ):
        yield list(group)


def _leg_step(group: list[Leg], mark: Mark, evidence: Evidence) -> WalkStep:
    leg = group[0]
    endpoint = leg.endpoint if len(group) == 1 else f"{leg.endpoint}-{group[-1].port}"
    fact = _leg_fact(leg, evidence)
    if mark is Mark.SKIPPED and leg.established and leg.dialogue is None:
        fact = "accepts, not asked"
    if leg.established and any(one.asked is Asked.DLIST for one in evidence.legs_of(leg.role)):
        fact = f"{_QUESTIONS[leg.asked]}{fact}"  # the same lmgrd has two lines
    if leg.via is Via.LMGRD_ADDRESS:
        fact = f"{fact}, at lmgrd's own address"
    station = Station.LMGRD if leg.role is Role.LMGRD else Station.VENDOR
    seconds = max(one.seconds or one.connect_seconds for one in group)
    return WalkStep(station, mark, escaped(endpoint), fact, seconds)


_OTHERS: Final = {Role.LMGRD: Answer.HELLO, Role.VENDOR: Answer.REFERRAL}
"""Role → the answer that would come from the other one."""

_QUESTIONS: Final = {Asked.HELLO: "hello: ", Asked.DLIST: "dlist: ", Asked.NOTHING: ""}

_CONNECT: Final = {
    Connect.REFUSED: "refused",
    Connect.REJECTED: "rejected",
    Connect.FILTERED: "filtered: no answer",
    Connect.UNREACHABLE: "unreachable",
    Connect.DENIED: "denied by {here}",
    Connect.UNKNOWN: "outcome unknown",
}
_DIALOGUE: Final = {
    None: "accepts",
    Dialogue.SILENT: "accepts, never answers",
    Dialogue.LOST: "accepts, takes no data",
    Dialogue.CLOSED: "accepts, then closes",
    Dialogue.RESET: "accepts, then resets",
    Dialogue.GARBLED: "answers wrongly",
}


def _leg_fact(leg: Leg, evidence: Evidence) -> str:
    if not leg.established:
        return _CONNECT[leg.connect].format(here=observer(evidence)) + _why_not(leg)
    if leg.dialogue is Dialogue.ERROR:
        return f"answers error {leg.code if leg.code is not None else escaped(leg.detail, 40)}"
    if leg.dialogue is Dialogue.FOREIGN:
        service = "" if leg.service in {"", "unknown"} else f"{escaped(leg.service, 20)}, "
        return f"{service}not FlexNet"
    if leg.dialogue is Dialogue.ANSWERED:
        return _answer_fact(leg, evidence)
    tells = leg.detail and leg.dialogue in (None, Dialogue.GARBLED)
    return _DIALOGUE[leg.dialogue] + (f": {escaped(leg.detail, _BRIEF)}" if tells else "")


def _why_not(leg: Leg) -> str:
    if leg.icmp is not None:
        sender = "the server itself" if leg.icmp.sender == leg.address else escaped(leg.icmp.sender)
        return f": {icmp_text(leg.icmp)}, from {sender}"
    tells = leg.detail and leg.connect in (Connect.UNREACHABLE, Connect.DENIED, Connect.REJECTED, Connect.UNKNOWN)
    return f": {escaped(leg.detail, _BRIEF)}" if tells else ""


def _answer_fact(leg: Leg, evidence: Evidence) -> str:
    fact = "answers"
    if not _right(leg):
        fact = f"answers as {'a vendor daemon' if leg.role is Role.LMGRD else 'lmgrd'} would"
    if leg.asked is Asked.DLIST:
        names = escaped(", ".join(evidence.daemons or ()))
        fact = f"vendor daemons {names}" if names else "no vendor daemons"
        fact += f" (lmgrd {escaped(evidence.lmgrd_version, 12)})" if evidence.lmgrd_version else ""
        fact += f", master {escaped(evidence.triad_master, 40)}" if evidence.triad_master else ""
    if leg.answer is Answer.HELLO and leg.version:
        fact += f" (FlexNet {escaped(leg.version, 12)})"
    return f"{fact} (legacy)" if leg.legacy else fact


def other_findings(diagnosis: Diagnosis) -> tuple[Finding, ...]:
    """Return the findings that nothing else in a view tells: a triad's servers have a line of their own there."""
    shown = {"triad-member-down", "triad-member-open"} if diagnosis.members else set()
    if diagnosis.verdict.severity is not Severity.CRITICAL:
        shown.add("triad-no-quorum")  # the headline says so
    return tuple(finding for finding in diagnosis.findings if finding.id not in shown)


def occurrence_words(seen: Occurrence) -> str:
    """Return which clients a capture shows this of, how often and when, as a sentence."""
    who = f"client {seen.client}" if seen.clients == 1 else f"{seen.clients} clients, first {seen.client},"
    began, ended = (datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M:%S") for when in (seen.first, seen.last))
    times = "once" if seen.attempts == 1 else f"{seen.attempts} times"
    period = f"at {began}" if began == ended else f"from {began} to {ended}"
    return f"Seen from {who} {times} {period} UTC."
