"""Check that the parts of a plan fit together. Every problem is a sentence that starts with its place."""

from __future__ import annotations

import difflib
import ipaddress
import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from lmwire.diagnosis import SPECS
from lmwire.licensepath import LicensePathError, parse_path
from lmwire.ports import MAX_PORT
from lmwire.ruletest.plan import (
    FAILURE,
    SERVES,
    SPECIAL_ANSWERS,
    Expected,
    Interface,
    Machine,
    Plan,
    PlanServer,
    Route,
    Router,
)
from lmwire.text import printable
from lmwire.wire import LocalProtocolError, Referral

__all__ = ["ENDPOINT", "check_network", "check_plan"]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_INTERFACE: Final = re.compile(r"[A-Za-z0-9_.-]{1,15}")
_SYSCTL: Final = re.compile(r"net[./][A-Za-z0-9_./-]+")
_IP_RULE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/ -]*")
_VENDOR: Final = re.compile(r"[!-~]{1,64}")
_MTUS: Final = range(68, 65536)
_MOST: Final = 64

ENDPOINT: Final = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[0-9.]+)):(?P<port>[0-9]{1,5})")


def check_plan(plan: Plan) -> Iterator[str]:
    """Yield the problems of `plan` that matter in both modes."""
    yield from _names("zones", [zone.name for zone in plan.zones])
    yield from _names("servers", [server.name for server in plan.servers])
    yield from _names("routers", [router.name for router in plan.routers])
    for index, server in enumerate(plan.servers):
        if server.name in {router.name for router in plan.routers}:
            yield f"servers[{index}].name: {_quoted(server.name)} is also the name of a router"
    if not plan.servers:
        yield "servers: is missing; add a [[servers]] table"
    for index, server in enumerate(plan.servers):
        yield from _server(f"servers[{index}]", server, plan)
    for index, zone in enumerate(plan.zones):
        for name, answer in (zone.sees or {}).items():
            yield from _answer(f"zones[{index}].sees.{printable(name, 60)}", answer)
    yield from _expectations(plan)


def _names(where: str, names: Sequence[str]) -> Iterator[str]:
    if len(names) > _MOST:
        yield f"{where}: {len(names)} are too many; at most {_MOST} are possible"
    for index, name in enumerate(names):
        if not _NAME.fullmatch(name):
            yield f"{where}[{index}].name: {_quoted(name)} is not a valid name; use letters, digits, and . _ - inside"
        elif name in names[:index]:
            yield f"{where}[{index}].name: {_quoted(name)} is used twice"


def _server(where: str, server: PlanServer, plan: Plan) -> Iterator[str]:
    zones = [zone.name for zone in plan.zones]
    ports = [("lmgrd", server.lmgrd), *((f"vendors.{name}", port) for name, port in server.vendors.items())]
    for index, (name, port) in enumerate(ports):
        place = f"{where}.{printable(name, 60)}"
        if not 0 < port <= MAX_PORT:
            yield f"{place}: {port} is not a port; write 1 to {MAX_PORT}"
        elif port in (other for _, other in ports[:index]):
            yield f"{place}: port {port} is already used on this server"
    try:
        Referral(host=server.referral_host, port=server.lmgrd)
    except LocalProtocolError as error:
        yield f"{where}.referral: {_quoted(server.referral_host)} is not a valid host name: {error}"
    if not server.vendors:
        yield f"{where}.vendors: is missing; write vendors = {{ ibmratl = 27001 }}"
    for name in server.vendors:
        if not _VENDOR.fullmatch(name):
            yield f"{where}.vendors: {_quoted(name)} is not a valid vendor daemon name"
    for name in server.targets:
        yield from _known(f"{where}.targets", name, "zone", zones)
    for name in zones:
        yield from _target(f"{where}.{'targets.' + name if name in server.targets else 'target'}", server, name)


def _target(where: str, server: PlanServer, zone: str) -> Iterator[str]:
    text = server.target_in(zone)
    try:
        path = parse_path(text)
    except LicensePathError as error:
        yield f"{where}: {error.one_line}"
        return
    if len(path.targets) != 1 or len(path.targets[0].servers) != 1 or path.targets[0].vendors:
        yield f"{where}: {_quoted(text)} is not one server; write it as 27000@licsrv"


def _answer(where: str, answer: tuple[str, ...] | str) -> Iterator[str]:
    if isinstance(answer, str) and answer in SPECIAL_ANSWERS:
        return
    for address in (answer,) if isinstance(answer, str) else answer:
        if not _is(ipaddress.ip_address, address):
            yield f"{where}: {_quoted(address)} is not an IP address, nor one of {', '.join(SPECIAL_ANSWERS)}"


def _expectations(plan: Plan) -> Iterator[str]:
    if not any(row != {} for row in plan.expect.values()):
        yield "expect: is empty; write the expected verdicts"
    for zone, row in plan.expect.items():
        where = f"expect.{printable(zone, 60)}"
        yield from _known("expect", zone, "zone", [each.name for each in plan.zones])
        if not isinstance(row, dict):
            yield from _verdicts(where, row)
            continue
        for server, wanted in row.items():
            yield from _known(where, server, "server", [each.name for each in plan.servers])
            yield from _verdicts(f"{where}.{printable(server, 60)}", wanted)


