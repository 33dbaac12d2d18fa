"""Read a plan: TOML, schema, and consistency. Reports all problems at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lmwire.ruletest.errors import PlanError
from lmwire.ruletest.plan import Plan
from lmwire.ruletest.plan_check import check_network, check_plan
from lmwire.text import printable, settled
from lmwire.toml_file import TomlError, parse_toml, read_toml

__all__ = ["parse_plan", "read_plan", "require_network"]


def read_plan(file: Path) -> Plan:
    """Return the plan in `file`.

    Raises:
        PlanError: the file cannot be read, or does not match the schema.
    """
    try:
        return _checked(read_toml(file, Plan), _shown(file))
    except TomlError as error:
        raise PlanError.of_file(error, _shown(file)) from error


def parse_plan(text: str, file: str = "plan") -> Plan:
    """Return the plan in `text`; raises PlanError like `read_plan`."""
    try:
        return _checked(parse_toml(text, file, Plan), file)
    except TomlError as error:
        raise PlanError.of_file(error, file) from error


def _checked(plan: Plan, file: str) -> Plan:
    problems = _told(check_plan(plan))
    if problems:
        raise PlanError(file, problems)
    return plan


def require_network(plan: Plan, file: Path) -> None:
    """Check the parts of the plan that only its network needs.

    Raises:
        PlanError: a subnet is missing, an address does not fit, or a rule file does not exist.
    """
    problems = _told(check_network(plan, file.parent))
    if problems:
        raise PlanError(_shown(file), problems)


def _told(problems: Iterable[str]) -> list[str]:
    """Return the problems escaped, each once: a problem of a server may occur for every zone."""
    return list(dict.fromkeys(map(settled, problems)))


def _shown(file: Path) -> str:
    return printable(str(file), 200)
