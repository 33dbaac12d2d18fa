"""Find the place of a rule in the user's file from the output of nftables, with the line if that is certain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from lmwire.ruletest.nft_monitor import Watch
from lmwire.ruletest.plan import Machine, Plan
from lmwire.ruletest.trace import TraceStep

__all__ = ["Sources", "lines_of_chain"]

_IPTABLES: Final = {"ip": "iptables", "ip6": "ip6tables"}
_SAVED_TABLES: Final = frozenset({"filter", "nat", "mangle", "raw", "security"})
_DNAT: Final = "inet plan_dnat"


class Sources:
    """Returns a rule's text and place, when called with a machine and a step.

    An iptables rule has its text and line in the file: the n-th rule of a chain is its n-th `-A` line. An nftables rule
    has the text that nftables shows, with variables, sets and includes filled in. Its line is known only if exactly
    one line of the file has the same text.
    """

    def __init__(self, plan: Plan, folder: Path, watches: Mapping[str, Watch]) -> None:
        self._machines: dict[str, Machine] = {each.name: each for each in (*plan.routers, *plan.servers)}
        self._folder = folder
        self._watches = watches

    def __call__(self, name: str, step: TraceStep) -> tuple[str, str]:
        """Return the rule's text and place."""
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

    def _nftables(self, machine: Machine, step: TraceStep) -> str:
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
    """Yield number and text of a chain's lines in an iptables-save file: its policy and its rules."""
    current = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("*"):
            current = line[1:]
        elif current == table and re.match(rf"(?:\[[0-9:]+\] )?(?::|-A ){re.escape(chain)}\s", f"{line} "):
            yield number, re.sub(r"^\[[0-9:]+\] ", "", line)
