"""Turn rules into flows: the rules of a firewall at one place, with one IP version each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from lmwire.errors import argument
from lmwire.firewall.comments import plain
from lmwire.firewall.errors import FirewallError
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.model import Network, Rule, RuleSet
from lmwire.firewall.names import server_label

__all__ = ["AllowedFlow", "flows_of", "left_out", "only"]

_VERSIONS = (4, 6)


class AllowedFlow(msgspec.Struct, frozen=True, kw_only=True):
    """One port and its sources of one IP version.

    Attributes:
        name: the rule's name in formats with names, unique, of letters, digits and hyphens:
            "lmwire-licsrv-27000-ipv4".
        version: 4 or 6.
        sources: never empty.
        to: the server's address; empty when the firewall is on the server itself.
        rule: the rule that it comes from.
    """

    name: str
    version: int
    sources: tuple[Network, ...]
    to: str
    rule: Rule

    @property
    def port(self) -> int:
        """The TCP port."""
        return self.rule.port

    @property
    def anybody(self) -> bool:
        """Whether every address is a source."""
        return any(source.prefixlen == 0 for source in self.sources)


def flows_of(rules: RuleSet, *, bound: bool, name: str | None = None) -> tuple[AllowedFlow, ...]:
    """Return the flows in the order of the rules, IPv4 before IPv6.

    Args:
        rules: sources and ports.
        bound: whether each flow names the server's address. If not, the firewall is on the server itself, and each
            port counts once.
        name: the user's name for the rules, instead of the server's.

    Raises:
        FirewallError: no flow is left, because addresses and sources have different IP versions; an address is needed
            but only a name is known; or several servers with different ports share the firewall of one host.
    """
    if not bound:
        _refuse_different_servers(rules.rules)
    found = list(_bound(rules, name) if bound else _unbound(rules, name))
    if not found:
        raise FirewallError(
            "no source has the servers' IP version", f"add sources of that version with {argument('sources')}"
        )
    return tuple(_named(found))


def left_out(rules: RuleSet) -> tuple[Rule, ...]:
    """Return the rules that no source can use, because all sources have the other IP version."""
    return tuple(rule for rule in rules.rules if rule.version is not None and not rules.sources_of(rule.version))


def only(rules: Sequence[Rule], server: str) -> tuple[Rule, ...]:
    """Return the rules of one server by its name or address.

    Raises:
        FirewallError: no rule has that server.
    """
    found = tuple(rule for rule in rules if server.casefold() in {rule.server.casefold(), rule.to.casefold()})
    if not found:
        raise FirewallError(f"no rule is for the server {plain(server, 60)}", f"choose one of {_listed(rules)}")
    return found


def _bound(rules: RuleSet, name: str | None) -> Iterator[AllowedFlow]:
    for rule in rules.rules:
        if rule.version is None:
            whom = plain(rule.server, 60)
            raise FirewallError(
                f"this format needs the address of {whom}, which is unknown",
                f"add {argument('to', f'{whom}=ADDRESS')}, or {argument('resolve', True)}",
            )
        if sources := rules.sources_of(rule.version):
            label = name or server_label([rule])
            yield AllowedFlow(name=label, version=rule.version, sources=sources, to=rule.to, rule=rule)


def _unbound(rules: RuleSet, name: str | None) -> Iterator[AllowedFlow]:
    label = name or server_label(rules.rules)
    for port in dict.fromkeys(rule.port for rule in rules.rules):
        same = [rule for rule in rules.rules if rule.port == port]
        versions = {rule.version for rule in same}
        for version in _VERSIONS:
            sources = rules.sources_of(version)
            if sources and versions & {None, version}:
                yield AllowedFlow(name=label, version=version, sources=sources, to="", rule=_joined(same))


def _joined(rules: Sequence[Rule]) -> Rule:
    """Return the first rule with the names of all its servers, because all of them load the same file."""
    return msgspec.structs.replace(rules[0], server=", ".join(dict.fromkeys(rule.server for rule in rules)))


def _named(flows: Iterable[AllowedFlow]) -> Iterator[AllowedFlow]:
    used: dict[str, int] = {}
    for flow in flows:
        name = f"lmwire-{flow.name}-{flow.port}-ipv{flow.version}"
        used[name] = used.get(name, 0) + 1
        yield msgspec.structs.replace(flow, name=name if used[name] == 1 else f"{name}-{used[name]}")


def _refuse_different_servers(rules: Sequence[Rule]) -> None:
    ports: dict[str, set[int]] = {}
    for rule in rules:
        ports.setdefault(rule.server, set()).add(rule.port)
    if len({frozenset(theirs) for theirs in ports.values()}) > 1:
        raise FirewallError(
            "the servers have different ports, but these rules are for the firewall of one server",
            f"choose one with {argument('server')}: {_listed(rules)}; or write rules for a router: "
            f"{argument('at', FirewallPlace.ROUTER.value)}",
        )


def _listed(rules: Sequence[Rule]) -> str:
    return ", ".join(dict.fromkeys(plain(rule.server, 60) for rule in rules))
