"""Services, whose port may be unknown, the known ports from the user or a log, and the rules made from both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from lmwire.errors import argument
from lmwire.firewall.comments import plain
from lmwire.firewall.errors import FirewallError
from lmwire.firewall.model import LMGRD, Pin, Rule, destination, server_address
from lmwire.ports import MAX_PORT
from lmwire.text import printable

__all__ = [
    "KnownPort",
    "LicenseService",
    "at_addresses",
    "from_ports",
    "parse_known_ports",
    "parse_to",
    "rules_of",
    "with_known_ports",
]

_UNNAMED: Final = "license server"
_KNOWN_PORT: Final = re.compile(r"([0-9]{1,9})(?::([!-~]{1,64}))?", re.ASCII)
_NAME: Final = 60


class LicenseService(msgspec.Struct, frozen=True, kw_only=True):
    """A daemon of a license server.

    Attributes:
        server, to, daemon, pin: see `Rule`.
        port: None when unknown.
        unknown: why the port is unknown, and what to do; empty when it is known.
    """

    server: str
    to: str
    daemon: str
    port: int | None
    pin: Pin = Pin.FIXED
    unknown: tuple[str, str] = ("", "")


class KnownPort(msgspec.Struct, frozen=True):
    """A current port from the user or a log, with its daemon: "lmgrd", or a vendor daemon's name."""

    port: int
    daemon: str


def parse_known_ports(texts: Iterable[str]) -> list[KnownPort]:
    """Read `PORT` and `PORT:DAEMON`. A port without a daemon is lmgrd's; at most one is allowed.

    Raises:
        FirewallError: a text is neither form, or a daemon has two ports.
    """
    known_ports: dict[str, KnownPort] = {}
    for text in texts:
        match = _KNOWN_PORT.fullmatch(text)
        if match is None or not 1 <= int(match[1]) <= MAX_PORT:
            shown = printable(text, 60) or "an empty text"
            raise FirewallError(
                f"{shown} is not a port",
                f"write {argument('ports', '27000')} for lmgrd, {argument('ports', '27001:ibmratl')} for ibmratl",
            )
        each = KnownPort(int(match[1]), match[2] or LMGRD)
        known = known_ports.setdefault(each.daemon.casefold(), each)
        if known.port != each.port:
            hint = f"name the daemon of each port: {argument('ports', f'{each.port}:ibmratl')}"
            raise FirewallError(f"{plain(each.daemon, _NAME)} has two ports, {known.port} and {each.port}", hint)
    return list(known_ports.values())


def parse_to(text: str) -> tuple[str, str]:
    """Read `ADDRESS` or `SERVER=ADDRESS`; the server is empty when missing. Raises FirewallError."""
    server, _, address = text.rpartition("=")
    return server, server_address(address)


def from_ports(known_ports: Iterable[KnownPort], to: Sequence[tuple[str, str]]) -> list[LicenseService]:
    """Return a service for each port from the user, on each server in `to`."""
    servers = list(dict.fromkeys(server for server, _ in to if server)) or [to[0][1] if to else _UNNAMED]
    return [
        LicenseService(server=server, to=destination(server), daemon=each.daemon, port=each.port, pin=_pin(each.daemon))
        for server in servers
        for each in known_ports
    ]


def _pin(daemon: str) -> Pin:
    return Pin.FIXED if daemon == LMGRD else Pin.UNKNOWN


def with_known_ports(services: Sequence[LicenseService], known_ports: Iterable[KnownPort]) -> list[LicenseService]:
    """Return the services with the known ports filled in.

    A daemon without a service is added to each server, if the services name no vendor daemon.

    Raises:
        FirewallError: a port belongs to a daemon without a service, or contradicts the service.
    """
    result = list(services)
    none_named = all(service.daemon in {"", LMGRD} for service in services)
    for each in known_ports:
        if any(_is(service, each.daemon) for service in result):
            result = [_filled(service, each) if _is(service, each.daemon) else service for service in result]
        elif none_named and each.daemon != LMGRD:
            known = [service for service in result if service.daemon or service.port]
            result = [*known, *_added(services, each)]
        else:
            raise FirewallError(
                f"port {each.port} is for the unknown daemon {plain(each.daemon, _NAME)}", _others(result)
            )
    return result


def _is(service: LicenseService, daemon: str) -> bool:
    return service.daemon.casefold() == daemon.casefold()


def _filled(service: LicenseService, known: KnownPort) -> LicenseService:
    if service.port is None:
        return msgspec.structs.replace(service, port=known.port)
    if service.port != known.port:
        raise FirewallError(
            f"{plain(service.daemon, _NAME)} of {plain(service.server, _NAME)} has port {service.port}, "
            f"but another input says {known.port}",
            "use the server's current license file or diagnosis, or leave one input out",
        )
    return service


def _others(services: Sequence[LicenseService]) -> str:
    named = dict.fromkeys(plain(service.daemon, _NAME) for service in services if service.daemon)
    return f"choose one of {', '.join(named)}"


def _added(services: Sequence[LicenseService], known: KnownPort) -> Iterator[LicenseService]:
    for server, to in dict.fromkeys((service.server, service.to) for service in services):
        yield LicenseService(server=server, to=to, daemon=known.daemon, port=known.port, pin=Pin.UNKNOWN)


def rules_of(services: Iterable[LicenseService]) -> tuple[Rule, ...]:
    """Return the rules; each destination and port occurs once.

    Raises:
        FirewallError: a port is unknown, or no rule is left.
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
    """Return the rules with the servers' addresses: each server gets all addresses that `to` has for its name.

    Args:
        rules: the rules of any number of servers.
        to: a server's name → its addresses; an empty name means the only server.

    Raises:
        FirewallError: no server has the name, or the name is empty and there are several servers.
    """
    servers = list(dict.fromkeys(rule.server for rule in rules))
    listed = ", ".join(plain(server, _NAME) for server in servers)
    by_name: dict[str, Sequence[str]] = {}
    for name, addresses in to.items():
        if not name and len(servers) > 1:
            example = argument("to", f"{plain(servers[0], _NAME)}=192.0.2.20")
            hint = f"write {example}; the servers are {listed}"
            raise FirewallError(f"the address {addresses[0]} needs a server's name", hint)
        matching = servers if not name else [each for each in servers if each.casefold() == name.casefold()]
        if not matching:
            raise FirewallError(f"no server has the name {printable(name, _NAME)}", f"choose one of {listed}")
        by_name |= dict.fromkeys(matching, addresses)
    found: dict[tuple[str, str, int], Rule] = {}
    for rule in rules:
        for address in by_name.get(rule.server, (rule.to,)):
            found.setdefault((rule.server, address, rule.port), msgspec.structs.replace(rule, to=address))
    return tuple(found.values())
