"""Kubernetes: a Service without a selector, and an EndpointSlice with the license server's address.

Not ExternalName: that is a CNAME and forwards nothing. The client would go to the license server itself.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from typing import Final

from lmwire.addresses import is_address
from lmwire.errors import argument
from lmwire.gateway.errors import GatewayError
from lmwire.gateway.recipes.draft import Draft, heading
from lmwire.gateway.recipes.facts import RecipeFacts, RecipeSettings, ServerFacts, host_or_nothing, is_here
from lmwire.gateway.recipes.forwards import LOOPBACK, Way, way_for
from lmwire.gateway.recipes.model import Machine, RecipeCommand, RecipeFile
from lmwire.gateway.recipes.notes import silence

__all__ = ["kubernetes"]

_FILE: Final = "license-service.yaml"
_LABEL: Final = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)  # a Service's name, RFC 1035
_SILENCE: Final = silence(
    "kube-proxy with iptables or nftables forgets a connection after 24 hours of silence, with IPVS after 15 minutes, "
    "unless the cluster sets other values.",
    "Both are longer than the heartbeat. A Service cannot switch TCP keepalive on.",
)


def kubernetes(facts: RecipeFacts, settings: RecipeSettings) -> Draft:
    """Write the Service and the EndpointSlice of each server."""
    if settings.listen:
        raise GatewayError(f"{argument('listen')} has no use in a cluster", "leave it out")
    names = _names(facts)
    ways = way_for(facts, settings, default=LOOPBACK[:1], by_address=True, apart=True, reach=names)
    documents = ["".join(f"{line}\n" for line in lines) for way in ways for lines in (_service(way), _slice(way))]
    head = "".join(f"{line}\n" for line in heading(ways))
    notes = (
        _SILENCE,
        "Every node must reach the ports of the license server: kube-proxy there sends the connection on.",
        "The Service answers in its own namespace under this name, elsewhere as NAME.NAMESPACE.",
        "A Service of the type ExternalName does not help: it is an alias in DNS and forwards nothing.",
        "The address stands in the EndpointSlice. Write the recipe again when it changes.",
        "The connections come from a node's address or a pod's, as the cluster's network has it.",
    )
    return Draft(
        title="Kubernetes: a Service without a selector, in front of the license server",
        ways=ways,
        files=(RecipeFile(name=_FILE, machine=Machine.CLUSTER, text=head + "---\n".join(documents)),),
        commands=(RecipeCommand(machine=Machine.CLUSTER, line=f"kubectl apply -f {_FILE}"),),
        notes=notes,
    )


def _names(facts: RecipeFacts) -> list[str]:
    """Return a name for each Service: the referral's own where it can be one, so that it leads to the Service."""
    names: list[str] = []
    for number, server in enumerate(facts.servers, 1):
        own = _own_name(server)
        names.append(own if own and own not in names else f"license-{number}" if facts.is_triad else "license")
    return names


def _own_name(server: ServerFacts) -> str:
    name = host_or_nothing(server.names[0]).lower() if server.names else ""
    return name if _LABEL.fullmatch(name) and not is_here(name) and not is_address(name) else ""


def _port_lines(way: Way) -> Iterator[tuple[str, int]]:
    for forward in way.forwards:
        yield f"license-{forward.port}", forward.port


def _address(way: Way) -> str:
    address = way.forwards[0].host
    known = ipaddress.ip_address(address)
    if any(forward.host != address for forward in way.forwards):
        raise GatewayError(
            f"lmgrd and the vendor daemon of {way.server.host} were reached at different addresses",
            f"give the one that has both: {argument('to', '192.0.2.20')}",
        )
    if known.is_loopback or known.is_link_local:
        raise GatewayError(
            f"Kubernetes takes no endpoint with the address {address}", f"give another: {argument('to', '192.0.2.20')}"
        )
    return address


def _service(way: Way) -> Iterator[str]:
    yield "apiVersion: v1"
    yield "kind: Service"
    yield "metadata:"
    yield f"  name: {json.dumps(way.reach)}"
    yield "spec:"
    yield "  # No selector: the EndpointSlice below says where it leads."
    yield "  ports:"
    for name, port in _port_lines(way):
        yield f"    - name: {name}"
        yield "      protocol: TCP"
        yield f"      port: {port}"
        yield f"      targetPort: {port}"


def _slice(way: Way) -> Iterator[str]:
    address = _address(way)
    yield "apiVersion: discovery.k8s.io/v1"
    yield "kind: EndpointSlice"
    yield "metadata:"
    yield f"  name: {json.dumps(f'{way.reach}-1')}"
    yield "  labels:"
    yield f"    kubernetes.io/service-name: {json.dumps(way.reach)}"
    yield "    endpointslice.kubernetes.io/managed-by: lmwire"
    yield f"addressType: IPv{ipaddress.ip_address(address).version}"
    yield "ports:"
    for name, port in _port_lines(way):
        yield f"  - name: {name}"
        yield "    protocol: TCP"
        yield f"    port: {port}"
    yield "endpoints:"
    yield "  - addresses:"
    yield f"      - {json.dumps(address)}"
    yield "    conditions:"
    yield "      ready: true"
