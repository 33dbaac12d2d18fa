"""NetworkPolicy of Kubernetes, as YAML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.flows import Flow
from lmwire.firewall.names import Place
from lmwire.firewall.quoting import bare, yaml
from lmwire.firewall.writers.order import Into, Order, Writer, commented, opening_lines

__all__ = ["NETWORKPOLICY"]

_COMMENT: Final = 200
_KEY: Final = (
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?){0,7}/)?"
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
)
_VALUE: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"


def _write(order: Order) -> Iterator[str]:
    key, _, value = order.into.partition("=")
    yield from commented(
        "#",
        opening_lines(
            order,
            "These pods take nothing else any more, unless another policy allows it. Replies pass by themselves.",
            "A Service of type NodePort or LoadBalancer shows the pods the clients' own addresses only with "
            "externalTrafficPolicy: Local.",
            "Load: kubectl apply -n NAMESPACE -f FILE. Take back: kubectl delete -n NAMESPACE -f FILE",
        ),
    )
    yield "apiVersion: networking.k8s.io/v1"
    yield "kind: NetworkPolicy"
    yield "metadata:"
    yield "  name: lmwire"
    yield "spec:"
    yield "  podSelector:"
    yield "    matchLabels:"
    yield f"      {yaml(key, len(key))}: {yaml(value, len(value))}"
    yield "  policyTypes:"
    yield "    - Ingress"
    yield "  ingress:"
    for flow in order.flows:
        yield from _ingress(flow)


def _ingress(flow: Flow) -> Iterator[str]:
    yield f"    # {bare(about(flow.rule, _COMMENT), _COMMENT)}"
    yield "    - from:"
    for source in flow.sources:
        yield "        - ipBlock:"
        yield f'            cidr: "{source}"'
    yield "      ports:"
    yield "        - protocol: TCP"
    yield f"          port: {flow.port}"


NETWORKPOLICY: Final = Writer(
    write=_write,
    places=(Place.SERVER,),
    into=Into(
        what="the label of the license server's pods",
        pattern=f"{_KEY}={_VALUE}",
        example="app=license-server",
        usual={},
    ),
)
