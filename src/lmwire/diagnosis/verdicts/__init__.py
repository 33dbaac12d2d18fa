"""Every verdict, each with all that is known of it: the one home of a verdict.

A module holds the verdicts of one step; `SPECS` holds them all. Texts are templates over the names that
`lmwire.diagnosis.template_values` gives; what comes from the network is escaped there, never here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from lmwire.diagnosis.verdicts import lmgrd, names, referral, vendor, whole
from lmwire.diagnosis.verdicts.ids import Variant, VerdictId
from lmwire.diagnosis.verdicts.spec import BlamedStep, OlderCode, VerdictSpec, Wording

__all__ = ["SPECS", "BlamedStep", "OlderCode", "Variant", "VerdictId", "VerdictSpec", "Wording"]

_WRITTEN: Final = {spec.id: spec for module in (whole, names, lmgrd, referral, vendor) for spec in module.SPECS}

SPECS: Final[Mapping[str, VerdictSpec]] = MappingProxyType(
    {verdict: _WRITTEN[verdict] for verdict in VerdictId if verdict in _WRITTEN}
)
"""Verdict → its spec, in the order of `VerdictId`."""
