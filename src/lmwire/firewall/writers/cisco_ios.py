"""Cisco IOS and IOS-XE: entries of named extended access lists. They know no connections, so replies need their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from lmwire.firewall.comments import about, replies
from lmwire.firewall.flows import AllowedFlow
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.model import Network, Rule
from lmwire.firewall.quoting import bare
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, commented, opening_lines, testing

__all__ = ["CISCO_IOS"]

_REMARK: Final = 100
_LIST: Final = r"[A-Za-z][A-Za-z0-9_.-]{0,60}"
_USUAL: Final = "LMWIRE"
_HEADER: Final = {4: "ip access-list extended {}", 6: "ipv6 access-list {}-V6"}
"""A list of IPv4 and one of IPv6 cannot have the same name."""


def _write(given: WriterInput) -> Iterator[str]:
    there, back = _lists(given.into)
    versions = tuple(dict.fromkeys(flow.version for flow in given.flows))
    yield from commented("!", opening_lines(given, *_manual(given, versions)))
    for version in versions:
        flows = [flow for flow in given.flows if flow.version == version]
        yield from _list(flows, _HEADER[version].format(there), about, _there)
        yield from _list(flows, _HEADER[version].format(back), replies, _back)


def _lists(into: str) -> tuple[str, str]:
    there, _, back = into.partition("/")
    return there, back or f"{there}-BACK"


def _manual(given: WriterInput, versions: tuple[int, ...]) -> Iterator[str]:
    there, back = _lists(given.into)
    yield "Load: configure terminal, then paste it."
    yield (
        f"{there} is for packets that come in at the interface to the clients. {back} is for packets that come in at "
        "the interface to the server. --into CLIENTS/SERVER names the lists that these interfaces have."
    )
    if 6 in versions:  # noqa: PLR2004 # the version itself
        yield f"The IPv6 entries are in {there}-V6 and {back}-V6. Change these names to those of your own IPv6 lists."
    yield (
        "WARNING: a list at an interface drops all that it does not permit. Do not bind a list that has only these "
        f"entries. If the interface to the server has no list, leave out {back}."
    )
    yield (
        "IOS puts new entries last. If an entry before them denies these packets, first remove that entry with no "
        "before it. After you have loaded this file, enter it again."
    )
    yield "Loaded again, it changes no entry: IOS ignores an entry that a list already has. It may repeat remarks."
    yield testing(given.rules)
    yield "Undo: in each list, the same lines with no before them."


def _list(
    flows: list[AllowedFlow], header: str, purpose: Callable[[Rule, int], str], entry: Callable[[AllowedFlow, str], str]
) -> Iterator[str]:
    yield header
    for flow in flows:
        yield f" remark {bare(purpose(flow.rule, _REMARK), _REMARK)}"
        for source in flow.sources:
            yield f" permit tcp {entry(flow, _source(source))}"


def _there(flow: AllowedFlow, source: str) -> str:
    return f"{source} host {flow.to} eq {flow.port}"


def _back(flow: AllowedFlow, source: str) -> str:
    return f"host {flow.to} eq {flow.port} {source} established"


def _source(source: Network) -> str:
    if source.prefixlen == 0:
        return "any"
    if source.prefixlen == source.max_prefixlen:
        return f"host {source.network_address}"
    return str(source) if source.version == 6 else f"{source.network_address} {source.hostmask}"  # noqa: PLR2004


CISCO_IOS: Final = RuleWriter(
    write=_write,
    places=(FirewallPlace.ROUTER,),
    bound=frozenset({FirewallPlace.ROUTER}),
    into=Into(
        what="the access list for the clients' packets, and that for replies",
        pattern=f"{_LIST}(/{_LIST})?",
        example="CLIENTS-IN/SERVERS-IN",
        usual={FirewallPlace.ROUTER: _USUAL},
    ),
)
