"""Cisco ASA, 9.0 and newer: entries of an access list, IPv4 and IPv6 alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.flows import Flow
from lmwire.firewall.model import Network
from lmwire.firewall.names import Place
from lmwire.firewall.quoting import bare
from lmwire.firewall.writers.order import Into, Order, Writer, commented, opening_lines

__all__ = ["CISCO_ASA"]

_REMARK: Final = 100


def _write(order: Order) -> Iterator[str]:
    name = order.into
    yield from commented(
        "!",
        opening_lines(
            order,
            f"Into the access list {name}, at its top. It works where it is bound to the interface to the clients: "
            f"access-group {name} in interface NAME; --into names the list that is bound already.",
            "Replies pass by themselves. Addresses are the server's own, also behind a translation (8.3 and newer).",
            "Take back, also before it is loaded again: the same lines with no before them, and without line and its "
            "number.",
        ),
    )
    line = 0
    for flow in order.flows:
        line += 1
        yield f"access-list {name} line {line} remark {bare(about(flow.rule, _REMARK), _REMARK)}"
        for source in flow.sources:
            line += 1
            yield f"access-list {name} line {line} extended permit {_match(flow, source)}"


def _match(flow: Flow, source: Network) -> str:
    return f"tcp {_source(source)} host {flow.to} eq {flow.port}"


def _source(source: Network) -> str:
    if source.prefixlen == 0:
        return f"any{source.version}"
    if source.prefixlen == source.max_prefixlen:
        return f"host {source.network_address}"
    return str(source) if source.version == 6 else f"{source.network_address} {source.netmask}"  # noqa: PLR2004


CISCO_ASA: Final = Writer(
    write=_write,
    places=(Place.ROUTER,),
    bound=frozenset({Place.ROUTER}),
    into=Into(
        what="the access list",
        pattern=r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}",
        example="outside_access_in",
        usual={Place.ROUTER: "LMWIRE"},
    ),
)
