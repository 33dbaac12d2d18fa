"""Find the place of a rule in the user's files from the output of nftables: file and line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from lmwire.ruletest.errors import PlanError
from lmwire.ruletest.iptables_source import IptablesChain, parse_iptables
from lmwire.ruletest.loaded_rules import LoadedRules
from lmwire.ruletest.nft_files import NftFile, read_nft_files
from lmwire.ruletest.nft_source import NftSource, SourceRule, parse_nft
from lmwire.ruletest.plan import Machine, Plan
from lmwire.ruletest.trace import TraceStep

__all__ = ["RulePlace", "Sources", "read_text"]

_IPTABLES: Final = {"ip": "iptables", "ip6": "ip6tables"}
_SAVED_TABLES: Final = frozenset({"filter", "nat", "mangle", "raw", "security"})
_DNAT: Final = "inet plan_dnat"
_RULESET: Final = "ruleset"
"""The name of the rules in the plan itself."""


class RulePlace(msgspec.Struct, frozen=True):
    """A rule for people.

    Attributes:
        rule: its text; the policy for a policy.
        source: its file, with the line if known.
        chain: its chain; for a rule in an anonymous chain, the chain that has the anonymous one.
    """

    rule: str
    source: str
    chain: str


class Sources:
    """Returns a rule's text and place, when called with a machine and a step.

    An iptables rule has the text of its file. An nftables rule has the text that nftables shows, with variables, sets
    and includes filled in; a rule in an anonymous chain has the text of its file.
    """

    def __init__(self, plan: Plan, folder: Path, loaded: Mapping[str, LoadedRules]) -> None:
        self._machines: dict[str, Machine] = {each.name: each for each in (*plan.routers, *plan.servers)}
        self._folder = folder
        self._loaded = loaded
        self._nft: dict[str, NftSource] = {}
        self._iptables: dict[tuple[str, str], dict[tuple[str, str], IptablesChain]] = {}

    def __call__(self, name: str, step: TraceStep) -> RulePlace:
        """Return the rule's text and place."""
        machine = self._machines[name]
        family, _, table = step.table.partition(" ")
        field = _IPTABLES.get(family, "")
        if field and table in _SAVED_TABLES and machine.files(field):
            return self._of_iptables(machine, field, step)
        if step.table == _DNAT:
            return RulePlace(step.rule or f"policy {step.verdict}", "dnat", step.chain)
        if not step.handle:
            place = self._source(machine).policy(step.table, step.chain)
            return RulePlace(f"policy {step.verdict}", place or _files(machine, "nftables"), step.chain)
        rule, chain = self._rule(machine, step)
        text = step.rule or (rule.text if rule else f"handle {step.handle}")
        return RulePlace(text, rule.place if rule else _files(machine, "nftables"), chain)

    def _rule(self, machine: Machine, step: TraceStep) -> tuple[SourceRule | None, str]:
        """Return the rule in the file, and the chain that it stands in."""
        index, count = self._loaded[machine.name].index(step.table, step.chain, step.handle)
        if step.via is None or not step.chain.startswith("__chain"):
            return self._source(machine).rule(step.table, step.chain, index, count, step.rule), step.chain
        outer, chain = self._rule(machine, step.via)
        if outer is not None and len(outer.children) == count and 0 <= index < count:
            return outer.children[index], chain
        return outer, chain

    def _of_iptables(self, machine: Machine, field: str, step: TraceStep) -> RulePlace:
        table = step.table.partition(" ")[2]
        chain = self._chains(machine, field).get((table, step.chain), IptablesChain())
        files = _files(machine, field)
        if not step.handle:
            return RulePlace(f"policy {step.verdict}", chain.policy.place if chain.policy else files, step.chain)
        index, count = self._loaded[machine.name].index(step.table, step.chain, step.handle)
        if index < 0 or count != len(chain.rules):
            return RulePlace(step.rule, files, step.chain)
        return RulePlace(chain.rules[index].text, chain.rules[index].place, step.chain)

    def _chains(self, machine: Machine, field: str) -> dict[tuple[str, str], IptablesChain]:
        key = (machine.name, field)
        if key not in self._iptables:
            texts = [(name, read_text(self._folder / name)) for name in machine.files(field)]
            self._iptables[key] = parse_iptables(texts)
        return self._iptables[key]

    def _source(self, machine: Machine) -> NftSource:
        if machine.name not in self._nft:
            self._nft[machine.name] = parse_nft(_nft_files(machine, self._folder))
        return self._nft[machine.name]


def _nft_files(machine: Machine, folder: Path) -> list[NftFile]:
    try:
        files = [read_nft_files(machine.name, name, folder).main for name in machine.files("nftables")]
    except PlanError:  # changed since they were loaded
        files = []
    return [*files, NftFile(name=_RULESET, text=machine.ruleset)]


def _files(machine: Machine, field: str) -> str:
    return ", ".join(machine.files(field)) or _RULESET


def read_text(file: Path) -> str:
    """Return the text of a file; empty for one that cannot be read."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
