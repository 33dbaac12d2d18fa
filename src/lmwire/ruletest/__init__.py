"""Test a rule set: a plan says which zones must get a license, and lmwire compares that with diagnoses.

`read_plan` reads a plan. `lmwire.ruletest.build` makes its network from Linux network namespaces, and
`lmwire.ruletest.run` runs a diagnosis in every zone. `lmwire.ruletest.results` takes diagnoses of the real
network instead.
"""

from __future__ import annotations

from lmwire.ruletest.errors import PlanError
from lmwire.ruletest.model import Cell, Decision, Result
from lmwire.ruletest.plan import Plan
from lmwire.ruletest.plan_file import parse_plan, read_plan, require_network

__all__ = ["Cell", "Decision", "Plan", "PlanError", "Result", "parse_plan", "read_plan", "require_network"]
