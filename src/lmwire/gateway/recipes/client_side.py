"""What a client needs to come through a forwarder: its license path, its hosts file, and why.

As measured (docs/client-walk.md): a client goes to the referral's host first, then twice to the license path's own host
with the referral's port. In a triad, its second attempt goes to the address of the *first* member.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lmwire.addresses import is_address
from lmwire.gateway.recipes.facts import host_or_nothing, is_here
from lmwire.gateway.recipes.forwards import Way
from lmwire.gateway.recipes.model import HostsEntry, Kind
from lmwire.text import printable

__all__ = ["hosts_for", "license_path"]

_WAIT = "up to 10 s on Linux, 3 s on Windows"
_NAME = 100
_OTHER_MACHINE = frozenset({Kind.HAPROXY, Kind.NGINX, Kind.SYSTEMD, Kind.PORTPROXY})


def license_path(ways: Sequence[Way]) -> str:
    """Return what goes into LM_LICENSE_FILE."""
    return ",".join(f"{way.server.port}@{way.reach}" for way in ways)  # Linux clients want IPv6 without brackets


def hosts_for(kind: Kind, ways: Sequence[Way], via_host: str) -> tuple[tuple[HostsEntry, ...], tuple[str, ...]]:
    """Return the lines for the client's hosts file, and what to know about them."""
    entries: dict[str, HostsEntry] = {}
    why: list[str] = []
    for way in ways:
        for name in dict.fromkeys(way.server.names):
            usable = host_or_nothing(name)
            reason = _why_not(kind, way, name, usable, via_host)
            if reason:
                why.append(reason)
            elif kind is not Kind.COMPOSE and way.reach.casefold() != usable.casefold():
                address = "CLUSTER_IP" if kind is Kind.KUBERNETES else way.reach_address
                entries.setdefault(usable.casefold(), HostsEntry(address=address, name=usable, required=way.number > 1))
    found = tuple(entries.values())
    return found, (*_why(kind, ways, found), *why)


def _why_not(kind: Kind, way: Way, name: str, usable: str, via_host: str) -> str:
    """Return why no line can be written for this name; empty where one can."""
    shown = printable(name, _NAME)
    then = f"then it goes to {way.reach}, where the same port is forwarded"
    if way.number > 1:
        then = "then it goes to the first server of the triad, and does not get to this one"
    if not name:
        return f"lmgrd's referral names no host: a client goes to {way.reach} itself."
    if not usable:
        return f"lmgrd's referral names {shown}, which is not a host name. A client cannot use it: {then}."
    if is_here(usable):
        return f"lmgrd refers clients to {shown}, which is each client itself. Where a client is refused there, {then}."
    if is_address(usable):
        return (
            f"lmgrd refers clients to the address {shown}, which a hosts file cannot change. A client tries it first "
            f"({_WAIT}, where nothing answers): {then}."
        )
    if kind is Kind.SSH and usable.casefold() == via_host.casefold():
        return (
            f"Do not write {shown} into /etc/hosts of the client: ssh itself uses that name. A client tries its real "
            f"address first ({_WAIT}, where nothing answers): {then}."
        )
    return ""


def _why(kind: Kind, ways: Sequence[Way], entries: Sequence[HostsEntry]) -> Iterator[str]:
    if any(not way.server.vendors for way in ways):
        yield "The target is a vendor daemon itself. It sends no referral, so one port and no name are enough."
        return
    if kind is Kind.COMPOSE:
        yield (
            "lmgrd's referral names a host. The network alias in compose.yaml leads that name to the forwarder, for "
            "containers of that network."
        )
        return
    if not entries:
        if kind is Kind.KUBERNETES:
            yield "lmgrd's referral names a host. The Service has that name, so it leads pods of its namespace to it."
        return
    names = ", ".join(entry.name for entry in entries)
    yield f"lmgrd refers clients to {names}. {_what(kind, len(entries))} to the forwarder."
    if any(entry.required for entry in entries):
        yield (
            "In a triad, this is necessary. A client that does not reach a member under its name tries the first "
            "member's forwarder instead."
        )
    else:
        yield (
            f"It is not necessary where the name does not resolve: a client then goes to {ways[0].reach}, where the "
            "same port is forwarded. Where the name resolves to an address that does not answer, a client waits for "
            f"that first ({_WAIT}). An error from another license server at that address would end its attempts."
        )
    if kind in _OTHER_MACHINE and any(not is_address(forward.host) for way in ways for forward in way.forwards):
        yield "Write it on clients only. On the forwarder, it would lead the forwarder to itself."


def _what(kind: Kind, count: int) -> str:
    if kind is Kind.KUBERNETES:
        return "An entry in hostAliases of a pod, with the Service's cluster IP, leads the name"
    return "The line leads that name" if count == 1 else "The lines lead these names"