def _verdicts(where: str, wanted: Expected) -> Iterator[str]:
    words = (wanted,) if isinstance(wanted, str) else wanted
    if not words:
        yield f"{where}: is empty; write the expected verdicts"
    for word in words:
        yield from _known(where, word, "verdict", (*SPECS, SERVES, FAILURE))


def _known(where: str, name: str, kind: str, known: Collection[str]) -> Iterator[str]:
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        listed = f"write {near[0]}" if near else f"choose one of {', '.join(itertools.islice(known, 8))}"
        yield f"{where}: there is no {kind} {_quoted(name)}; {listed}"


def _quoted(text: str) -> str:
    return f'"{printable(text, 60)}"'


def _is(kind: object, text: str) -> bool:
    try:
        kind(text)  # type: ignore[operator] # one of ipaddress's makers
    except ValueError:
        return False
    return True


# -- checks for a network -------------------------------------------------------------------------------------


def check_network(plan: Plan, folder: Path) -> Iterator[str]:
    """Yield the problems that prevent building the network of `plan`. Rule files are relative to `folder`."""
    problems = list(itertools.chain(_zones(plan), _routers(plan), _servers(plan), _files(plan, folder)))
    yield from problems
    if not problems:
        yield from _twice(plan)


def _zones(plan: Plan) -> Iterator[str]:
    for index, zone in enumerate(plan.zones):
        where = f"zones[{index}]"
        if not zone.subnets:
            yield f"{where}.subnets: is missing; write its networks, such as 10.1.0.0/24"
        for number, subnet in enumerate(zone.subnets):
            if not _is(ipaddress.ip_network, subnet):
                yield f"{where}.subnets[{number}]: {_quoted(subnet)} is not a network; write it as 10.1.0.0/24"
        for field, addresses in (("client", zone.client), ("gateway", zone.gateway)):
            yield from _inside(f"{where}.{field}", addresses, zone.subnets)
        yield from _routes(f"{where}.routes", zone.routes)


def _inside(where: str, addresses: Iterable[str], subnets: Iterable[str]) -> Iterator[str]:
    networks = [ipaddress.ip_network(subnet) for subnet in subnets if _is(ipaddress.ip_network, subnet)]
    for index, address in enumerate(addresses):
        if not _is(ipaddress.ip_address, address):
            yield f"{where}[{index}]: {_quoted(address)} is not an IP address"
        elif not any(ipaddress.ip_address(address) in network for network in networks):
            listed = ", ".join(map(str, networks)) or "none"
            yield f"{where}[{index}]: {address} is in no subnet of the zone ({listed})"


def _routes(where: str, routes: Iterable[Route]) -> Iterator[str]:
    for index, route in enumerate(routes):
        if route.to != "default" and not _is(ipaddress.ip_network, route.to):
            yield f'{where}[{index}].to: {_quoted(route.to)} is neither a network nor "default"'
        if not _is(ipaddress.ip_address, route.via):
            yield f"{where}[{index}].via: {_quoted(route.via)} is not an IP address"


def _routers(plan: Plan) -> Iterator[str]:
    ends: dict[str, list[str]] = {}
    for index, router in enumerate(plan.routers):
        yield from _router(f"routers[{index}]", router, plan)
    for kind, machines in (("routers", plan.routers), ("servers", plan.servers)):
        for index, machine in enumerate(machines):
            yield from _kernel(f"{kind}[{index}]", machine)
            for number, interface in enumerate(machine.interfaces):
                if interface.link:
                    ends.setdefault(interface.link, []).append(f"{kind}[{index}].interfaces[{number}].link")
    for link, places in ends.items():
        if len(places) != 2:  # noqa: PLR2004 - a link has two ends
            yield f"{places[-1]}: link {_quoted(link)} needs two ends, not {len(places)}; a zone joins more routers"


def _router(where: str, router: Router, plan: Plan) -> Iterator[str]:
    yield from _interfaces(where, router.interfaces, [], plan)
    yield from _routes(f"{where}.routes", router.routes)
    for index, entry in enumerate(router.dnat):
        for field, text in (("outside", entry.outside), ("inside", entry.inside)):
            if not _is_endpoint(text):
                yield f"{where}.dnat[{index}].{field}: {_quoted(text)} is not address:port; write it as 10.0.0.5:27000"
        if (":" in entry.outside.rpartition(":")[0]) != (":" in entry.inside.rpartition(":")[0]):
            yield f"{where}.dnat[{index}]: one end is IPv4 and the other IPv6"


def _interfaces(where: str, interfaces: Sequence[Interface], taken: Sequence[str], plan: Plan) -> Iterator[str]:
    names = [*taken, *(interface.name for interface in interfaces)]
    for index, interface in enumerate(interfaces):
        place = f"{where}.interfaces[{index}]"
        if not _INTERFACE.fullmatch(interface.name) or interface.name in {"lo", "all", "default", ".", ".."}:
            yield f"{place}.name: {_quoted(interface.name)} is not a valid interface name"
        elif interface.name in names[: index + len(taken)]:
            yield f"{place}.name: {_quoted(interface.name)} is used twice"
        yield from _interface(place, interface, plan)


