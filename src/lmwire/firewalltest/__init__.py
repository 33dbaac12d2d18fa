"""Tests of a rule set: a plan says who must get a license through it, and what is found is held against that.

`read_plan` reads a plan. `lmwire.firewalltest.build` makes a network from it, of Linux network namespaces, and
`lmwire.firewalltest.run` diagnoses from every zone of it; `lmwire.firewalltest.results` takes diagnoses of the real
network instead.
"""

from __future__ import annotations

from lmwire.firewalltest.errors import PlanError
from lmwire.firewalltest.model import Cell, Decision, Result
from lmwire.firewalltest.plan import Plan
from lmwire.firewalltest.read import parse_plan, read_plan, require_network

__all__ = ["Cell", "Decision", "Plan", "PlanError", "Result", "parse_plan", "read_plan", "require_network"]
