"""The routes that every namespace needs to reach all links: computed from the links alone, without I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from lmwire.netns.links import Link, LinkEnd
from lmwire.netns.namespace import Namespace

__all__ = ["route_commands"]

_DEFAULT = {4: "0.0.0.0/0", 6: "::/0"}


def route_commands(links: Sequence[Link]) -> dict[Namespace, list[str]]:
    """Return the lines of `ip -batch` for every namespace that has links.

    A host with one link gets a default route through it. Everything else gets a route to each subnet that it is not
    part of, by the fewest routers; for other addresses it answers "no route" with ICMP, as a real router does.
    """
    nodes = dict.fromkeys(end.node for link in links for end in (link.a, link.b))
    return {node: [*_routes(node, links, 4), *_routes(node, links, 6)] for node in nodes}


def _routes(node: Namespace, links: Sequence[Link], version: int) -> Iterator[str]:
    links = [link for link in links if link.a.address(version)]
    own = [link for link in links if node in (link.a.node, link.b.node)]
    if len(own) == 1 and not node.forwarding:
        yield _route(_DEFAULT[version], own[0], node, version)
        return
    for subnet, gateway in _gateways(node, links, version).items():
        yield _route(subnet, gateway, node, version)


def _gateways(node: Namespace, links: Sequence[Link], version: int) -> dict[str, Link]:
    """Return the own link that leads to each subnet, breadth first; subnets of own links are left out."""
    found: dict[str, Link] = {}
    direct: set[str] = set()
    seen = {node}
    waiting: deque[tuple[Namespace, Link | None]] = deque([(node, None)])
    while waiting:
        here, first = waiting.popleft()
        for link in links:
            if here not in (link.a.node, link.b.node):
                continue
            if first is None:
                direct.add(_subnet(link.a, version))
            else:
                found.setdefault(_subnet(link.a, version), first)
            beyond = link.peer(here).node
            if beyond not in seen and beyond.forwarding:
                seen.add(beyond)
                waiting.append((beyond, first or link))
    return {subnet: link for subnet, link in found.items() if subnet not in direct}


def _subnet(end: LinkEnd, version: int) -> str:
    address = end.address(version)
    return "" if address is None else str(address.network)


def _route(destination: str, link: Link, node: Namespace, version: int) -> str:
    gateway = link.peer(node).address(version)
    via = "" if gateway is None else f" via {gateway.ip}"
    return f"route replace {destination}{via} dev {link.end(node).interface}"
