"""What the application shows for each verdict: its error code, and how long the user waits for it.

"measured" entries come from an unmodified FlexNet client (11.18 and 11.19 report alike, but for damaged answers)
against the mock and real firewalls; "documented" ones from vendors' support notes, for older clients. A code of None
means that the application shows no network error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.diagnosis.judge import UNANSWERED, Judgement
from lmwire.diagnosis.model import Severity, Shown
from lmwire.diagnosis.verdicts import SPECS, ShownCode, Variant, VerdictId
from lmwire.diagnosis.verdicts.spec import AT_LMGRDS_ADDRESS, QUICK
from lmwire.evidence import Asked, Dialogue, Evidence, Leg, NameFault, Role, Via

__all__ = ["OLDER_CODES", "predict", "shown_by"]

_MODERN = "11.18 and 11.19"
_NEWER, _OLDER = "11.19", "11.18"

SILENT_NAME: Final = 20
"""Seconds that the resolver of Linux waits, by default, for name servers that do not answer."""

OLDER_CODES: Final = {"-59,731": "-59,729"}
"""What 11.19 reports → what 11.18 reports in its place, where they differ."""


def predict(judgement: Judgement, evidence: Evidence) -> tuple[Shown, ...]:
    """Return what the application shows, measured generations first; empty where it is unknown."""
    # No application is limited to one family of addresses: that was our own option.
    if judgement.id is VerdictId.INCONCLUSIVE or judgement.variant == NameFault.OTHER_FAMILY.value:
        return ()
    if judgement.severity is not Severity.CRITICAL:
        return (_measured(None, _patience(evidence)),)
    documented = () if judgement.variant == Variant.THIS_HOST else _documented(judgement.id)
    return (*_reported(judgement, evidence), *documented)


def shown_by(verdict: str) -> tuple[Shown, ...]:
    """Return what the application shows for a verdict, whatever led to it: each code once, the commonest first."""
    by_code: dict[str | None, ShownCode] = {}
    for entry in SPECS[verdict].shows.values():
        by_code.setdefault(entry.code, entry)
    measured = [shown for entry in by_code.values() for shown in _generations(entry, entry.seconds)]
    return (*measured, *_documented(verdict))


def _documented(verdict: str) -> Iterator[Shown]:
    for older in SPECS[verdict].shows_by_documents:
        yield Shown(flexnet=older.flexnet, code=older.code, after_seconds=None, basis="documented", note=older.note)


def _reported(judgement: Judgement, evidence: Evidence) -> tuple[Shown, ...]:
    leg = judgement.leg
    if leg is not None and leg.dialogue is Dialogue.ERROR:
        # What a client makes of an error without a code was not measured.
        return () if leg.code is None else (_lmgrds_own(leg.code),)
    shows = SPECS[_as_met(judgement)].shows
    entry = shows.get(_situation(leg) or judgement.variant) or shows.get("")
    if entry is None:
        return ()
    return _generations(entry, None if entry.seconds is None else entry.seconds + _name_wait(evidence))


def _generations(entry: ShownCode, seconds: float | None) -> tuple[Shown, ...]:
    """Return what 11.19 shows, and what 11.18 does where that differs."""
    older = OLDER_CODES.get(entry.code or "")
    if older is not None:
        return (_measured(entry.code, seconds, _NEWER), _measured(older, seconds, _OLDER))
    return (_measured(entry.code, seconds, _NEWER if entry.newer_only else _MODERN),)


def _lmgrds_own(code: int) -> Shown:
    """Return what an application shows for an error that a server answers: its number, and 274."""
    return _measured(f"{code},274", QUICK)


def _as_met(judgement: Judgement) -> VerdictId:
    """Return the verdict by which to look a code up.

    A client that got a connection stays with it, wherever it leads, and reports how the talk ended there.
    """
    leg = judgement.leg
    talked = None
    if leg is not None and leg.role is Role.VENDOR and leg.dialogue is not None:
        talked = UNANSWERED.get((leg.role, leg.dialogue))
    if talked is not None:
        return talked
    return VerdictId.REFERRAL_UNRESOLVABLE if judgement.variant == Variant.NAMELESS else judgement.id


def _measured(code: str | None, seconds: float | None, flexnet: str = _MODERN) -> Shown:
    if code is not None:
        note = ""
    elif seconds is None:
        note = "it asks again and again, and never reports an error"
    else:
        note = "no network error; -5 only means that the server lacks the feature"
    waited = None if seconds is None else round(seconds, 1)  # what was measured here is no more exact than that
    return Shown(flexnet=flexnet, code=code, after_seconds=waited, basis="measured", note=note)


def _patience(evidence: Evidence) -> float:
    """Return how long a client that is served waits: for slow answers, and for a name's dead addresses."""
    named = evidence.legs_of(Role.VENDOR, Via.REFERRAL)
    dead = sum(leg.connect_seconds for leg in named if not leg.established)
    asked = sum(leg.seconds for leg in evidence.legs if leg.answered and leg.asked is Asked.HELLO)
    return QUICK + dead + asked + _name_wait(evidence)


def _situation(leg: Leg | None) -> str:
    if leg is None:
        return ""
    if not leg.established:
        return leg.connect.value
    if leg.dialogue is Dialogue.RESET:
        return "reset"
    return leg.service or leg.fault or (AT_LMGRDS_ADDRESS if leg.via is Via.LMGRD_ADDRESS else "")


def _name_wait(evidence: Evidence) -> float:
    """Return how long the client waits for names without an answer. A resolver that fails at once costs none."""
    looks = (evidence.resolution_of(via) for via in (Via.TARGET, Via.REFERRAL))
    return sum(SILENT_NAME for look in looks if look and look.fault is NameFault.NO_ANSWER and look.seconds > 1)
