"""What the application shows for each verdict: its error code, and how long the user waits for it.

"measured" entries come from an unmodified FlexNet client (11.18 and 11.19 report alike, but for damaged answers)
against the mock and real firewalls; "documented" ones from vendors' support notes, for older clients. A code of None
means that the application shows no network error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.diagnosis.model import Severity, Shown
from lmwire.diagnosis.rules import DIALOGUE_VERDICTS, Judgement, Story
from lmwire.evidence import VENDOR_DOWN, Asked, Dialogue, Evidence, Leg, NameFault, Role, Via

__all__ = ["CODES", "OLDER_CODES", "predict", "shown_by"]

_MODERN = "11.18 and 11.19"
_NEWER, _OLDER = "11.19", "11.18"

QUICK: Final = 0.3
SILENT_NAME: Final = 20
"""Seconds that the resolver of Linux waits, as it is set up everywhere, for name servers that do not answer."""

_FALLBACK: Final = "at lmgrd's address"

# (verdict, variant) → (code, seconds). The variant is the part of the evidence that changes what is reported: a
# connect's or dialogue's end, the service met, what is wrong with an answer; "" is any other.
CODES: Final[dict[tuple[str, str], tuple[str | None, float | None]]] = {
    ("name-unresolvable", ""): ("-96,7", QUICK),
    ("name-unresolvable", Story.THIS_HOST): ("-95,378", QUICK),
    ("lmgrd-refused", ""): ("-15,570", QUICK),
    ("lmgrd-rejected", ""): ("-15,570", QUICK),
    ("lmgrd-unreachable", ""): ("-15,570", 6),
    ("lmgrd-denied", ""): ("-15,570", QUICK),
    ("lmgrd-filtered", ""): ("-15,570", 20),
    ("lmgrd-silent", ""): ("-16,287", 20),
    ("lmgrd-payload-lost", ""): ("-16,287", 20),
    ("lmgrd-closes", ""): ("-7,10015", QUICK),
    ("lmgrd-closes", "reset"): ("-16,10009", QUICK),
    ("lmgrd-foreign", ""): ("-16,10010", 20),
    ("lmgrd-foreign", "HTTP"): ("-7,10015", QUICK),
    ("lmgrd-foreign", "TLS"): ("-7,10015", QUICK),
    ("lmgrd-garbled", ""): ("-59,731", QUICK),
    ("lmgrd-garbled", "sum"): ("-59,688", QUICK),
    ("lmgrd-garbled", "truncated"): ("-16,10010", 20),
    ("range-shadowed", ""): ("-15,29", QUICK),
    ("referral-invalid", ""): ("-15,570", QUICK),
    ("referral-invalid", Story.CIRCLE): (None, None),
    ("referral-unresolvable", ""): ("-96,7", QUICK),
    ("referral-unresolvable", "filtered"): ("-96,7", 20),
    ("referral-elsewhere", ""): ("-15,570", QUICK),
    ("referral-elsewhere", "filtered"): ("-15,570", 45),
    ("referral-loopback", ""): ("-15,570", QUICK),
    ("referral-loopback", "filtered"): ("-15,570", 40),
    ("vendor-refused", ""): ("-15,570", QUICK),
    ("vendor-rejected", ""): ("-15,570", QUICK),
    ("vendor-unreachable", ""): ("-15,570", QUICK),
    ("vendor-denied", ""): ("-15,570", QUICK),
    ("vendor-filtered", ""): ("-15,570", 60),
    ("vendor-silent", ""): ("-16,287", 60),
    ("vendor-silent", _FALLBACK): ("-16,287", 40),
    ("vendor-payload-lost", ""): ("-16,287", 60),
    ("vendor-closes", ""): ("-7,10015", QUICK),
    ("vendor-closes", "reset"): ("-16,10009", QUICK),
    ("vendor-foreign", ""): ("-16,10010", 40),
    ("vendor-foreign", "TLS"): ("-16,10010", 10),
    ("vendor-garbled", ""): ("-59,731", QUICK),
    ("vendor-garbled", "truncated"): ("-59,731", 20),
    ("vendor-garbled", Story.ORDER): (None, None),
}

OLDER_CODES: Final = {"-59,731": "-59,729"}
"""What 11.19 reports → what 11.18 reports in its place, where they differ."""

# Only 11.19 was asked.
_NEWER_ONLY: Final = frozenset({"-95,378"})

# Verdict → (generation, code, note), from vendors' notes: see facts beside each in lmwire.errorcodes.codes.
_DOCUMENTED: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "vendor-filtered": (("older", "-96,491", "server node is down or not responding"),),
    "vendor-refused": (("older", "-96,491", "server node is down or not responding"),),
    "vendor-rejected": (("older", "-96,491", "server node is down or not responding"),),
    "vendor-daemon-down": (("older", "-97,121", "the vendor daemon is down"),),
    "lmgrd-refused": (("older, Windows", "-15,10:10061", "cannot connect to license server"),),
    "name-unresolvable": (("older", "-14,7", "the server's host name can't be found"),),
}


def predict(judgement: Judgement, evidence: Evidence) -> tuple[Shown, ...]:
    """Return what the application shows, measured generations first; empty where nobody knows."""
    # No application is limited to one family of addresses: that was our own option.
    if judgement.id == "inconclusive" or judgement.variant == NameFault.OTHER_FAMILY.value:
        return ()
    if judgement.severity is not Severity.CRITICAL:
        return (_measured(None, _patience(evidence)),)
    documented = () if judgement.variant == Story.THIS_HOST else _documented(judgement.id)
    return (*_reported(judgement, evidence), *documented)


def shown_by(verdict: str) -> tuple[Shown, ...]:
    """Return what the application shows for a verdict, whatever led to it: each code once, the commonest first."""
    if verdict == "healthy":
        return (_measured(None, QUICK),)
    by_code: dict[str | None, float | None] = {}
    for (id_, _), (code, seconds) in CODES.items():
        if id_ == verdict:
            by_code.setdefault(code, seconds)
    measured = [shown for code, seconds in by_code.items() for shown in _generations(code, seconds)]
    if verdict == "vendor-daemon-down":
        measured.append(_lmgrds_own(VENDOR_DOWN))
    return (*measured, *_documented(verdict))


def _documented(verdict: str) -> Iterator[Shown]:
    for flexnet, code, note in _DOCUMENTED.get(verdict, ()):
        yield Shown(flexnet=flexnet, code=code, after_seconds=None, basis="documented", note=note)


def _reported(judgement: Judgement, evidence: Evidence) -> tuple[Shown, ...]:
    leg = judgement.leg
    if leg is not None and leg.dialogue is Dialogue.ERROR:
        # What a client makes of an error without a code was not measured.
        return () if leg.code is None else (_lmgrds_own(leg.code),)
    verdict = _as_met(judgement)
    entry = CODES.get((verdict, _variant(leg) or judgement.variant)) or CODES.get((verdict, ""))
    if entry is None:
        return ()
    code, seconds = entry
    return _generations(code, None if seconds is None else seconds + _name_wait(evidence))


def _generations(code: str | None, seconds: float | None) -> tuple[Shown, ...]:
    """Return what 11.19 shows, and what 11.18 does where that differs."""
    older = OLDER_CODES.get(code or "")
    if older is not None:
        return (_measured(code, seconds, _NEWER), _measured(older, seconds, _OLDER))
    return (_measured(code, seconds, _NEWER if code in _NEWER_ONLY else _MODERN),)


def _lmgrds_own(code: int) -> Shown:
    """Return what an application makes of an error that a server answered: its number, and 274."""
    return _measured(f"{code},274", QUICK)


def _as_met(judgement: Judgement) -> str:
    """Return the verdict by which to look a code up.

    A client that got a connection stays with it, wherever it leads, and reports how the talk ended there.
    """
    leg = judgement.leg
    if leg is not None and leg.role is Role.VENDOR and leg.dialogue in DIALOGUE_VERDICTS:
        return f"vendor-{DIALOGUE_VERDICTS[leg.dialogue]}"
    return "referral-unresolvable" if judgement.variant == Story.NAMELESS else judgement.id


def _measured(code: str | None, seconds: float | None, flexnet: str = _MODERN) -> Shown:
    if code is not None:
        note = ""
    elif seconds is None:
        note = "it asks again and again and never reports, until somebody ends it"
    else:
        note = "no network error; -5 would only mean that the server lacks the feature asked for"
    waited = None if seconds is None else round(seconds, 1)  # what was measured here is no more exact than that
    return Shown(flexnet=flexnet, code=code, after_seconds=waited, basis="measured", note=note)


def _patience(evidence: Evidence) -> float:
    """Return how long a client that is served waits: for slow answers, and for a name's dead addresses."""
    named = evidence.legs_of(Role.VENDOR, Via.REFERRAL)
    dead = sum(leg.connect_seconds for leg in named if not leg.established)
    asked = sum(leg.seconds for leg in evidence.legs if leg.answered and leg.asked is Asked.HELLO)
    return QUICK + dead + asked + _name_wait(evidence)


def _variant(leg: Leg | None) -> str:
    if leg is None:
        return ""
    if not leg.established:
        return leg.connect.value
    if leg.dialogue is Dialogue.RESET:
        return "reset"
    return leg.service or leg.fault or (_FALLBACK if leg.via is Via.LMGRD_ADDRESS else "")


def _name_wait(evidence: Evidence) -> float:
    """Return how long the client waits for names that nobody answers for. A resolver that fails at once costs none."""
    looks = (evidence.resolution_of(via) for via in (Via.TARGET, Via.REFERRAL))
    return sum(SILENT_NAME for look in looks if look and look.fault is NameFault.NO_ANSWER and look.seconds > 1)
