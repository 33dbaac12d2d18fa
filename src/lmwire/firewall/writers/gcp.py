"""Firewall rules of a VPC network of Google Cloud, by its command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.names import Place
from lmwire.firewall.quoting import shell
from lmwire.firewall.writers.order import Into, Order, Writer, commented, opening_lines

__all__ = ["GCP"]

_DESCRIPTION: Final = 200
_LABEL: Final = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"


def _write(order: Order) -> Iterator[str]:
    network, _, tag = order.into.partition("/")
    yield "#!/bin/sh"
    yield from commented(
        "#",
        opening_lines(
            order,
            f"For instances with the network tag {tag}: the license server only. Replies pass by themselves.",
            "Take back, also before it is run again: gcloud compute firewall-rules delete NAME",
        ),
    )
    yield "set -eu"
    for flow in order.flows:
        yield (
            f"gcloud compute firewall-rules create {flow.name} --network={network} --direction=INGRESS --action=ALLOW"
            f" --rules=tcp:{flow.port} --source-ranges={','.join(str(source) for source in flow.sources)}"
            f" --target-tags={tag} --description={shell(about(flow.rule, _DESCRIPTION), _DESCRIPTION)}"
        )


GCP: Final = Writer(
    write=_write,
    places=(Place.SERVER,),
    into=Into(
        what="the network and the server's network tag",
        pattern=f"{_LABEL}/{_LABEL}",
        example="default/license-server",
        usual={},
    ),
)
