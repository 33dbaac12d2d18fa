"""The rules that a machine has in its kernel: hooks of base chains, and the order of each chain's rules. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["BaseChain", "LoadedRules", "parse_loaded"]

_NETLINK: Final = re.compile(r"^(\w+) (\S+) (__chain\S*) ([0-9]+)(?: [0-9]+)?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class BaseChain:
    """A base chain: its hook, such as "forward", its type, and its priority."""

    hook: str
    kind: str
    priority: int


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """The rules of a machine.

    Attributes:
        bases: (table, chain) → base chain; a table has its family before its name: "inet fw".
        handles: (table, chain) → the handles of its rules, in order; anonymous chains are among them.
    """

    bases: dict[tuple[str, str], BaseChain] = field(default_factory=dict)
    handles: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def index(self, table: str, chain: str, handle: int) -> tuple[int, int]:
        """Return a rule's number in its chain, from 0, and how many rules the chain has; -1 for an unknown rule."""
        handles = self.handles.get((table, chain), [])
        return (handles.index(handle) if handle in handles else -1), len(handles)


def parse_loaded(listed: str, netlink: str) -> LoadedRules:
    """Return the rules of `nft -j -a list ruleset` and, for anonymous chains, of `nft --debug=netlink list ruleset`.

    Chains are never listed by name: a name such as `reject` is a keyword for nft.
    """
    loaded = LoadedRules()
    for entry in _entries(listed):
        if chain := entry.get("chain"):
            if "hook" in chain:
                base = BaseChain(chain["hook"], chain.get("type", ""), int(chain.get("prio", 0)))
                loaded.bases[f"{chain['family']} {chain['table']}", chain["name"]] = base
        elif rule := entry.get("rule"):
            key = (f"{rule['family']} {rule['table']}", rule["chain"])
            loaded.handles.setdefault(key, []).append(rule["handle"])
    for family, table, chain_name, handle in _NETLINK.findall(netlink):
        loaded.handles.setdefault((f"{family} {table}", chain_name), []).append(int(handle))
    return loaded


def _entries(listed: str) -> list[dict[str, Any]]:
    try:
        return list(json.loads(listed)["nftables"])
    except (ValueError, KeyError, TypeError):
        return []
