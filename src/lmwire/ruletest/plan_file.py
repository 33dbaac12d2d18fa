"""Read a plan: TOML, its schema, and that its parts fit together. All that is wrong is told at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from lmwire.ruletest.errors import PlanError
from lmwire.ruletest.plan import Plan
from lmwire.ruletest.plan_check import check_network, check_plan
from lmwire.text import printable, settled

__all__ = ["parse_plan", "read_plan", "require_network"]

_MOST_BYTES: Final = 1 << 20
_AT: Final = re.compile(r"(?P<what>.*) - at `\$(?P<path>.*)`", re.DOTALL)
_FIELD: Final = re.compile(r"Object (?P<how>missing required|contains unknown) field `(?P<field>[^`]*)`")


def read_plan(file: Path) -> Plan:
    """Return the plan in `file`.

    Raises:
        PlanError: it can't be read, or does not hold what the schema asks for.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise PlanError(_shown(file), [f"can't be read: {error.strerror}"]) from error
    if len(data) > _MOST_BYTES:
        raise PlanError(_shown(file), [f"has more than {_MOST_BYTES} bytes, which no plan needs"])
    try:
        text = data.decode("utf-8-sig")  # some editors of Windows put a mark in front
    except UnicodeDecodeError as error:
        raise PlanError(_shown(file), [f"is not UTF-8 at byte {error.start}"]) from error
    return parse_plan(text, _shown(file))


def parse_plan(text: str, file: str = "plan") -> Plan:
    """Return the plan that `text` holds; raises PlanError as `read_plan` does."""
    try:
        plan = msgspec.toml.decode(text, type=Plan)
    except msgspec.DecodeError as error:  # of which ValidationError is one
        raise PlanError(file, [_located(str(error))]) from error
    except (ValueError, RecursionError) as error:  # of Python's own limits, which the TOML reader lets through
        raise PlanError(file, ["holds a number, or brackets within brackets, larger than any plan needs"]) from error
    problems = _told(check_plan(plan))
    if problems:
        raise PlanError(file, problems)
    return plan


def require_network(plan: Plan, file: Path) -> None:
    """Check what only the network that is built from the plan needs.

    Raises:
        PlanError: a subnet is missing, an address does not fit, a rule file is not there.
    """
    problems = _told(check_network(plan, file.parent))
    if problems:
        raise PlanError(_shown(file), problems)


def _told(problems: Iterable[str]) -> list[str]:
    """Return them escaped, and each once: what is wrong with a server may be so for every zone."""
    return list(dict.fromkeys(map(settled, problems)))


def _shown(file: Path) -> str:
    return printable(str(file), 200)


def _located(message: str) -> str:
    """Return msgspec's complaint with its place first: `zones[2].sees: ...`."""
    found = _AT.fullmatch(message)
    what, path = (found["what"], found["path"].removeprefix(".")) if found else (message, "")
    field = _FIELD.match(what)
    if field:
        path = f"{path}.{field['field']}" if path else field["field"]
        what = "is missing" if field["how"].startswith("missing") else "there is no such key; see `--example`"
    return printable(f"{path}: {what}" if path else what)
