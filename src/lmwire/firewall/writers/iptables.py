"""iptables: one file for iptables-restore and ip6tables-restore; each ignores the other's lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about, replies
from lmwire.firewall.flows import AllowedFlow
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.model import Network
from lmwire.firewall.names import shortened
from lmwire.firewall.quoting import restore
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, commented, opening_lines

__all__ = ["IPTABLES"]

_COMMENT: Final = 255
"""Maximum characters of a comment: the match has 256 bytes, the last one zero."""
_OWN: Final = {FirewallPlace.SERVER: "LMWIRE-IN-", FirewallPlace.ROUTER: "LMWIRE-FWD-"}
_CHAIN: Final = 28
"""Maximum characters of a chain's name: XT_EXTENSION_MAXNAMELEN, with a zero at its end."""


def _write(given: WriterInput) -> Iterator[str]:
    prefix = _OWN[given.place]
    own = f"{prefix}{shortened(given.name, _CHAIN - len(prefix))}"
    yield from commented("#", opening_lines(given, *_manual(given, own)))
    yield "*filter"
    yield f":{own} - [0:0]"
    for flow in given.flows:
        for source in flow.sources:
            yield f"-A {own} {_there(flow, source)} {_comment(about(flow.rule, _COMMENT))} -j ACCEPT"
            if given.place is FirewallPlace.ROUTER:
                yield f"-A {own} {_back(flow, source)} {_comment(replies(flow.rule, _COMMENT))} -j ACCEPT"
    yield f"-I {given.into} -j {own}"
    yield "COMMIT"


def _comment(text: str) -> str:
    return f"-m comment --comment {restore(text, _COMMENT)}"


def _manual(given: WriterInput, own: str) -> Iterator[str]:
    versions = {flow.version for flow in given.flows}
    tools = [tool for version, tool in ((4, "iptables"), (6, "ip6tables")) if version in versions]
    load = "; ".join(f"{tool}-restore --noflush FILE" for tool in tools)
    yield f"Load: {load}. Lines with -4 are for iptables, lines with -6 for ip6tables."
    yield "Loaded again, it replaces its own rules and adds a second jump to them, which is harmless."
    yield f"Undo: {'; '.join(f'{tool} -F {own}' for tool in tools)}"
    if given.place is FirewallPlace.SERVER:
        yield (
            "For the license server itself. Replies leave through its OUTPUT chain. If that chain drops packets, it "
            "must allow established connections."
        )
    else:
        yield "For a router. Its FORWARD chain sees the server's own address, after DNAT."


def _there(flow: AllowedFlow, source: Network) -> str:
    match = f"-{flow.version} -s {source}" + (f" -d {flow.to}" if flow.to else "")
    # New and established connections, so that no other rule for established ones is needed.
    return f"{match} -p tcp -m tcp --dport {flow.port} -m conntrack --ctstate NEW,ESTABLISHED"


def _back(flow: AllowedFlow, source: Network) -> str:
    match = f"-{flow.version} -s {flow.to} -d {source}"
    return f"{match} -p tcp -m tcp --sport {flow.port} -m conntrack --ctstate ESTABLISHED"


IPTABLES: Final = RuleWriter(
    write=_write,
    places=(FirewallPlace.SERVER, FirewallPlace.ROUTER),
    bound=frozenset({FirewallPlace.ROUTER}),
    into=Into(
        what="the chain that filters",
        pattern=r"[A-Za-z_][A-Za-z0-9_-]{0,27}",
        example="INPUT",
        usual={FirewallPlace.SERVER: "INPUT", FirewallPlace.ROUTER: "FORWARD"},
    ),
)
