"""From rules to flows: what a firewall at a certain place is told, one IP version at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from lmwire.firewall.comments import plain
from lmwire.firewall.errors import FirewallError
from lmwire.firewall.model import Network, Rule, RuleSet
from lmwire.firewall.names import Place

__all__ = ["Flow", "flows_of", "left_out", "only"]

_VERSIONS = (4, 6)


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """One port, from sources of one IP version.

    Attributes:
        name: for formats whose rules have names: unique, of letters, digits and hyphens; "lmwire-27000-ipv4".
        version: 4 or 6.
        sources: never empty.
        to: the server's address; empty where the firewall stands on the server itself.
        rule: whose port it is and why.
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
        """Whether everybody is a source."""
        return any(source.prefixlen == 0 for source in self.sources)


def flows_of(rules: RuleSet, *, bound: bool) -> tuple[Flow, ...]:
    """Return the flows in the order of the rules, IPv4 before IPv6.

    Args:
        rules: what is to be opened.
        bound: whether each flow names the server's address; else the firewall stands on the server's own host, and
            each port counts once.

    Raises:
        FirewallError: nothing is left, since addresses and sources are of different IP versions; an address is
            wanted and only a name is known; or several servers with different ports share one firewall of a host.
    """
    if not bound:
        _refuse_different_servers(rules.rules)
    found = list(_bound(rules) if bound else _unbound(rules))
    if not found:
        raise FirewallError("no source is of the servers' IP version", "add sources of that version with --from")
    return tuple(_named(found))


def left_out(rules: RuleSet) -> tuple[Rule, ...]:
    """Return the rules to which no source can connect, because it is of the other IP version."""
    return tuple(rule for rule in rules.rules if rule.version is not None and not rules.sources_of(rule.version))


def only(rules: Sequence[Rule], server: str) -> tuple[Rule, ...]:
    """Return the rules of one server, by its name or address.

    Raises:
        FirewallError: there is none of that name.
    """
    found = tuple(rule for rule in rules if server.casefold() in {rule.server.casefold(), rule.to.casefold()})
    if not found:
        raise FirewallError(f"no rule is for {plain(server, 60)}", f"there are {_listed(rules)}")
    return found


def _bound(rules: RuleSet) -> Iterator[Flow]:
    for rule in rules.rules:
        if rule.version is None:
            whom = plain(rule.server, 60)
            raise FirewallError(
                f"this format wants addresses, and none is known of {whom}",
                f"give it with --to {whom}=ADDRESS, or let --resolve look it up",
            )
        if sources := rules.sources_of(rule.version):
            yield Flow(name="", version=rule.version, sources=sources, to=rule.to, rule=rule)


def _unbound(rules: RuleSet) -> Iterator[Flow]:
    for port in dict.fromkeys(rule.port for rule in rules.rules):
        same = [rule for rule in rules.rules if rule.port == port]
        versions = {rule.version for rule in same}
        for version in _VERSIONS:
            sources = rules.sources_of(version)
            if sources and versions & {None, version}:
                yield Flow(name="", version=version, sources=sources, to="", rule=_joined(same))


def _joined(rules: Sequence[Rule]) -> Rule:
    """Return the first rule with the names of all servers that it is of, since each of them reads the same file."""
    return msgspec.structs.replace(rules[0], server=", ".join(dict.fromkeys(rule.server for rule in rules)))


def _named(flows: Iterable[Flow]) -> Iterator[Flow]:
    used: dict[str, int] = {}
    for flow in flows:
        name = f"lmwire-{flow.port}-ipv{flow.version}"
        used[name] = used.get(name, 0) + 1
        yield msgspec.structs.replace(flow, name=name if used[name] == 1 else f"{name}-{used[name]}")


def _refuse_different_servers(rules: Sequence[Rule]) -> None:
    ports: dict[str, set[int]] = {}
    for rule in rules:
        ports.setdefault(rule.server, set()).add(rule.port)
    if len({frozenset(theirs) for theirs in ports.values()}) > 1:
        raise FirewallError(
            "the servers have different ports, and these rules are for the firewall of one of them",
            f"choose one with --server: {_listed(rules)}; or write for a router: --at {Place.ROUTER}",
        )


def _listed(rules: Sequence[Rule]) -> str:
    return ", ".join(dict.fromkeys(plain(rule.server, 60) for rule in rules))
