"""What a repair must leave alone on a machine: interfaces, addresses, routes, and on most machines rules."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import msgspec

from lmwire.netns import Namespace

__all__ = ["Snapshot", "changes", "snapshots"]

_COMMANDS: Final = (
    "ip -d -j address",
    "ip -4 -j route show table all",
    "ip -6 -j route show table all",
    "ip -4 -j rule",
    "ip -6 -j rule",
    "tc -j qdisc",
    "nft -j -s list ruleset",
)
_SCRIPT: Final = "; ".join(f"{command} 2>/dev/null | tr -d '\\n'; echo" for command in _COMMANDS)
_OF_THE_KERNEL: Final = ("fe80:", "ff00:", "multicast", "anycast")
"""Beginnings of routes that the kernel makes when it likes."""

_LOCAL: Final = frozenset({"broadcast", "anycast", "multicast", "local"})

_HOW_PACKETS_GO: Final = "Labs are repaired by rules and files, not by another way for the packets."


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One machine, as far as a repair must leave it alone.

    Attributes:
        wires: interfaces, addresses, routes and routing rules, one text each.
        rules: rules of its firewall.
        resolver: its /etc/resolv.conf.
    """

    wires: frozenset[str]
    rules: frozenset[str]
    resolver: str


def snapshots(nodes: Mapping[str, Namespace]) -> dict[str, Snapshot]:
    """Return machine → what it is like now."""
    with ThreadPoolExecutor(len(nodes)) as pool:
        return dict(zip(nodes, pool.map(_taken, nodes.values()), strict=True))


def _taken(node: Namespace) -> Snapshot:
    done = node.run(["sh", "-c", f"{_SCRIPT}; cat /etc/resolv.conf"])
    *texts, resolver = done.stdout.split("\n", len(_COMMANDS))
    links, *routes, rules_4, rules_6, queues, rules = ([] if not text else json.loads(text) for text in texts)
    wires = [*_links(links), *(each for table in routes for each in _routes(table))]
    wires += [f"routing rule {_told(each)}" for each in (*rules_4, *rules_6)]
    wires += [f"traffic control {each['kind']} on {each['dev']}" for each in queues if each.get("kind") != "noqueue"]
    return Snapshot(wires=frozenset(wires), rules=frozenset(_rules(rules)), resolver=resolver)


def _links(links: list[dict[str, Any]]) -> Iterator[str]:
    for link in links:
        kind, master = link.get("linkinfo", {}).get("info_kind", ""), link.get("master", "")
        yield f"interface {link['ifname']} {kind}{f' in {master}' if master else ''}".rstrip()
        for address in link.get("addr_info", ()):
            if address.get("scope") != "link":
                yield f"address {address['local']}/{address['prefixlen']} on {link['ifname']}"


def _routes(routes: list[dict[str, Any]]) -> Iterator[str]:
    for route in routes:
        to = str(route.get("dst", ""))
        if not to.startswith(_OF_THE_KERNEL) and route.get("type") not in {
            "broadcast",
            "anycast",
            "multicast",
            "local",
        }:
            yield f"route to {to} {_told({key: route[key] for key in ('gateway', 'dev', 'table') if key in route})}"


def _rules(ruleset: dict[str, Any] | list[Any]) -> Iterator[str]:
    for entry in ruleset.get("nftables", ()) if isinstance(ruleset, dict) else ():
        chain, rule = entry.get("chain"), entry.get("rule")
        if chain and chain.get("policy", "accept") != "accept":
            yield f"policy {chain['policy']} of {chain['family']} {chain['table']} {chain['name']}"
        if rule:
            yield _told({key: rule[key] for key in ("family", "table", "chain", "expr")})


def _told(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def changes(
    before: Mapping[str, Snapshot], now: Mapping[str, Snapshot], mended: Collection[str], clients: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield machine and sentence for what a repair must not change.

    Args:
        before: machine → its snapshot at the start.
        now: machine → its snapshot.
        mended: machines whose rules a repair may change.
        clients: machines whose resolver must stay.
    """
    for name, old in before.items():
        new = now[name]
        for wire in sorted(new.wires - old.wires)[:1]:
            yield name, f"{wire} is new on {name}. {_HOW_PACKETS_GO}"
        for wire in sorted(old.wires - new.wires)[:1]:
            yield name, f"{wire} is missing on {name}. {_HOW_PACKETS_GO}"
        if name not in mended and new.rules != old.rules:
            yield name, f"The rules of {name} were changed (`nft list ruleset`). {name} has no fault: undo the change."
        if name in clients and new.resolver != old.resolver:
            yield name, f"/etc/resolv.conf of {name} was changed. Its other machines use the old resolver: undo it."
