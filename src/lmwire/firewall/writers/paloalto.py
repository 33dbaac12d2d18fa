"""Palo Alto Networks: addresses, services and security rules as set commands of PAN-OS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.flows import AllowedFlow
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.quoting import panos
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, commented, opening_lines, testing

__all__ = ["PALO_ALTO"]

_DESCRIPTION: Final = 200
"""PAN-OS allows 255 characters, newer versions more. Names of rules and objects may have 63."""
_ZONE: Final = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,30}"
_RULES: Final = "rulebase security rules"


def _write(given: WriterInput) -> Iterator[str]:
    clients, _, server = given.into.partition("/")
    yield from commented(
        "#",
        opening_lines(
            given,
            "Load: configure, paste the lines that start with set, then commit. PAN-OS has no comments, so leave out "
            "these lines.",
            f"Clients are in zone {clients}, the server is in zone {server}; --into names others. PAN-OS allows "
            "replies automatically. Loaded again, it changes nothing.",
            "PAN-OS compares the address before NAT: behind a destination NAT, name the address that clients use.",
            *_ipv6(given),
            f"New rules are last. Move each one before a rule that denies: move {_RULES} NAME before OTHER",
            testing(given.rules),
            f"Undo: delete {_RULES} NAME; then delete service NAME and delete address NAME; commit",
        ),
    )
    for flow in given.flows:
        yield from _flow(flow, clients, server)


def _ipv6(given: WriterInput) -> Iterator[str]:
    if any(flow.version == 6 for flow in given.flows):  # noqa: PLR2004 # the version itself
        yield "PAN-OS ignores IPv6 rules if IPv6 firewalling is off: see Device, Setup, Session."


def _flow(flow: AllowedFlow, clients: str, server: str) -> Iterator[str]:
    rule = f"set {_RULES} {flow.name}"
    yield f"set address {flow.name}-server ip-netmask {flow.to}"
    sources = ["any"]
    if not flow.anybody:
        sources = [f"{flow.name}-client-{number + 1}" for number in range(len(flow.sources))]
        for name, source in zip(sources, flow.sources, strict=True):
            yield f"set address {name} ip-netmask {source}"
    yield f"set service {flow.name} protocol tcp port {flow.port}"
    yield f"{rule} description {panos(about(flow.rule, _DESCRIPTION), _DESCRIPTION)}"
    yield f"{rule} from {clients} to {server}"
    yield f"{rule} source [ {' '.join(sources)} ]"
    yield f"{rule} destination {flow.name}-server"
    yield f"{rule} application any service {flow.name} action allow"


PALO_ALTO: Final = RuleWriter(
    write=_write,
    places=(FirewallPlace.ROUTER,),
    bound=frozenset({FirewallPlace.ROUTER}),
    into=Into(
        what="the clients' zone and the server's",
        pattern=f"{_ZONE}/{_ZONE}",
        example="untrust/trust",
        usual={FirewallPlace.ROUTER: "any/any"},
    ),
)
