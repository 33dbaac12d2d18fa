"""NetworkPolicy of Kubernetes, as YAML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.flows import AllowedFlow
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.quoting import bare, yaml
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, commented, opening_lines

__all__ = ["NETWORKPOLICY"]

_COMMENT: Final = 200
_KEY: Final = (
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?){0,7}/)?"
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
)
_VALUE: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"


def _write(given: WriterInput) -> Iterator[str]:
    key, _, value = given.into.partition("=")
    yield from commented(
        "#",
        opening_lines(
            given,
            "These pods then accept no other traffic, unless another policy allows it. Replies are automatic.",
            "With a Service of type NodePort or LoadBalancer, pods see the clients' own addresses only with "
            "externalTrafficPolicy: Local.",
            "Load: kubectl apply -n NAMESPACE -f FILE. Undo: kubectl delete -n NAMESPACE -f FILE",
        ),
    )
    yield "apiVersion: networking.k8s.io/v1"
    yield "kind: NetworkPolicy"
    yield "metadata:"
    yield f"  name: lmwire-{given.name}"
    yield "spec:"
    yield "  podSelector:"
    yield "    matchLabels:"
    yield f"      {yaml(key, len(key))}: {yaml(value, len(value))}"
    yield "  policyTypes:"
    yield "    - Ingress"
    yield "  ingress:"
    for flow in given.flows:
        yield from _ingress(flow)


def _ingress(flow: AllowedFlow) -> Iterator[str]:
    yield f"    # {bare(about(flow.rule, _COMMENT), _COMMENT)}"
    yield "    - from:"
    for source in flow.sources:
        yield "        - ipBlock:"
        yield f'            cidr: "{source}"'
    yield "      ports:"
    yield "        - protocol: TCP"
    yield f"          port: {flow.port}"


NETWORKPOLICY: Final = RuleWriter(
    write=_write,
    places=(FirewallPlace.SERVER,),
    into=Into(
        what="the label of the license server's pods",
        pattern=f"{_KEY}={_VALUE}",
        example="app=license-server",
        usual={},
    ),
)
