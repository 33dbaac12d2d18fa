"""Read a plan: TOML, schema, and consistency. Reports all problems at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from lmwire.ruletest.errors import PlanError
from lmwire.ruletest.plan import Plan
from lmwire.ruletest.plan_check import check_network, check_plan
from lmwire.text import printable, settled
from lmwire.toml_trouble import toml_trouble

__all__ = ["parse_plan", "read_plan", "require_network"]

_MOST_BYTES: Final = 1 << 20


def read_plan(file: Path) -> Plan:
    """Return the plan in `file`.

    Raises:
        PlanError: the file cannot be read, or does not match the schema.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise PlanError.unreadable(_shown(file), error) from error
    if len(data) > _MOST_BYTES:
        raise PlanError(_shown(file), [f"is larger than {_MOST_BYTES} bytes, too large for a plan"])
    try:
        text = data.decode("utf-8-sig")  # some Windows editors add a byte order mark
    except UnicodeDecodeError as error:
        raise PlanError(_shown(file), [f"is not UTF-8 at byte {error.start}; save it as UTF-8"]) from error
    return parse_plan(text, _shown(file))


def parse_plan(text: str, file: str = "plan") -> Plan:
    """Return the plan in `text`; raises PlanError like `read_plan`."""
    try:
        plan = msgspec.toml.decode(text, type=Plan)
    except msgspec.DecodeError as error:  # ValidationError included
        raise PlanError(file, [toml_trouble(str(error), text, keys="see `--example`")]) from error
    except (ValueError, RecursionError) as error:  # Python's own limits, which the TOML reader does not catch
        raise PlanError(file, ["has a number that is too large, or brackets nested too deeply"]) from error
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
