"""Groups addresses by machine, by the link layer; a referral shows which client a loopback belongs to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Final

from lmwire.addresses import is_loopback
from lmwire.capture.follow.flows import TcpFlow
from lmwire.ports import port_dialled

__all__ = ["Hosts"]

_IP4: Final = 4
_MOST: Final = 8

_SOON: Final = 60.0
"""Seconds after a referral within which its client comes to its own loopback, if that is where the name leads."""

_NOBODY: Final = b""
_SEVERAL: Final = b"several"
"""No addresses: no referral led there, or more than one machine was."""


class Hosts:
    """Puts clients together that are one machine: they share a link-layer address, one of IPv4 and some of IPv6.

    Behind a router many machines share the router's; then each address stands for itself.

    Args:
        flows: license traffic by client.
        links: address → link-layer address.
    """

    def __init__(self, flows: Mapping[bytes, Sequence[TcpFlow]], links: Mapping[bytes, bytes]) -> None:
        self._flows = flows
        self._links = links
        self._behind: dict[bytes, list[bytes]] = {}
        for address, link in links.items():
            self._behind.setdefault(link, []).append(address)
        self._referred = self._referrals()

    def groups(self) -> list[list[bytes]]:
        """Return the clients of each machine, every client once."""
        groups: dict[bytes, list[bytes]] = {}
        for client in self._flows:
            groups.setdefault(self._owner(client), []).append(client)
        return list(groups.values())

    def all_of(self, client: bytes) -> list[bytes]:
        """Return all addresses of a client's machine, the client's first."""
        behind = self._behind.get(self._links.get(client, b""), [])
        return list(dict.fromkeys((client, *(behind if _one_machine(behind) else ()))))

    def _owner(self, client: bytes) -> bytes:
        """Return by what address a client's machine is known; loopback is of whom a referral led there."""
        if is_loopback(client):
            owners = {self._sent_to(flow) for flow in self._flows[client]} - {_NOBODY}
            if len(owners) == 1 and _SEVERAL not in owners:
                return owners.pop()
        return self._machine(client)

    def _machine(self, client: bytes) -> bytes:
        return min(self.all_of(client))

    def _referrals(self) -> dict[int, list[tuple[float, bytes, float]]]:
        """Return for each port when who was referred to it, and when somebody else had been before."""
        told = sorted(
            (flow.ended_at, port_dialled(flow.talk_end.referral.port), self._machine(client))
            for client, flows in self._flows.items()
            if not is_loopback(client)
            for flow in flows
            if flow.talk_end is not None and flow.talk_end.referral is not None
        )
        found: dict[int, list[tuple[float, bytes, float]]] = {}
        for when, port, machine in told:
            entries = found.setdefault(port, [])
            other = float("-inf")
            if entries:
                before, whose, others = entries[-1]
                other = others if whose == machine else before
            entries.append((when, machine, other))
        return found

    def _sent_to(self, flow: TcpFlow) -> bytes:
        """Return who was referred to the flow's port right before, if that is one machine only."""
        entries = self._referred.get(flow.server_port, [])
        at = bisect_right(entries, flow.syn_at, key=lambda entry: entry[0])
        if not at or flow.syn_at - entries[at - 1][0] > _SOON:
            return _NOBODY
        _, machine, other = entries[at - 1]
        return machine if flow.syn_at - other > _SOON else _SEVERAL


def _one_machine(addresses: Sequence[bytes]) -> bool:
    return len(addresses) <= _MOST and sum(len(address) == _IP4 for address in addresses) <= 1
