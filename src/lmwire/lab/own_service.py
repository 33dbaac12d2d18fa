"""Whether it was the lab's own license service that a client reached, straight, and not something in its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from lmwire.lab.model import Lab
from lmwire.lab.service import LabLicenseService
from lmwire_mockserver.conversation import Conversation, DaemonKind

__all__ = ["moved", "not_seen"]

_NAMES = {DaemonKind.LMGRD: "lmgrd", DaemonKind.VENDOR: "the vendor daemon"}


def not_seen(server: str, talks: Collection[Conversation], marker: str, addresses: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each daemon of `server` that the client did not reach from its own address.

    Args:
        server: the machine of the license service.
        talks: conversations of its daemons.
        marker: the user whom the client called itself in this check, and never before.
        addresses: those of the client.
    """
    for role, name in _NAMES.items():
        peers = {talk.peer for talk in talks if talk.role is role and talk.client.user == marker}
        if not peers:
            yield (
                f"Something answers in place of {name} on {server}, which saw no hello. "
                "Clients must reach the lab's own license service."
            )
        elif not peers & set(addresses):
            yield (
                f"{name} on {server} saw the hello come from {', '.join(sorted(peers))}, not from the client: "
                "a relay or a NAT is between them, which the lab does not ask for."
            )


def moved(lab: Lab, services: Mapping[str, LabLicenseService]) -> Iterator[tuple[str, str]]:
    """Yield server and sentence for daemons that are not where they must be."""
    for name, service in services.items():
        ports, server = service.ports, lab.plan.server(name)
        if ports is None:
            continue
        lmgrd, vendors = ports
        if lmgrd != server.lmgrd:
            yield (
                name,
                f"lmgrd moved from port {server.lmgrd} to {lmgrd}. The clients' LM_LICENSE_FILE has the old one.",
            )
        if name in lab.unpinned:
            yield from (
                (name, f"license.lic has no port= on the VENDOR line of {vendor}: its port changes at each restart.")
                for vendor in service.unpinned()
            )
        elif not lab.movable:
            yield from (
                (name, f"{vendor} moved from port {port} to {vendors[vendor]}. Leave it there, and repair the network.")
                for vendor, port in server.vendors.items()
                if vendors.get(vendor, port) != port
            )
