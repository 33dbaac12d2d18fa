"""Where a rule is written: from what nftables shows to the user's own file, and its line where that is certain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from lmwire.ruletest.plan import Machine, Plan
from lmwire.ruletest.trace import Step
from lmwire.ruletest.watch import Watch

__all__ = ["Sources", "lines_of_chain"]

_IPTABLES: Final = {"ip": "iptables", "ip6": "ip6tables"}
_SAVED_TABLES: Final = frozenset({"filter", "nat", "mangle", "raw", "security"})
_DNAT: Final = "inet plan_dnat"


class Sources:
    """Tells a rule's text and place, when called with a machine and a step.

    An iptables rule is given as it stands in the file, with its line: the n-th rule of a chain is the n-th `-A` of it.
    An nftables rule is given as nftables shows it, with variables, sets and includes filled in; a line is named only
    where just one line of the file reads the same.
    """

    def __init__(self, plan: Plan, folder: Path, watches: Mapping[str, Watch]) -> None:
        self._machines: dict[str, Machine] = {each.name: each for each in (*plan.routers, *plan.servers)}
        self._folder = folder
        self._watches = watches

    def __call__(self, name: str, step: Step) -> tuple[str, str]:
        """Return the rule's text, and where it is written."""
        machine = self._machines[name]
        family, _, table = step.table.partition(" ")
        field = _IPTABLES.get(family, "")
        file = getattr(machine, field) if field and table in _SAVED_TABLES else ""
        if not file:
            return step.rule or f"policy {step.verdict}", self._nftables(machine, step)
        lines = list(
            lines_of_chain((self._folder / file).read_text(encoding="utf-8", errors="replace"), table, step.chain)
        )
        if not step.handle:
            policy = next((f"{file}:{number}" for number, text in lines if text.startswith(":")), file)
            return f"policy {step.verdict}", policy
        rules = [(number, text) for number, text in lines if not text.startswith(":")]
        handles = self._watches[name].handles(step.table, step.chain)
        if len(handles) != len(rules) or step.handle not in handles:
            return step.rule, file
        number, text = rules[handles.index(step.handle)]
        return text, f"{file}:{number}"

    def _nftables(self, machine: Machine, step: Step) -> str:
        if step.table == _DNAT:
            return "dnat"
        if not machine.nftables:
            return "ruleset"
        text = (self._folder / machine.nftables).read_text(encoding="utf-8", errors="replace")
        same = [number for number, line in enumerate(text.splitlines(), 1) if step.rule and _same(line, step.rule)]
        return f"{machine.nftables}:{same[0]}" if len(same) == 1 else machine.nftables


def _same(line: str, rule: str) -> bool:
    return line.partition("#")[0].strip().rstrip(";").split() == rule.split()


def lines_of_chain(text: str, table: str, chain: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines that an iptables-save file has for a chain: its policy and its rules."""
    current = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("*"):
            current = line[1:]
        elif current == table and re.match(rf"(?:\[[0-9:]+\] )?(?::|-A ){re.escape(chain)}\s", f"{line} "):
            yield number, re.sub(r"^\[[0-9:]+\] ", "", line)
