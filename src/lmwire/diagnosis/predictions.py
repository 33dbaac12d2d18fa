"""What the application shows for each verdict: its error code, and how long the user waits for it.

"measured" entries come from an unmodified FlexNet client (11.18 and 11.19 report alike) against the mock and real
firewalls; "documented" ones from vendors' support notes, for older clients. A code of None means that the
application shows no network error.
"""

from __future__ import annotations

from typing import Final

from lmwire.diagnosis.model import Severity, Shown
from lmwire.diagnosis.rules import DIALOGUE_VERDICTS, Judgement
from lmwire.evidence import Connect, Dialogue, Evidence, Leg, Role, Via

__all__ = ["CODES", "predict"]

_MODERN = "11.18 and 11.19"

QUICK: Final = 0.3

# (verdict, variant) → (code, seconds). The variant is the part of the evidence that changes the code; "" fits all.
CODES: Final[dict[tuple[str, str], tuple[str | None, float]]] = {
    ("healthy", ""): (None, QUICK),
    ("name-unresolvable", ""): ("-96,7", QUICK),
    ("lmgrd-refused", ""): ("-15,570", QUICK),
    ("lmgrd-rejected", ""): ("-15,570", QUICK),
    ("lmgrd-filtered", ""): ("-15,570", 20),
    ("lmgrd-silent", ""): ("-16,287", 20),
    ("lmgrd-payload-lost", ""): ("-16,287", 20),
    ("lmgrd-closes", ""): ("-7,10015", QUICK),
    ("lmgrd-foreign", "closes"): ("-7,10015", QUICK),
    ("lmgrd-foreign", ""): ("-16,10010", 20),
    ("lmgrd-garbled", "truncated"): ("-16,10010", 20),
    ("lmgrd-garbled", ""): ("-59,731", QUICK),
    ("range-shadowed", ""): ("-15,29", QUICK),
    ("referral-invalid", ""): ("-15,570", QUICK),
    ("referral-unresolvable", ""): ("-96,7", QUICK),
    ("referral-unresolvable", "filtered"): ("-96,7", 20),
    ("referral-elsewhere", ""): ("-15,570", QUICK),
    ("referral-elsewhere", "filtered"): ("-15,570", 45),
    ("referral-loopback", ""): ("-15,570", QUICK),
    ("referral-loopback", "filtered"): ("-15,570", 40),
    ("vendor-refused", ""): ("-15,570", QUICK),
    ("vendor-rejected", ""): ("-15,570", QUICK),
    ("vendor-filtered", ""): ("-15,570", 60),
    ("vendor-silent", ""): ("-16,287", 60),
    ("vendor-payload-lost", ""): ("-16,287", 60),
    ("vendor-closes", "reset"): ("-16,10009", QUICK),
    ("vendor-closes", ""): ("-7,10015", QUICK),
    ("vendor-foreign", ""): ("-16,10010", 40),
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
    if judgement.severity is Severity.WARNING:
        return (_measured(None, _patience(evidence)),)
    leg = judgement.leg
    if leg is not None and leg.dialogue is Dialogue.ERROR:
        shown = [_measured(f"{leg.code},274", QUICK)]
    else:
        verdict = _as_met(judgement)
        entry = CODES.get((verdict, _variant(leg))) or CODES.get((verdict, ""))
        shown = [_measured(*entry)] if entry else []
    shown += [
        Shown(flexnet=flexnet, code=code, after_seconds=None, basis="documented", note=note)
        for flexnet, code, note in _DOCUMENTED.get(judgement.id, ())
    ]
    return tuple(shown)


def _as_met(judgement: Judgement) -> str:
    """Return the verdict by which to look a code up: a client that got a connection stays with it."""
    leg = judgement.leg
    if leg is None or leg.via is not Via.REFERRAL or leg.dialogue not in DIALOGUE_VERDICTS:
        return judgement.id
    return f"vendor-{DIALOGUE_VERDICTS[leg.dialogue]}"


def _measured(code: str | None, seconds: float) -> Shown:
    note = "" if code else "no network error; -5 would only mean that the server lacks the feature asked for"
    return Shown(flexnet=_MODERN, code=code, after_seconds=seconds, basis="measured", note=note)


def _patience(evidence: Evidence) -> float:
    """Return how long a client waits for a name's dead addresses before it falls back to lmgrd's own."""
    named = evidence.legs_of(Role.VENDOR, Via.REFERRAL)
    return QUICK + sum(leg.connect_seconds for leg in named if not leg.established)


def _variant(leg: Leg | None) -> str:
    if leg is None:
        return ""
    if leg.connect is Connect.FILTERED:
        return "filtered"
    if leg.dialogue is Dialogue.RESET:
        return "reset"
    # These hang up on what they can't read, as soon as they see it; other services wait for more.
    return "closes" if leg.service in {"HTTP", "TLS"} else leg.fault
