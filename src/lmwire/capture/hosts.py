"""Which addresses are of one machine, by what the link layer shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lmwire.capture.flows import Flow
from lmwire.capture.names import Names

__all__ = ["Hosts"]

_IP4 = 4
_MOST = 8


class Hosts:
    """Puts clients together that share a link-layer address: one IPv4 address and some of IPv6.

    Behind a router many machines share the router's; then each address stands for itself.
    """

    def __init__(self, flows: Mapping[bytes, Iterable[Flow]]) -> None:
        self._links: dict[bytes, list[bytes]] = {}
        self._link_of: dict[bytes, bytes] = {}
        for client, list_ in flows.items():
            link = next((flow.link for flow in list_ if any(flow.link)), b"")
            self._link_of[client] = link
            self._links.setdefault(link, []).append(client)

    def groups(self) -> list[list[bytes]]:
        """Return the clients of each machine."""
        found: list[list[bytes]] = []
        for link, clients in self._links.items():
            if link and _one_machine(clients):
                found.append(clients)
            else:
                found.extend([client] for client in clients)
        return found

    def all_of(self, client: bytes, names: Names) -> list[bytes]:
        """Return all addresses of a client's machine, among those that looked names up."""
        link = self._link_of.get(client, b"")
        clients = self._links.get(link, []) if link else []
        askers = names.behind(link) if link else []
        everybody = list(dict.fromkeys((*clients, *askers)))
        return everybody if client in everybody and _one_machine(everybody) else [client]


def _one_machine(clients: list[bytes]) -> bool:
    return len(clients) <= _MOST and sum(len(client) == _IP4 for client in clients) <= 1
