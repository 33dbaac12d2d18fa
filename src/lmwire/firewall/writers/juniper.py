"""Juniper SRX: a policy between two zones, as set commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.flows import AllowedFlow
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.quoting import junos
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, commented, opening_lines

__all__ = ["JUNIPER_SRX"]

_DESCRIPTION: Final = 200
_ZONE: Final = r"[A-Za-z][A-Za-z0-9_-]{0,30}"
_BOOK: Final = "set security address-book global address"


def _write(given: WriterInput) -> Iterator[str]:
    outside, _, inside = given.into.partition("/")
    between = f"from-zone {outside} to-zone {inside}"
    yield from commented(
        "#",
        opening_lines(
            given,
            f"Clients are in zone {outside}, the server is in zone {inside}; --into names others. Replies are allowed "
            "automatically.",
            "New policies are last. Move each one before a policy that denies:",
            f"insert security policies {between} policy NAME before policy OTHER",
            f"Undo: delete security policies {between} policy NAME",
        ),
    )
    for flow in given.flows:
        yield from _flow(flow, f"set security policies {between} policy {flow.name}")


def _flow(flow: AllowedFlow, policy: str) -> Iterator[str]:
    text = junos(about(flow.rule, _DESCRIPTION), _DESCRIPTION)
    server = f"{flow.name}-server"
    yield f"{_BOOK} {server} {flow.to}/{32 if flow.version == 4 else 128}"  # noqa: PLR2004 # the version itself
    yield f"set applications application {flow.name} protocol tcp"
    yield f"set applications application {flow.name} destination-port {flow.port}"
    yield f"{policy} description {text}"
    if flow.anybody:
        yield f"{policy} match source-address any-ipv{flow.version}"
    else:
        for number, source in enumerate(flow.sources, start=1):
            client = f"{flow.name}-client-{number}"
            yield f"{_BOOK} {client} {source}"
            yield f"{policy} match source-address {client}"
    yield f"{policy} match destination-address {server}"
    yield f"{policy} match application {flow.name}"
    yield f"{policy} then permit"


JUNIPER_SRX: Final = RuleWriter(
    write=_write,
    places=(FirewallPlace.ROUTER,),
    bound=frozenset({FirewallPlace.ROUTER}),
    into=Into(
        what="the clients' zone and the server's",
        pattern=f"{_ZONE}/{_ZONE}",
        example="untrust/trust",
        usual={FirewallPlace.ROUTER: "untrust/trust"},
    ),
)
