"""Tests of a rule set: a plan says who must get a license through it, and what is found is held against that.

`read_plan` reads a plan. `lmwire.ruletest.build` makes a network from it, of Linux network namespaces, and
`lmwire.ruletest.run` diagnoses from every zone of it; `lmwire.ruletest.results` takes diagnoses of the real
network instead.
"""

from __future__ import annotations

from lmwire.ruletest.errors import PlanError
from lmwire.ruletest.model import Cell, Decision, Result
from lmwire.ruletest.plan import Plan
from lmwire.ruletest.plan_file import parse_plan, read_plan, require_network

__all__ = ["Cell", "Decision", "Plan", "PlanError", "Result", "parse_plan", "read_plan", "require_network"]
