"""iptables: one file for iptables-restore and ip6tables-restore, each of which passes over the other's lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about, replies
from lmwire.firewall.flows import Flow
from lmwire.firewall.model import Network
from lmwire.firewall.names import Place
from lmwire.firewall.quoting import restore
from lmwire.firewall.writers.order import Into, Order, Writer, commented, opening_lines

__all__ = ["IPTABLES"]

_COMMENT: Final = 255
"""Characters of a comment: the match keeps 256 bytes with the last one zero."""
_OWN: Final = {Place.SERVER: "LMWIRE-INPUT", Place.ROUTER: "LMWIRE-FORWARD"}


def _write(order: Order) -> Iterator[str]:
    own = _OWN[order.place]
    yield from commented("#", opening_lines(order, *_manual(order, own)))
    yield "*filter"
    yield f":{own} - [0:0]"
    for flow in order.flows:
        for source in flow.sources:
            yield f"-A {own} {_there(flow, source)} {_comment(about(flow.rule, _COMMENT))} -j ACCEPT"
            if order.place is Place.ROUTER:
                yield f"-A {own} {_back(flow, source)} {_comment(replies(flow.rule, _COMMENT))} -j ACCEPT"
    yield f"-I {order.into} -j {own}"
    yield "COMMIT"


def _comment(text: str) -> str:
    return f"-m comment --comment {restore(text, _COMMENT)}"


def _manual(order: Order, own: str) -> Iterator[str]:
    versions = {flow.version for flow in order.flows}
    tools = [tool for version, tool in ((4, "iptables"), (6, "ip6tables")) if version in versions]
    load = "; ".join(f"{tool}-restore --noflush FILE" for tool in tools)
    yield f"Load: {load}. The lines with -4 are those of iptables, with -6 those of ip6tables."
    yield "Loaded again, it replaces its own rules, and leaves a second jump to them, which does no harm."
    yield f"Take back: {'; '.join(f'{tool} -F {own}' for tool in tools)}"
    if order.place is Place.SERVER:
        yield (
            "For the license server's own host. Replies leave by its OUTPUT chain; one that drops must let "
            "established connections pass."
        )
    else:
        yield "For a router. Its FORWARD chain sees the server's own address, after any translation (DNAT)."


def _there(flow: Flow, source: Network) -> str:
    match = f"-{flow.version} -s {source}" + (f" -d {flow.to}" if flow.to else "")
    # New connections, and what follows on them: nothing depends on the user's own rule for established ones.
    return f"{match} -p tcp -m tcp --dport {flow.port} -m conntrack --ctstate NEW,ESTABLISHED"


def _back(flow: Flow, source: Network) -> str:
    match = f"-{flow.version} -s {flow.to} -d {source}"
    return f"{match} -p tcp -m tcp --sport {flow.port} -m conntrack --ctstate ESTABLISHED"


IPTABLES: Final = Writer(
    write=_write,
    places=(Place.SERVER, Place.ROUTER),
    bound=frozenset({Place.ROUTER}),
    into=Into(
        what="the chain that decides",
        pattern=r"[A-Za-z_][A-Za-z0-9_-]{0,27}",
        example="INPUT",
        usual={Place.SERVER: "INPUT", Place.ROUTER: "FORWARD"},
    ),
)
