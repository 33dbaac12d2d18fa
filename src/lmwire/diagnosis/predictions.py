"""What the application shows for each verdict: its error code, and how long the user waits for it.

"measured" entries come from an unmodified FlexNet client (11.18 and 11.19 report alike) against the mock and real
firewalls; "documented" ones from vendors' support notes, for older clients. A code of None means that the
application shows no network error.
"""

from __future__ import annotations

from typing import Final

from lmwire.diagnosis.model import Severity, Shown
from lmwire.diagnosis.rules import DIALOGUE_VERDICTS, Judgement
from lmwire.evidence import Asked, Dialogue, Evidence, Leg, Role, Via

__all__ = ["CODES", "predict"]

_MODERN = "11.18 and 11.19"

QUICK: Final = 0.3

_FALLBACK: Final = "at lmgrd's address"
_NAMELESS: Final = "nameless"

# (verdict, variant) → (code, seconds). The variant is the part of the evidence that changes what is reported: a
# connect's or dialogue's end, the service met, what is wrong with an answer; "" is any other.
CODES: Final[dict[tuple[str, str], tuple[str | None, float | None]]] = {
    ("name-unresolvable", ""): ("-96,7", QUICK),
    ("name-unresolvable", "no answer"): ("-96,7", 20),
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
    ("referral-invalid", "circle"): (None, None),
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
    ("vendor-garbled", "order"): (None, None),
}

# Verdict → (generation, code, note), from vendors' notes: see facts beside each in lmwire.diagnosis.codes.
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
    if judgement.id == "inconclusive":
        return ()
    if judgement.severity is not Severity.CRITICAL:
        return (_measured(None, _patience(evidence)),)
    leg = judgement.leg
    if leg is not None and leg.dialogue is Dialogue.ERROR:
        shown = [_measured(f"{leg.code},274", QUICK)]
    else:
        verdict = _as_met(judgement)
        variant = _variant(leg) or judgement.variant or _name_variant(evidence)
        entry = CODES.get((verdict, variant)) or CODES.get((verdict, ""))
        shown = [_measured(*entry)] if entry else []
    shown += [
        Shown(flexnet=flexnet, code=code, after_seconds=None, basis="documented", note=note)
        for flexnet, code, note in _DOCUMENTED.get(judgement.id, ())
    ]
    return tuple(shown)


def _as_met(judgement: Judgement) -> str:
    """Return the verdict by which to look a code up.

    A client that got a connection stays with it, wherever it leads, and reports how the talk ended there.
    """
    leg = judgement.leg
    if leg is not None and leg.role is Role.VENDOR and leg.dialogue in DIALOGUE_VERDICTS:
        return f"vendor-{DIALOGUE_VERDICTS[leg.dialogue]}"
    return "referral-unresolvable" if judgement.variant == _NAMELESS else judgement.id


def _measured(code: str | None, seconds: float | None) -> Shown:
    if code is not None:
        note = ""
    elif seconds is None:
        note = "it asks again and again and never reports, until somebody ends it"
    else:
        note = "no network error; -5 would only mean that the server lacks the feature asked for"
    return Shown(flexnet=_MODERN, code=code, after_seconds=seconds, basis="measured", note=note)


def _patience(evidence: Evidence) -> float:
    """Return how long a client that is served waits: for slow answers, and for a name's dead addresses."""
    named = evidence.legs_of(Role.VENDOR, Via.REFERRAL)
    dead = sum(leg.connect_seconds for leg in named if not leg.established)
    return QUICK + dead + sum(leg.seconds for leg in evidence.legs if leg.answered and leg.asked is Asked.HELLO)


def _variant(leg: Leg | None) -> str:
    if leg is None:
        return ""
    if not leg.established:
        return leg.connect.value
    if leg.dialogue is Dialogue.RESET:
        return "reset"
    return leg.service or leg.fault or (_FALLBACK if leg.via is Via.LMGRD_ADDRESS else "")


def _name_variant(evidence: Evidence) -> str:
    look = evidence.resolution_of(Via.TARGET)
    return look.fault.value if look is not None and look.fault is not None else ""
