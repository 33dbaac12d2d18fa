"""Services whose port may not be known yet, what somebody tells about them, and the rules that come of both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from lmwire.firewall.comments import plain
from lmwire.firewall.errors import FirewallError
from lmwire.firewall.model import LMGRD, Pin, Rule, destination, server_address
from lmwire.ports import MAX_PORT
from lmwire.text import printable

__all__ = ["Service", "Told", "at_addresses", "from_ports", "parse_to", "parse_told", "rules_of", "tell"]

_UNNAMED: Final = "license server"
_TOLD: Final = re.compile(r"([0-9]{1,9})(?::([!-~]{1,64}))?", re.ASCII)
_NAME: Final = 60


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A daemon of a license server.

    Attributes:
        server, to, daemon, pin: see `Rule`.
        port: None when it is not known.
        unknown: why it is not, and what to do; empty when it is.
    """

    server: str
    to: str
    daemon: str
    port: int | None
    pin: Pin = Pin.FIXED
    unknown: tuple[str, str] = ("", "")


class Told(msgspec.Struct, frozen=True):
    """A port of now, told by the user or by a log, and whose it is: "lmgrd", or a vendor daemon's name."""

    port: int
    daemon: str


def parse_told(texts: Iterable[str]) -> list[Told]:
    """Read `PORT` and `PORT:DAEMON`; a port without a daemon is lmgrd's, and there is one such at most.

    Raises:
        FirewallError: a text is neither, or a daemon has two ports.
    """
    told: dict[str, Told] = {}
    for text in texts:
        match = _TOLD.fullmatch(text)
        if match is None or not 1 <= int(match[1]) <= MAX_PORT:
            shown = printable(text, 60) or "an empty text"
            raise FirewallError(f"{shown} is no port", "as in --port 27000 for lmgrd, --port 27001:ibmratl")
        each = Told(int(match[1]), match[2] or LMGRD)
        known = told.setdefault(each.daemon.casefold(), each)
        if known.port != each.port:
            hint = f"say whose each is, as in --port {each.port}:ibmratl"
            raise FirewallError(f"{plain(each.daemon, _NAME)} has two ports, {known.port} and {each.port}", hint)
    return list(told.values())


def parse_to(text: str) -> tuple[str, str]:
    """Read `ADDRESS`, or `SERVER=ADDRESS`; the server is empty when none is named. Raises FirewallError."""
    server, _, address = text.rpartition("=")
    return server, server_address(address)


def from_ports(told: Iterable[Told], to: Sequence[tuple[str, str]]) -> list[Service]:
    """Return services of ports that the user knows, on each of the servers that `to` names."""
    servers = list(dict.fromkeys(server for server, _ in to if server)) or [to[0][1] if to else _UNNAMED]
    return [
        Service(server=server, to=destination(server), daemon=each.daemon, port=each.port, pin=_pin(each.daemon))
        for server in servers
        for each in told
    ]


def _pin(daemon: str) -> Pin:
    return Pin.FIXED if daemon == LMGRD else Pin.UNKNOWN


def tell(services: Sequence[Service], told: Iterable[Told]) -> list[Service]:
    """Return the services with the ports that somebody told filled in.

    A daemon that no service is of is added to each server, if the services name no vendor daemon at all.

    Raises:
        FirewallError: a port is told of a daemon that is not there, or against what is known.
    """
    result = list(services)
    none_named = all(service.daemon in {"", LMGRD} for service in services)
    for each in told:
        if any(_is(service, each.daemon) for service in result):
            result = [_filled(service, each) if _is(service, each.daemon) else service for service in result]
        elif none_named and each.daemon != LMGRD:
            known = [service for service in result if service.daemon or service.port]
            result = [*known, *_added(services, each)]
        else:
            raise FirewallError(f"there is no {plain(each.daemon, _NAME)} to have port {each.port}", _others(result))
    return result


def _is(service: Service, daemon: str) -> bool:
    return service.daemon.casefold() == daemon.casefold()


def _filled(service: Service, told: Told) -> Service:
    if service.port is None:
        return msgspec.structs.replace(service, port=told.port)
    if service.port != told.port:
        raise FirewallError(
            f"{plain(service.daemon, _NAME)} of {plain(service.server, _NAME)} has port {service.port}, "
            f"and {told.port} by what else is given",
            "if the server was changed since, read what it has now; else leave one out",
        )
    return service


def _others(services: Sequence[Service]) -> str:
    named = dict.fromkeys(plain(service.daemon, _NAME) for service in services if service.daemon)
    return f"there are {', '.join(named)}"


def _added(services: Sequence[Service], told: Told) -> Iterator[Service]:
    for server, to in dict.fromkeys((service.server, service.to) for service in services):
        yield Service(server=server, to=to, daemon=told.daemon, port=told.port, pin=Pin.UNKNOWN)


def rules_of(services: Iterable[Service]) -> tuple[Rule, ...]:
    """Return the rules, each destination and port once.

    Raises:
        FirewallError: a port is not known, or nothing is left.
    """
    rules: dict[tuple[str, str, int], Rule] = {}
    for service in services:
        if service.port is None:
            raise FirewallError(*service.unknown)
        key = (service.to or service.server, "" if service.to else "server", service.port)
        rules.setdefault(
            key,
            Rule(server=service.server, to=service.to, port=service.port, daemon=service.daemon, pin=service.pin),
        )
    if not rules:
        raise FirewallError("there is no port to open")
    return tuple(rules.values())


def at_addresses(rules: Sequence[Rule], to: Mapping[str, Sequence[str]]) -> tuple[Rule, ...]:
    """Return the rules with servers' addresses put in: for each server, all that `to` has for its name.

    Args:
        rules: of any number of servers.
        to: a server's name → its addresses; an empty name stands for the only server.

    Raises:
        FirewallError: a name is no server's; or it is empty, and there are several servers.
    """
    servers = list(dict.fromkeys(rule.server for rule in rules))
    listed = ", ".join(plain(server, _NAME) for server in servers)
    by_name: dict[str, Sequence[str]] = {}
    for name, addresses in to.items():
        if not name and len(servers) > 1:
            hint = f"as in --to {plain(servers[0], _NAME)}=192.0.2.20; there are {listed}"
            raise FirewallError(f"whose address {addresses[0]} is, is not said", hint)
        matching = servers if not name else [each for each in servers if each.casefold() == name.casefold()]
        if not matching:
            raise FirewallError(f"there is no server {printable(name, _NAME)}", f"there are {listed}")
        by_name |= dict.fromkeys(matching, addresses)
    found: dict[tuple[str, str, int], Rule] = {}
    for rule in rules:
        for address in by_name.get(rule.server, (rule.to,)):
            found.setdefault((rule.server, address, rule.port), msgspec.structs.replace(rule, to=address))
    return tuple(found.values())
