"""The facts of a recipe: from what is given, a license file, and a diagnosis where a port is still missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from lmwire.addresses import is_address
from lmwire.diagnosis import Diagnosis, Report, Severity
from lmwire.errors import argument
from lmwire.evidence import Answer, Evidence, Role, Via
from lmwire.gateway.errors import GatewayError
from lmwire.gateway.recipes.facts import (
    RecipeFacts,
    RecipeSettings,
    ServerFacts,
    VendorPort,
    check_port,
    parse_network,
)
from lmwire.gateway.recipes.model import Kind, Recipe
from lmwire.gateway.recipes.write import write_recipe
from lmwire.licensepath import parse_path
from lmwire.ports import port_dialled
from lmwire.targets import Server, Target
from lmwire.text import printable
from lmwire.workflows import diagnose
from lmwire.workflows.settings import vendors_of

__all__ = ["GivenForRecipe", "gateway_recipe"]

_NOBODY: Final = frozenset({"this_host", "any"})
_SHOWN: Final = 100


class GivenForRecipe(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says about the server and the forwarder.

    Attributes:
        lmgrd_port: where the target names none.
        vendors: vendor daemon → its port; None where a diagnosis is to find it.
        referral_host: the host that lmgrd's referral names.
        to: addresses of the license servers as the forwarder reaches them, in the order of the license path.
        via, listen: see `RecipeSettings`.
        allow: networks that may connect.
    """

    lmgrd_port: int | None = None
    vendors: Mapping[str, int | None] = {}
    referral_host: str = ""
    to: Sequence[str] = ()
    via: str = ""
    listen: Sequence[str] = ()
    allow: Sequence[str] = ()


def gateway_recipe(kind: Kind, target: str, given: GivenForRecipe) -> Recipe:
    """Write how to reach a license server through another program. Changes nothing.

    Where a vendor daemon's port is neither given nor pinned in the license file `target`, this diagnoses the target
    from this machine, which takes seconds where something is filtered.

    Raises:
        GatewayError: a port is not known, or the recipe cannot be written.
        LmwireError: the target is written wrong, or a file cannot be read.
    """
    settings = RecipeSettings(via=given.via, listen=tuple(given.listen), allow=tuple(map(parse_network, given.allow)))
    entry = _target(target)
    known = _from_words(entry, given)
    return write_recipe(kind, _from_diagnosis(entry, given) if known is None else known, settings)


def _target(text: str) -> Target:
    path = parse_path(text)
    if len(path.targets) != 1:
        raise GatewayError(
            f"{printable(text, _SHOWN)} is a list of {len(path.targets)} license servers",
            "write one recipe for each, on different addresses",
        )
    return path.targets[0]


def _hosts(entry: Target, given: GivenForRecipe) -> list[str]:
    """Return the host of each server, as the forwarder names it."""
    if given.to and len(given.to) != len(entry.servers):
        raise GatewayError(
            f"{len(given.to)} addresses for {len(entry.servers)} license servers",
            f"give {argument('to')} once for each, in the order of the license path",
        )
    for address in given.to:
        if not is_address(address):
            raise GatewayError(f"{printable(address, 60)} is not an address", f"write {argument('to', '192.0.2.20')}")
    hosts = [server.host for server in entry.servers]
    for index, host in enumerate(hosts):
        if host.casefold() in _NOBODY and not given.to:
            raise GatewayError(
                f"the SERVER line says {host}, which is each machine itself",
                f"give the license server's address: {argument('to', '192.0.2.20')}",
            )
        if given.to:
            hosts[index] = given.to[index]
    return hosts


def _from_words(entry: Target, given: GivenForRecipe) -> RecipeFacts | None:
    """Return the facts where nothing needs to be found out; None where a port is missing."""
    ports: dict[str, VendorPort] = {
        line.name: VendorPort(name=line.name, port=line.port, pinned=True) for line in entry.vendors if line.port
    }
    missing = {line.name for line in entry.vendors if not line.port}
    for name, port in given.vendors.items():
        if port is not None:
            missing.discard(name)
            pinned = ports[name].pinned if name in ports and ports[name].port == port else None
            ports[name] = VendorPort(name=name, port=check_port(port, argument("vendor")), pinned=pinned)
        elif name not in ports:
            missing.add(name)
    if given.vendors:  # only these are asked for
        missing &= set(given.vendors)
        ports = {name: port for name, port in ports.items() if name in given.vendors}
    if missing or not ports or any(_port(server, given) is None for server in entry.servers):
        return None
    servers = [
        ServerFacts(
            host=host,
            port=_port(server, given) or 0,
            address=host if is_address(host) else "",
            vendors=tuple(ports.values()),
            names=(given.referral_host or ("" if server.host.casefold() in _NOBODY else server.host),),
            called=server.host,
        )
        for server, host in zip(entry.servers, _hosts(entry, given), strict=True)
    ]
    return RecipeFacts(target=entry.text, servers=tuple(servers), name_given=bool(given.referral_host))


