"""nftables: a separate chain, to which the user's chain jumps first.

A separate table opens nothing: the next chain of the same hook can still drop an accepted packet.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.errors import argument
from lmwire.firewall.comments import about, replies
from lmwire.firewall.flows import AllowedFlow
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.quoting import nft
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, commented, opening_lines, refuse

__all__ = ["NFTABLES"]

_COMMENT: Final = 128
"""Maximum bytes of a rule's comment, NFTNL_UDATA_COMMENT_MAXLEN."""
_IP: Final = {4: "ip", 6: "ip6"}
_OTHER: Final = {"ip": 6, "ip6": 4}


def _write(given: WriterInput) -> Iterator[str]:
    family, table, chain = given.into.split()
    if family in _OTHER:
        hint = f"name a table of family inet with {argument('into')}, or use sources of one IP version"
        refuse(given.flows, _OTHER[family], f"a table of family {family} cannot have this rule", hint)
    own_chain = f"lmwire_{chain}_{given.name}"
    own = f"{family} {table} {own_chain}"
    yield from commented("#", opening_lines(given, *_manual(given, own)))
    yield f"add chain {own}"
    yield f"flush chain {own}"
    for flow in given.flows:
        yield f"add rule {own} {_there(flow)} accept comment {nft(about(flow.rule, _COMMENT), _COMMENT)}"
        if given.place is FirewallPlace.ROUTER:
            yield f"add rule {own} {_back(flow)} accept comment {nft(replies(flow.rule, _COMMENT), _COMMENT)}"
    yield f'insert rule {given.into} jump {own_chain} comment "lmwire"'


def _manual(given: WriterInput, own: str) -> Iterator[str]:
    yield f"Load: nft -f FILE. The chain {given.into} must exist; --into names another one."
    yield "Loaded again, it replaces its own rules and adds a second jump to them, which is harmless."
    yield f"Undo: nft flush chain {own}"
    if given.place is FirewallPlace.SERVER:
        yield (
            "For the license server itself. Replies leave through its output chain. If that chain drops packets, it "
            "must allow established connections."
        )
    else:
        yield "For a router. Its forward chain sees the server's own address, after DNAT."


def _there(flow: AllowedFlow) -> str:
    # New and established connections, so that no other rule for established ones is needed.
    state = f"tcp dport {flow.port} ct state {{ new, established }}"
    return f"{_match(flow, 'saddr', 'daddr')} {state}"


def _back(flow: AllowedFlow) -> str:
    return f"{_match(flow, 'daddr', 'saddr')} tcp sport {flow.port} ct state established"


def _match(flow: AllowedFlow, clients: str, server: str) -> str:
    ip = _IP[flow.version]
    texts = [str(source) for source in flow.sources]
    sources = texts[0] if len(texts) == 1 else f"{{ {', '.join(texts)} }}"
    match = f"meta nfproto ipv{flow.version}" if flow.anybody else f"{ip} {clients} {sources}"
    return f"{match} {ip} {server} {flow.to}" if flow.to else match


NFTABLES: Final = RuleWriter(
    write=_write,
    places=(FirewallPlace.SERVER, FirewallPlace.ROUTER),
    bound=frozenset({FirewallPlace.ROUTER}),
    into=Into(
        what="the chain that filters",
        pattern=r"(inet|ip|ip6) [A-Za-z_][A-Za-z0-9_-]{0,30} [A-Za-z_][A-Za-z0-9_-]{0,30}",
        example="'inet filter input'",
        usual={FirewallPlace.SERVER: "inet filter input", FirewallPlace.ROUTER: "inet filter forward"},
    ),
)
