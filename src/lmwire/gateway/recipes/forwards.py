"""From facts to forwarded ports, to the client's license path and its hosts file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from lmwire.addresses import is_address
from lmwire.errors import argument
from lmwire.firewall.comments import plain
from lmwire.gateway.errors import GatewayError
from lmwire.gateway.recipes.facts import RecipeFacts, RecipeSettings, ServerFacts, is_here

__all__ = ["ANYWHERE", "FORWARDER", "LOOPBACK", "Forward", "Way", "way_for"]

ANYWHERE: Final = ("0.0.0.0",)  # noqa: S104 - the usual place of a forwarder for other machines; notes say what it means
LOOPBACK: Final = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
FORWARDER: Final = "FORWARDER"
"""Stands for the machine in between where nobody named it."""

_WILDCARDS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with
_NAME: Final = 60


class Forward(msgspec.Struct, frozen=True, kw_only=True):
    """One port that is forwarded to the same port of the license server.

    Attributes:
        listen: the address that the forwarder listens on.
        host: the license server, as the forwarder names it.
        about: whose port it is, for a comment, in harmless letters.
        label: the same in letters, digits and hyphens; each label occurs once.
    """

    listen: str
    port: int
    host: str
    about: str
    label: str


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """What is forwarded for one license server.

    Attributes:
        reach: the forwarder, as clients name it.
        reach_address: its address for a hosts file; a word in capitals where it is not known.
        number: 1 to 3 in a triad; 0 for a single server.
    """

    server: ServerFacts
    reach: str
    reach_address: str
    number: int
    forwards: tuple[Forward, ...]


def way_for(
    facts: RecipeFacts,
    settings: RecipeSettings,
    *,
    default: Sequence[str],
    by_address: bool = False,
    apart: bool = False,
    reach: Sequence[str] = (),
) -> tuple[Way, ...]:
    """Return what is forwarded, for each server.

    Args:
        facts: the servers.
        settings: where to listen, and how clients name the forwarder.
        default: where to listen when nobody says; one address or three.
        by_address: whether the forwarder needs the license server's address, because names mean something else there.
        apart: whether each server has a forwarder of its own, so that ports cannot collide.
        reach: how clients name the forwarders, when the kind decides that.

    Raises:
        GatewayError: two servers would need the same port, or an address is missing.
    """
    listens = _listens(facts, settings, default)
    ways = []
    for index, (server, listen) in enumerate(zip(facts.servers, listens, strict=True)):
        number = index + 1 if facts.is_triad else 0
        named = settings.via_host if listen in _WILDCARDS else listen
        ways.append(
            Way(
                server=server,
                reach=reach[index] if reach else named or FORWARDER,
                reach_address=named if is_address(named) else f"ADDRESS_OF_{FORWARDER}",
                number=number,
                forwards=tuple(_forwards(server, listen, number, by_address=by_address)),
            )
        )
    if not apart:
        _refuse_collisions(ways)
    return tuple(ways)


def _listens(facts: RecipeFacts, settings: RecipeSettings, default: Sequence[str]) -> list[str]:
    wanted = len(facts.servers)
    given = list(settings.listen or default)
    if settings.listen and len(given) not in {1, wanted}:
        raise GatewayError(
            f"{len(given)} addresses to listen on, for {wanted} license server{'s' * (wanted > 1)}",
            "give one" if wanted == 1 else f"give one, or {wanted} in the order of the license path",
        )
    return given * wanted if len(given) == 1 else given[:wanted]


def _forwards(server: ServerFacts, listen: str, number: int, *, by_address: bool) -> Iterator[Forward]:
    member = f"{number}-" if number else ""
    host = _upstream(server, server.host, by_address=by_address)
    whose = plain(server.called or server.host, _NAME)
    if not server.vendors:
        yield Forward(
            listen=listen,
            port=server.port,
            host=host,
            about=f"vendor daemon on {whose}",
            label=f"{member}{server.port}",
        )
        return
    seen = {server.port}
    yield Forward(listen=listen, port=server.port, host=host, about=f"lmgrd on {whose}", label=f"{member}{server.port}")
    for vendor in server.vendors:
        if vendor.port in seen:
            continue
        seen.add(vendor.port)
        at = _upstream(server, vendor.host or server.host, by_address=by_address)
        name = f"vendor daemon {plain(vendor.name, _NAME)}" if vendor.name else "vendor daemon"
        yield Forward(
            listen=listen, port=vendor.port, host=at, about=f"{name} on {whose}", label=f"{member}{vendor.port}"
        )


def _upstream(server: ServerFacts, host: str, *, by_address: bool) -> str:
    if not by_address:
        return host
    address = host if is_address(host) else server.address
    if not address or is_here(address):
        raise GatewayError(
            f"this recipe needs the address of {server.host}, as the forwarder reaches it"
            + (f", and {address} leads a container to itself" if address else ""),
            f"give it: {argument('to', '192.0.2.20')}",
        )
    return address


def _refuse_collisions(ways: Sequence[Way]) -> None:
    taken: dict[tuple[str, int], int] = {}
    for way in ways:
        for forward in way.forwards:
            before = taken.setdefault((forward.listen, forward.port), way.number)
            if before != way.number:
                raise GatewayError(
                    f"servers {before} and {way.number} of the triad both need port {forward.port} of {forward.listen}",
                    "give three addresses of the forwarder, in the order of the license path: "
                    + argument("listen", "192.0.2.1", "192.0.2.2", "192.0.2.3"),
                )
