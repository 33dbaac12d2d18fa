"""Juniper SRX: a policy between two zones, as set commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.flows import Flow
from lmwire.firewall.names import Place
from lmwire.firewall.quoting import junos
from lmwire.firewall.writers.order import Into, Order, Writer, commented, opening_lines

__all__ = ["JUNIPER_SRX"]

_DESCRIPTION: Final = 200
_ZONE: Final = r"[A-Za-z][A-Za-z0-9_-]{0,30}"
_BOOK: Final = "set security address-book global address"


def _write(order: Order) -> Iterator[str]:
    outside, _, inside = order.into.partition("/")
    between = f"from-zone {outside} to-zone {inside}"
    yield from commented(
        "#",
        opening_lines(
            order,
            f"Clients are in zone {outside}, the server is in zone {inside}; --into names others. Replies pass by "
            "themselves.",
            "New policies come last. Before one that denies, with each name below:",
            f"insert security policies {between} policy NAME before policy OTHER",
            f"Take back: delete security policies {between} policy NAME",
        ),
    )
    for flow in order.flows:
        yield from _flow(flow, f"set security policies {between} policy {flow.name}")


def _flow(flow: Flow, policy: str) -> Iterator[str]:
    text = junos(about(flow.rule, _DESCRIPTION), _DESCRIPTION)
    server = f"{flow.name}-server"
    yield f"{_BOOK} {server} {flow.to}/{32 if flow.version == 4 else 128}"  # noqa: PLR2004 # the version itself
    yield f"set applications application {flow.name} protocol tcp"
    yield f"set applications application {flow.name} destination-port {flow.port}"
    yield f"{policy} description {text}"
    if flow.anybody:
        yield f"{policy} match source-address any-ipv{flow.version}"
    else:
        for number, source in enumerate(flow.sources, start=1):
            client = f"{flow.name}-client-{number}"
            yield f"{_BOOK} {client} {source}"
            yield f"{policy} match source-address {client}"
    yield f"{policy} match destination-address {server}"
    yield f"{policy} match application {flow.name}"
    yield f"{policy} then permit"


JUNIPER_SRX: Final = Writer(
    write=_write,
    places=(Place.ROUTER,),
    bound=frozenset({Place.ROUTER}),
    into=Into(
        what="the clients' zone and the server's",
        pattern=f"{_ZONE}/{_ZONE}",
        example="untrust/trust",
        usual={Place.ROUTER: "untrust/trust"},
    ),
)
