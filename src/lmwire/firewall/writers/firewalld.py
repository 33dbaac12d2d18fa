"""firewalld: rich rules of a zone for the server itself, of a policy for a router."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.flows import Flow
from lmwire.firewall.model import Network
from lmwire.firewall.names import Place
from lmwire.firewall.quoting import bare
from lmwire.firewall.writers.order import Into, Order, Writer, commented, opening_lines

__all__ = ["FIREWALLD"]

_COMMENT: Final = 200
_DEFAULT_ZONE: Final = ""
_ALWAYS: Final = "firewall-cmd --permanent"


def _write(order: Order) -> Iterator[str]:
    yield "#!/bin/sh"
    yield from commented("#", opening_lines(order, *_manual(order)))
    yield "set -eu"
    if order.place is Place.ROUTER:
        # A rich rule of a zone speaks of the firewall's own host only; what passes through is a policy's (0.9 on).
        yield f"{_ALWAYS} --info-policy={order.into} >/dev/null 2>&1 || {_ALWAYS} --new-policy={order.into}"
        yield f"{_ALWAYS} --policy={order.into} --add-ingress-zone=ANY"
        yield f"{_ALWAYS} --policy={order.into} --add-egress-zone=ANY"
    where = _where(order)
    for flow in order.flows:
        yield f"# {bare(about(flow.rule, _COMMENT), _COMMENT)}"
        for source in flow.sources:
            yield f"{_ALWAYS}{where} --add-rich-rule='{_rich(flow, source)}'"
    yield "firewall-cmd --reload"


def _where(order: Order) -> str:
    if order.place is Place.ROUTER:
        return f" --policy={order.into}"
    return f" --zone={order.into}" if order.into != _DEFAULT_ZONE else ""


def _manual(order: Order) -> Iterator[str]:
    if order.place is Place.SERVER:
        zone = f"the zone {order.into}" if order.into != _DEFAULT_ZONE else "the default zone (--into names another)"
        yield f"For the license server's own host, into {zone}. Replies to clients pass by themselves."
        yield "The zone must be that of the interface to the clients: firewall-cmd --get-active-zones tells."
        yield "Take back: the same commands with --remove-rich-rule."
    else:
        yield "For a router, as a policy of its own. Replies to clients pass by themselves."
        yield f"Take back: firewall-cmd --permanent --delete-policy={order.into}; firewall-cmd --reload"


def _rich(flow: Flow, source: Network) -> str:
    to = f'destination address="{flow.to}" ' if flow.to else ""
    match = f'rule family="ipv{flow.version}" source address="{source}" {to}'
    return f'{match}port port="{flow.port}" protocol="tcp" accept'


FIREWALLD: Final = Writer(
    write=_write,
    places=(Place.SERVER, Place.ROUTER),
    bound=frozenset({Place.ROUTER}),
    into=Into(
        what="the zone (on a router: the policy)",
        pattern=r"[A-Za-z0-9_][A-Za-z0-9_-]{0,16}",
        example="public",
        usual={Place.SERVER: _DEFAULT_ZONE, Place.ROUTER: "lmwire"},
    ),
)