def _port(server: Server, given: GivenForRecipe) -> int | None:
    return server.port if given.lmgrd_port is None else check_port(given.lmgrd_port, argument("lmgrd_port"))


def _from_diagnosis(entry: Target, given: GivenForRecipe) -> RecipeFacts:
    hosts = _hosts(entry, given)
    report = diagnose(entry.text, vendor=vendors_of(tuple(given.vendors)))
    trouble = _trouble(report.diagnoses)
    seen = [_evidence(report, server) for server in entry.servers]
    servers = tuple(
        _server(server, host, each, given, trouble)
        for server, host, each in zip(entry.servers, hosts, seen, strict=True)
    )
    found = {vendor.name for server in servers for vendor in server.vendors}
    asked = dict.fromkeys(evidence.vendor for each in seen for evidence in each if evidence.vendor)
    missing = tuple(name for name in asked if found and name not in found)
    return RecipeFacts(target=entry.text, servers=servers, seen=True, not_found=missing, trouble=trouble)


def _trouble(diagnoses: Sequence[Diagnosis]) -> str:
    bad = [each for each in diagnoses if each.verdict.severity is Severity.CRITICAL or each.verdict.reason]
    return bad[0].verdict.headline.rstrip(".") if bad else ""


def _evidence(report: Report, server: Server) -> list[Evidence]:
    """Return what was seen of one server: one piece for each vendor daemon."""
    found: list[Evidence] = []
    for diagnosis in report.diagnoses:
        every = (diagnosis.evidence, *(member.evidence for member in diagnosis.members))
        found += [each for each in every if (each.host, each.port) == (server.host, server.port)]
    return found


def _server(server: Server, host: str, seen: Sequence[Evidence], given: GivenForRecipe, trouble: str) -> ServerFacts:
    legs = [leg for each in seen for leg in each.legs_of(Role.LMGRD)]
    answered = next((leg for leg in legs if leg.answered), None)
    port = _port(server, given) or (answered.port if answered else None)
    if port is None:
        raise GatewayError(f"no lmgrd answered at {server}", f"give its port: {argument('lmgrd_port', '27000')}")
    address = host if is_address(host) else next((each.used_address(Via.TARGET) for each in seen), "")
    if answered is not None and answered.answer is Answer.HELLO:
        return ServerFacts(host=host, port=port, address=address, called=server.host)
    vendors = _vendors(server, seen, given, trouble)
    names = [each.referral.host for each in seen if each.referral is not None]
    named = [given.referral_host] if given.referral_host else list(dict.fromkeys(names)) or [server.host]
    return ServerFacts(host=host, port=port, address=address, vendors=vendors, names=tuple(named), called=server.host)


def _vendors(server: Server, seen: Sequence[Evidence], given: GivenForRecipe, trouble: str) -> tuple[VendorPort, ...]:
    found: dict[str, VendorPort] = {}
    for each in seen:
        port = given.vendors.get(each.vendor) or (port_dialled(each.referral.port) if each.referral else 0)
        if port:
            pinned = None if each.pinned is None else each.pinned == port
            found[each.vendor] = VendorPort(
                name=each.vendor, port=port, pinned=pinned, host="" if given.to else _reached_at(each)
            )
    missing = [name for name in given.vendors if name not in found]
    if missing or not found:
        named = next(iter(missing or [each.vendor for each in seen if each.vendor]), "")
        name = printable(named, 60) if named else "a vendor daemon"
        why = f" ({trouble})" if trouble else ""
        raise GatewayError(
            f"{server} did not say at which port {name} listens{why}",
            "run this on a machine that reaches lmgrd, or give the port: "
            + argument("vendor", f"{printable(named, 60) or 'NAME'}=27001"),
        )
    return tuple(found.values())


def _reached_at(evidence: Evidence) -> str:
    """Return the address of the vendor daemon where it differs from lmgrd's; else an empty text."""
    leg = next((leg for leg in evidence.legs_of(Role.VENDOR) if leg.answered), None)
    if leg is None or leg.address == evidence.used_address(Via.TARGET) or "%" in leg.address:
        return ""
    lmgrd = {each.address for each in evidence.legs_of(Role.LMGRD) if each.answered}
    return "" if leg.address in lmgrd else leg.address
