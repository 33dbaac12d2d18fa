"""FortiGate: addresses, services and policies as FortiOS commands, 6.4 and newer (one table for IPv4 and IPv6)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.flows import AllowedFlow
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.model import Network
from lmwire.firewall.names import shortened
from lmwire.firewall.quoting import fortios
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, commented, opening_lines, testing

__all__ = ["FORTIGATE"]

_COMMENT: Final = 200
_POLICY: Final = 35
"""Maximum characters of a policy's name; addresses and services may have 79."""
_END: Final = re.compile(r"-[0-9]+-ipv[46](?:-[0-9]+)?$")
"""The end of a flow's name, which tells the rules of one server apart."""
_INTERFACE: Final = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,34}"
_ADDRESSES: Final = {4: "address", 6: "address6"}
_SUFFIX: Final = {4: "", 6: "6"}


def _write(given: WriterInput) -> Iterator[str]:
    yield from commented("#", opening_lines(given, *_manual(given)))
    for version, table in _ADDRESSES.items():
        yield from _table(f"firewall {table}", [line for flow in given.flows for line in _addresses(flow, version)])
    yield from _table("firewall service custom", [line for flow in given.flows for line in _service(flow)])
    yield from _table("firewall policy", [line for flow in given.flows for line in _policy(flow, given.into)])


def _manual(given: WriterInput) -> Iterator[str]:
    clients, _, server = given.into.partition("/")
    yield (
        f"Load: paste it into the CLI, or run it as a script; with VDOMs, first config vdom, edit NAME. Clients are at "
        f"interface {clients}, the server is at {server}; --into names others."
    )
    yield "For FortiOS 6.4 and newer, which allows replies automatically. Behind a virtual IP, use its name as dstaddr."
    yield (
        "FortiOS puts new policies last. Move each before a policy that denies: config firewall policy, move ID before "
        "OTHER."
    )
    yield testing(given.rules)
    yield (
        "Undo, also before you load it again, because edit 0 always makes a new policy: config firewall policy, delete "
        "ID for each name below. Then delete the services and the addresses."
    )


def _table(name: str, entries: Sequence[str]) -> Iterator[str]:
    if entries:
        yield f"config {name}"
        yield from entries
        yield "end"


def _entry(name: str, *settings: str) -> Iterator[str]:
    yield f"    edit {name}"
    yield from (f"        set {setting}" for setting in settings)
    yield "    next"


def _addresses(flow: AllowedFlow, version: int) -> Iterator[str]:
    if flow.version != version:
        return
    yield from _entry(f'"{flow.name}-server"', _network(ipaddress.ip_network(flow.to)))
    if not flow.anybody:
        for client, source in zip(_clients(flow), flow.sources, strict=True):
            yield from _entry(f'"{client}"', _network(source))


def _network(network: Network) -> str:
    if network.version == 6:  # noqa: PLR2004 # the version itself
        return f"ip6 {network}"
    return f"subnet {network.network_address} {network.netmask}"


def _clients(flow: AllowedFlow) -> list[str]:
    return ["all"] if flow.anybody else [f"{flow.name}-client-{number + 1}" for number in range(len(flow.sources))]


def _service(flow: AllowedFlow) -> Iterator[str]:
    yield from _entry(f'"{flow.name}"', f"tcp-portrange {flow.port}")


def _policy(flow: AllowedFlow, into: str) -> Iterator[str]:
    clients, _, server = into.partition("/")
    suffix = _SUFFIX[flow.version]
    yield from _entry(
        "0",  # the next free id
        f'name "{_policy_name(flow)}"',
        f'srcintf "{clients}"',
        f'dstintf "{server}"',
        f"srcaddr{suffix} {' '.join(f'{chr(34)}{client}{chr(34)}' for client in _clients(flow))}",
        f'dstaddr{suffix} "{flow.name}-server"',
        f'service "{flow.name}"',
        'schedule "always"',
        "action accept",
        f"comments {fortios(about(flow.rule, _COMMENT), _COMMENT)}",
    )


def _policy_name(flow: AllowedFlow) -> str:
    """Return the flow's name with the server's part shortened; the port stays."""
    server = _END.sub("", flow.name)
    end = flow.name.removeprefix(server)
    return f"{shortened(server, _POLICY - len(end))}{end}"


FORTIGATE: Final = RuleWriter(
    write=_write,
    places=(FirewallPlace.ROUTER,),
    bound=frozenset({FirewallPlace.ROUTER}),
    into=Into(
        what="the clients' interface and the server's",
        pattern=f"{_INTERFACE}/{_INTERFACE}",
        example="port1/port2",
        usual={FirewallPlace.ROUTER: "any/any"},
    ),
)
