"""nftables: a chain of our own, to which the user's chain jumps first.

A table of our own would open nothing: what one chain accepts, the next chain of the same hook may still drop.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about, replies
from lmwire.firewall.flows import Flow
from lmwire.firewall.names import Place
from lmwire.firewall.quoting import nft
from lmwire.firewall.writers.order import Into, Order, Writer, commented, opening_lines, refuse

__all__ = ["NFTABLES"]

_COMMENT: Final = 128
"""Bytes of a rule's comment, NFTNL_UDATA_COMMENT_MAXLEN."""
_IP: Final = {4: "ip", 6: "ip6"}
_OTHER: Final = {"ip": 6, "ip6": 4}


def _write(order: Order) -> Iterator[str]:
    family, table, chain = order.into.split()
    if family in _OTHER:
        hint = "choose a table of family inet with --into, or sources of one IP version"
        refuse(order.flows, _OTHER[family], f"a table of family {family} can't hold this rule", hint)
    own = f"{family} {table} lmwire_{chain}"
    yield from commented("#", opening_lines(order, *_manual(order, own)))
    yield f"add chain {own}"
    yield f"flush chain {own}"
    for flow in order.flows:
        yield f"add rule {own} {_there(flow)} accept comment {nft(about(flow.rule, _COMMENT), _COMMENT)}"
        if order.place is Place.ROUTER:
            yield f"add rule {own} {_back(flow)} accept comment {nft(replies(flow.rule, _COMMENT), _COMMENT)}"
    yield f'insert rule {order.into} jump lmwire_{chain} comment "lmwire"'


def _manual(order: Order, own: str) -> Iterator[str]:
    yield f"Load: nft -f FILE. The chain {order.into} must exist; --into names another one."
    yield "Loaded again, it replaces its own rules, and leaves a second jump to them, which does no harm."
    yield f"Take back: nft flush chain {own}"
    if order.place is Place.SERVER:
        yield (
            "For the license server's own host. Replies leave by its output chain; one that drops must let "
            "established connections pass."
        )
    else:
        yield "For a router. Its forward chain sees the server's own address, after any translation (DNAT)."


def _there(flow: Flow) -> str:
    # New connections, and what follows on them: nothing depends on the user's own rule for established ones.
    state = f"tcp dport {flow.port} ct state {{ new, established }}"
    return f"{_match(flow, 'saddr', 'daddr')} {state}"


def _back(flow: Flow) -> str:
    return f"{_match(flow, 'daddr', 'saddr')} tcp sport {flow.port} ct state established"


def _match(flow: Flow, clients: str, server: str) -> str:
    ip = _IP[flow.version]
    texts = [str(source) for source in flow.sources]
    sources = texts[0] if len(texts) == 1 else f"{{ {', '.join(texts)} }}"
    match = f"meta nfproto ipv{flow.version}" if flow.anybody else f"{ip} {clients} {sources}"
    return f"{match} {ip} {server} {flow.to}" if flow.to else match


NFTABLES: Final = Writer(
    write=_write,
    places=(Place.SERVER, Place.ROUTER),
    bound=frozenset({Place.ROUTER}),
    into=Into(
        what="the chain that decides",
        pattern=r"(inet|ip|ip6) [A-Za-z_][A-Za-z0-9_-]{0,30} [A-Za-z_][A-Za-z0-9_-]{0,30}",
        example="'inet filter input'",
        usual={Place.SERVER: "inet filter input", Place.ROUTER: "inet filter forward"},
    ),
)
