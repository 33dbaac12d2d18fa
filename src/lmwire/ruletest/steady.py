"""Whether a network treats equal connections alike, so that a short patience tells as much as a long one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lmwire.licensepath import parse_path
from lmwire.netns import NetworkUnavailable
from lmwire.ports import DEFAULT_RANGE
from lmwire.ruletest.build import Playground
from lmwire.ruletest.memory import has_memory
from lmwire.ruletest.plan import Machine, Plan, Router
from lmwire.ruletest.plan_check import ENDPOINT
from lmwire.ruletest.rule_places import read_text
from lmwire.ruletest.rules import restorer

__all__ = ["is_steady"]

_RANDOM: Final = "--random"
"""How NAT chooses a port."""

_PACE: Final = ("ratelimit", "ratemask", "msgs_per_sec", "msgs_burst", "neigh", "multipath")
"""Parts of the names of settings that change how often, or how soon, a kernel answers."""


def is_steady(plan: Plan, folder: Path, ground: Playground) -> bool:
    """Return whether no rule and no setting of the running network has a memory, a clock or dice.

    Args:
        plan: the plan.
        folder: the folder of its rule files.
        ground: the running network.
    """
    ports = frozenset(_ports(plan))
    for machine in (*plan.routers, *plan.servers):
        if any(word in setting for setting in machine.sysctl for word in _PACE):
            return False
        if any(" sport " in f" {rule} " or " dport " in f" {rule} " for rule in machine.ip_rules):
            return False
        if machine.has_rules and not _is_machine_steady(machine, folder, ground, ports):
            return False
    return True


def _is_machine_steady(machine: Machine, folder: Path, ground: Playground, ports: frozenset[int]) -> bool:
    node = ground.routers[machine.name] if isinstance(machine, Router) else ground.servers[machine.name]
    try:
        listed = node.run(["nft", "-j", "list", "ruleset"]).stdout
    except NetworkUnavailable:
        return False
    for field in ("iptables", "ip6tables"):
        if machine.files(field) and "-nft-" not in restorer(field):
            return False  # nft does not list the rules of legacy iptables
        if any(_RANDOM in read_text(folder / name) for name in machine.files(field)):
            return False  # nft lists a target, but not its options
    return not has_memory(listed, ports)


def _ports(plan: Plan) -> set[int]:
    """Return the ports that clients may connect to, before and after any NAT."""
    found: set[int] = set()
    for server in plan.servers:
        found |= {server.lmgrd, *server.vendors.values()}
        for text in (server.target_in(zone.name) for zone in plan.zones):
            for each in (each for target in parse_path(text).targets for each in target.servers):
                found |= set(DEFAULT_RANGE) if each.port is None else {each.port}
    for router in plan.routers:
        for entry in router.dnat:
            found |= {
                int(match["port"]) for text in (entry.outside, entry.inside) if (match := ENDPOINT.fullmatch(text))
            }
    return found