def _is_endpoint(text: str) -> bool:
    found = ENDPOINT.fullmatch(text)
    return (
        found is not None
        and _is(ipaddress.ip_address, found["six"] or found["four"])
        and 0 < int(found["port"]) <= MAX_PORT
    )


def _interface(where: str, interface: Interface, plan: Plan) -> Iterator[str]:
    if interface.zone and interface.link:
        yield f"{where}: has a zone and a link; write only one of them"
    if interface.zone:
        yield from _known(f"{where}.zone", interface.zone, "zone", [zone.name for zone in plan.zones])
    if interface.mtu is not None and not interface.link:
        yield f"{where}.mtu: only a link between two routers can have an mtu"
    if interface.mtu is not None and interface.mtu not in _MTUS:
        yield f"{where}.mtu: {interface.mtu} must be {_MTUS[0]} to {_MTUS[-1]}"
    subnets = next((zone.subnets for zone in plan.zones if zone.name == interface.zone), ())
    networks = [ipaddress.ip_network(subnet) for subnet in subnets if _is(ipaddress.ip_network, subnet)]
    for index, address in enumerate(interface.addresses):
        place = f"{where}.addresses[{index}]"
        if "/" not in address or not _is(ipaddress.ip_interface, address):
            yield f"{place}: {_quoted(address)} is not an address with a prefix length; write it as 10.1.0.1/24"
            continue
        parsed = ipaddress.ip_interface(address)
        alone = parsed.network.prefixlen == parsed.max_prefixlen  # an alias, for NAT
        if interface.zone and not alone and parsed.network not in networks:
            yield f"{place}: {parsed.network} is not a subnet of zone {interface.zone} ({', '.join(subnets)})"


def _servers(plan: Plan) -> Iterator[str]:
    for index, server in enumerate(plan.servers):
        where = f"servers[{index}]"
        zone = next((zone for zone in plan.zones if zone.name == server.zone), None)
        if zone is None:
            yield from _known(f"{where}.zone", server.zone, "zone", [each.name for each in plan.zones])
            continue
        if not server.addresses:
            yield f"{where}.addresses: is missing; write the server's addresses"
        for field, addresses in (("addresses", server.addresses), ("gateway", server.gateway)):
            yield from _inside(f"{where}.{field}", addresses, zone.subnets)
        yield from _routes(f"{where}.routes", server.routes)
        if not _INTERFACE.fullmatch(server.interface) or server.interface == "lo":
            yield f"{where}.interface: {_quoted(server.interface)} is not a valid interface name"
        yield from _interfaces(where, server.interfaces, [server.interface], plan)


def _files(plan: Plan, folder: Path) -> Iterator[str]:
    for kind, machines in (("routers", plan.routers), ("servers", plan.servers)):
        for index, machine in enumerate(machines):
            for field in ("nftables", "iptables", "ip6tables", "ipset"):
                for name in machine.files(field):
                    if not _is_file(folder / name):
                        yield f"{kind}[{index}].{field}: the file {printable(str(folder / name), 200)} does not exist"


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except (OSError, ValueError):  # a name that is too long, or has a NUL
        return False


def _kernel(where: str, machine: Machine) -> Iterator[str]:
    for name in machine.sysctl:
        if not _SYSCTL.fullmatch(name) or ".." in name:
            yield f"{where}.sysctl: {_quoted(name)} is not a setting of a network; write it as net.ipv4.ip_forward"
    for index, rule in enumerate(machine.ip_rules):
        if not _IP_RULE.fullmatch(rule):
            yield f"{where}.ip_rules[{index}]: {_quoted(rule)} is not a rule; write it as from 10.1.0.0/24 lookup 100"


def _twice(plan: Plan) -> Iterator[str]:
    seen: dict[str, str] = {}
    for where, address in _addresses(plan):
        if address in seen:
            yield f"{where}: {address} is also the address of {seen[address]}"
        seen.setdefault(address, where)


def _addresses(plan: Plan) -> Iterator[tuple[str, str]]:
    for index, zone in enumerate(plan.zones):
        for address in zone.client:
            yield f"zones[{index}].client", str(ipaddress.ip_address(address))
    for index, router in enumerate(plan.routers):
        for number, interface in enumerate(router.interfaces):
            for address in interface.addresses:
                yield f"routers[{index}].interfaces[{number}].addresses", str(ipaddress.ip_interface(address).ip)
    for index, server in enumerate(plan.servers):
        for address in server.addresses:
            yield f"servers[{index}].addresses", str(ipaddress.ip_address(address))
        for number, interface in enumerate(server.interfaces):
            for address in interface.addresses:
                yield f"servers[{index}].interfaces[{number}].addresses", str(ipaddress.ip_interface(address).ip)
