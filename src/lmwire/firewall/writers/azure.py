"""Network security groups of Azure, by its command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.names import Place
from lmwire.firewall.quoting import shell
from lmwire.firewall.writers.order import Into, Order, Writer, commented, opening_lines

__all__ = ["AZURE"]

_DESCRIPTION: Final = 140
"""Characters of a rule's description."""
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,78}"
_FIRST: Final = 300


def _write(order: Order) -> Iterator[str]:
    resource_group, _, group = order.into.partition("/")
    yield "#!/bin/sh"
    yield from commented(
        "#",
        opening_lines(
            order,
            "A network security group lets replies out by itself. It sees the server's private address.",
            f"Priorities begin at {_FIRST}, or where you say: PRIORITY=1000 sh FILE. Each must be free, and come "
            "before a rule that denies.",
            f"Take back: az network nsg rule delete --resource-group {resource_group} --nsg-name {group} --name NAME",
        ),
    )
    yield "set -eu"
    yield f"first=${{PRIORITY:-{_FIRST}}}"
    for number, flow in enumerate(order.flows):
        sources = " ".join(str(source) for source in flow.sources)
        yield (
            f"az network nsg rule create --resource-group {resource_group} --nsg-name {group} --name {flow.name}"
            f' --priority "$((first + {number}))" --direction Inbound --access Allow --protocol Tcp'
            f" --source-address-prefixes {sources} --source-port-ranges '*'"
            f" --destination-address-prefixes {flow.to} --destination-port-ranges {flow.port}"
            f" --description {shell(about(flow.rule, _DESCRIPTION), _DESCRIPTION)}"
        )


AZURE: Final = Writer(
    write=_write,
    places=(Place.ROUTER,),
    bound=frozenset({Place.ROUTER}),
    into=Into(
        what="the resource group and the network security group",
        pattern=f"{_NAME}/{_NAME}",
        example="licensing/licsrv-nsg",
        usual={},
    ),
)
