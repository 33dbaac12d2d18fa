"""What is known of a verdict, all in one value."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from lmwire.diagnosis.model import Severity
from lmwire.diagnosis.verdicts.ids import VerdictId

__all__ = ["BlamedStep", "OlderCode", "VerdictSpec", "Wording"]


class BlamedStep(enum.Enum):
    """The step on the way to a license that a verdict blames."""

    NAME = "name"
    LMGRD = "lmgrd"
    REFERRAL = "referral"
    VENDOR = "vendor"
    NONE = "none"


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """The sentences of a verdict, or of one of its variants: templates over `lmwire.diagnosis.template_values`.

    Attributes:
        meaning: when the verdict is given, without names: for lists and documentation.
        headline: one sentence with the names filled in.
        cause: why, for the person who must fix it.
        remedies: what to do, the likeliest first. One that comes out empty is left out.
    """

    meaning: str
    headline: str
    cause: str
    remedies: tuple[str, ...] = ()


class OlderCode(msgspec.Struct, frozen=True):
    """The code that an older client shows by the support notes of vendors: see the facts beside it in `errorcodes`."""

    flexnet: str
    code: str
    note: str


class VerdictSpec(Wording, frozen=True, kw_only=True):
    """Everything that is known of one verdict. Every other table of verdicts is derived from these.

    Attributes:
        severity: the usual one; a judgement may soften it.
        blames: the step that failed.
        likeliness: the place among verdicts that show the same code; the smallest number is named first.
        variants: `Variant`, or the value of a `NameFault` → what to say instead.
        no_code_because: why no code was measured for it; see `lmwire.diagnosis.measured`.
        shows_by_documents: what older clients show.
        led_to_by: code → this verdict's place among those that lead to it, for codes that no measurement covers.
            "-97" fits every minor code, "*,274" every major one.
        said_by: id of a known message → this verdict's place among those that lead to it. A message that no verdict
            names has those of its code; see `lmwire.explanations.known_messages`.
        already_says: the findings that would repeat this verdict.
        no_scenario_because: why the mock cannot play it; empty when a scenario does.
    """

    id: VerdictId
    severity: Severity
    blames: BlamedStep
    likeliness: int
    variants: Mapping[str, Wording] = msgspec.field(default_factory=dict)
    no_code_because: str = ""
    shows_by_documents: tuple[OlderCode, ...] = ()
    led_to_by: Mapping[str, int] = msgspec.field(default_factory=dict)
    said_by: Mapping[str, int] = msgspec.field(default_factory=dict)
    already_says: tuple[str, ...] = ()
    no_scenario_because: str = ""

    def wording(self, variant: str) -> Wording:
        """Return the sentences of a variant; the verdict's own where that variant has none."""
        return self.variants.get(variant, self)
