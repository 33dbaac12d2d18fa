"""Whole networks: namespaces, the links between them, and the routes, gone again when the block ends."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from lmwire.netns import kernel
from lmwire.netns.cable import Cable
from lmwire.netns.errors import NetworkError
from lmwire.netns.links import Addresses, Link, LinkEnd, Subnets
from lmwire.netns.loss import Loss
from lmwire.netns.namespace import Namespace
from lmwire.netns.routes import route_commands

__all__ = ["Chain", "Network"]

Delay = float | tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Wire:
    """The damage of a link to packets: seconds of delay and share of loss, each there and back."""

    delay: tuple[float, float] = (0.0, 0.0)
    loss: tuple[float, float] = (0.0, 0.0)
    seed: int = 0

    def is_plain(self) -> bool:
        return not any(self.delay) and not any(self.loss)

    def losses(self) -> tuple[Loss, Loss]:
        return Loss(self.loss[0], f"{self.seed} there"), Loss(self.loss[1], f"{self.seed} back")


@dataclass(frozen=True, slots=True)
class Chain:
    """The result of `Network.chain`: the namespaces in order, and the links between each and the next."""

    nodes: tuple[Namespace, ...]
    links: tuple[Link, ...]

    def __getitem__(self, name: str) -> Namespace:
        return {node.name: node for node in self.nodes}[name]


class Network:
    """A network of namespaces, to be used in a `with` block.

    >>> with Network() as network:  # doctest: +SKIP
    ...     client, router, server = network.chain("client", "r1", "server").nodes
    ...     client.run(["ping", "-c1", network.address("server")])

    Leaving the block, also by an exception, ends every thread and process inside and removes everything.
    """

    def __init__(self) -> None:
        self._nodes: dict[str, Namespace] = {}
        self._links: list[Link] = []
        self._subnets = Subnets()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getitem__(self, name: str) -> Namespace:
        return self._nodes[name]

    @property
    def nodes(self) -> tuple[Namespace, ...]:
        """All namespaces, the oldest first."""
        return tuple(self._nodes.values())

    @property
    def links(self) -> tuple[Link, ...]:
        """All links, the oldest first."""
        return tuple(self._links)

    def host(self, name: str) -> Namespace:
        """Make a machine that forwards nothing; raises NetworkUnavailable where the system makes no namespaces."""
        return self._add(name, forwarding=False)

    def router(self, name: str) -> Namespace:
        """Make a machine that forwards IPv4 and IPv6; raises NetworkUnavailable as `host` does."""
        return self._add(name, forwarding=True)

    def _add(self, name: str, *, forwarding: bool) -> Namespace:
        if name in self._nodes:
            raise NetworkError(f"this network already has a {name!r}")
        node = self._stack.enter_context(Namespace(name, forwarding=forwarding))
        self._nodes[name] = node
        return node

    def link(
        self,
        a: Namespace,
        b: Namespace,
        *,
        net4: Addresses = "auto",
        net6: Addresses = "auto",
        delay: Delay = 0.0,
        loss: Delay = 0.0,
        seed: int = 0,
    ) -> Link:
        """Connect two namespaces; each end is named after the namespace across, such as `r1` or, again, `r1-2`.

        No routes are added: see `route_all`, and `chain` which does both.

        Args:
            a: one end; the first address of the subnet is its.
            b: the other end, with the second address.
            net4: IPv4 addresses, see `Addresses`; "auto" takes a /28 of the documentation ranges.
            net6: IPv6 addresses; "auto" takes a /64 of 2001:db8::/32.
            delay: seconds one way, or a pair for a→b and b→a.
            loss: share of packets to lose (0 to 1), or a pair likewise; see `loss` for what is never lost.
            seed: of the losses.
        """
        link = self._plan(a, b, net4, net6, _Wire(_pair(delay), _pair(loss), seed))
        self._build([link], {})
        return link

    def chain(
        self,
        *nodes: str | Namespace,
        ipv4: bool = True,
        ipv6: bool = True,
        delay: Delay = 0.0,
        loss: Delay = 0.0,
        seed: int = 0,
    ) -> Chain:
        """Connect nodes one after the other, and route both ways between all links of the network.

        A new name makes a host at either end and a router in between; a known name, or a namespace, is taken as it is.
        Each link has the `delay` and `loss` of `link`, and its own seed derived from `seed`.
        """
        members = tuple(self._member(node, inner=0 < index < len(nodes) - 1) for index, node in enumerate(nodes))
        net4, net6 = ("auto" if wanted else None for wanted in (ipv4, ipv6))
        links = tuple(
            self._plan(a, b, net4, net6, _Wire(_pair(delay), _pair(loss), seed + index))
            for index, (a, b) in enumerate(itertools.pairwise(members))
        )
        self._build(links, route_commands(self._links))
        return Chain(members, links)

    def _member(self, node: str | Namespace, *, inner: bool) -> Namespace:
        if isinstance(node, Namespace):
            return node
        return self._nodes.get(node) or self._add(node, forwarding=inner)

    def route_all(self) -> None:
        """Give every namespace its routes to all links there are now; routes for the same subnets are replaced."""
        self._build([], route_commands(self._links))

    def address(self, node: str | Namespace, version: int = 4) -> str:
        """Return the address of a node's first link that has one of this IP version; NetworkError without."""
        namespace = self._nodes[node] if isinstance(node, str) else node
        for link in self._links:
            if namespace in (link.a.node, link.b.node) and (found := link.end(namespace).address(version)):
                return str(found.ip)
        raise NetworkError(f"{namespace.name} has no IPv{version} address")

    def _plan(self, a: Namespace, b: Namespace, net4: Addresses, net6: Addresses, wire: _Wire) -> Link:
        """Return a link whose TAP devices exist, if it has any; veth pairs are made by its commands."""
        if a is b:
            raise NetworkError(f"cannot link {a.name} with itself")
        (a4, b4), (a6, b6) = self._subnets.ipv4(net4), self._subnets.ipv6(net6)
        end_a = LinkEnd(a, self._interface(a, b), a4, a6)
        end_b = LinkEnd(b, self._interface(b, a), b4, b6)
        cable = None
        if not wire.is_plain():
            cable = Cable(_taps(end_a, end_b), wire.delay, wire.losses())
            a.thread(cable.run)
        link = Link(len(self._links), end_a, end_b, cable)
        self._links.append(link)
        return link

    def _interface(self, node: Namespace, peer: Namespace) -> str:
        count = sum({link.a.node, link.b.node} == {node, peer} for link in self._links)
        return peer.name if count == 0 else f"{peer.name}-{count + 1}"

    def _build(self, links: Sequence[Link], routes: dict[Namespace, list[str]]) -> None:
        """Run `ip` once for each namespace concerned, those that make interfaces before those that get them."""
        commands: dict[Namespace, list[str]] = {}
        for link in links:
            for end in (link.a, link.b):
                commands.setdefault(end.node, []).extend(link.commands(end.node))
        for node, lines in routes.items():
            commands.setdefault(node, []).extend(lines)
        for node, lines in commands.items():
            node.ip(*lines)
        for link in links:
            if link.cable is None:
                for end in (link.a, link.b):
                    end.node.inside(lambda name=end.interface: kernel.disable_offloads(name))  # type: ignore[misc]

    def close(self) -> None:
        """End and remove everything; a second time does nothing. Raises what a thread inside ended with."""
        self._links.clear()
        self._nodes.clear()
        self._stack.close()


def _pair(value: Delay) -> tuple[float, float]:
    return value if isinstance(value, tuple) else (value, value)


def _taps(a: LinkEnd, b: LinkEnd) -> tuple[int, int]:
    first = a.node.inside(lambda: kernel.open_tap(a.interface))
    try:
        return first, b.node.inside(lambda: kernel.open_tap(b.interface))
    except BaseException:
        os.close(first)
        raise
