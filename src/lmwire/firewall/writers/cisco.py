"""Cisco ASA, 9.0 and newer: entries of an access list for IPv4 and IPv6."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.flows import AllowedFlow
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.model import Network
from lmwire.firewall.quoting import bare
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, commented, opening_lines

__all__ = ["CISCO_ASA"]

_REMARK: Final = 100


def _write(given: WriterInput) -> Iterator[str]:
    name = given.into
    yield from commented(
        "!",
        opening_lines(
            given,
            f"These entries go to the top of the access list {name}. Bind it to the interface to the clients: "
            f"access-group {name} in interface NAME; or name the list that is already bound with --into.",
            "The ASA allows replies automatically. Addresses are the server's own, also behind NAT (8.3 and newer).",
            "Undo, also before you load it again: the same lines with no before them, and without line and its number.",
        ),
    )
    line = 0
    for flow in given.flows:
        line += 1
        yield f"access-list {name} line {line} remark {bare(about(flow.rule, _REMARK), _REMARK)}"
        for source in flow.sources:
            line += 1
            yield f"access-list {name} line {line} extended permit {_match(flow, source)}"


def _match(flow: AllowedFlow, source: Network) -> str:
    return f"tcp {_source(source)} host {flow.to} eq {flow.port}"


def _source(source: Network) -> str:
    if source.prefixlen == 0:
        return f"any{source.version}"
    if source.prefixlen == source.max_prefixlen:
        return f"host {source.network_address}"
    return str(source) if source.version == 6 else f"{source.network_address} {source.netmask}"  # noqa: PLR2004


CISCO_ASA: Final = RuleWriter(
    write=_write,
    places=(FirewallPlace.ROUTER,),
    bound=frozenset({FirewallPlace.ROUTER}),
    into=Into(
        what="the access list",
        pattern=r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}",
        example="outside_access_in",
        usual={FirewallPlace.ROUTER: "LMWIRE"},
    ),
)
