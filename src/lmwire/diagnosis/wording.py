"""Fill in the sentences of a verdict for one judgement."""

from __future__ import annotations

from lmwire.diagnosis.judge import Judgement
from lmwire.diagnosis.model import Verdict
from lmwire.diagnosis.template_values import values_of
from lmwire.diagnosis.verdicts import SPECS
from lmwire.evidence import Answer, Evidence, Leg, Role
from lmwire.text import printable

__all__ = ["verdict_of"]

_PASSED_OVER = " lmgrd itself answers on {later}, but a client without a port stays with the first port that accepts."
_NAME_PORT = "Name lmgrd's port in the license path: `{entry}`."


def verdict_of(evidence: Evidence, judgement: Judgement) -> Verdict:
    """Return the verdict in words."""
    wording = SPECS[judgement.id].wording(judgement.variant)
    known = values_of(evidence, judgement)
    cause, remedies = wording.cause, wording.remedies
    later = _lmgrd_behind(evidence, judgement)
    if later is not None:
        known["later"] = str(later.port)
        cause, remedies = cause + _PASSED_OVER, (_NAME_PORT, *remedies)
    return Verdict(
        id=judgement.id.value,
        severity=judgement.severity,
        headline=wording.headline.format_map(known),
        cause=cause.format_map(known),
        remedies=tuple(text for text in (remedy.format_map(known) for remedy in remedies) if text),
        reason=printable(judgement.reason),
    )


def _lmgrd_behind(evidence: Evidence, judgement: Judgement) -> Leg | None:
    """Return lmgrd's leg, when a walk through the default range met it behind the port that was judged to be at fault.

    "range-shadowed" says that itself.
    """
    judged = judgement.leg
    if evidence.port is not None or judged is None or judged.role is not Role.LMGRD or not judged.established:
        return None
    if judged.answered:
        return None
    behind = (leg for leg in evidence.legs_of(Role.LMGRD) if leg.port > judged.port)
    return next((leg for leg in behind if leg.answer in (Answer.REFERRAL, Answer.TEXT)), None)
