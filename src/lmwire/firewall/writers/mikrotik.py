"""MikroTik RouterOS 7: a separate chain of the filter, to which the forward chain jumps first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about, replies
from lmwire.firewall.flows import AllowedFlow
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.model import Network
from lmwire.firewall.quoting import routeros
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, commented, opening_lines, testing

__all__ = ["MIKROTIK"]

_COMMENT: Final = 200
_FILTER: Final = {4: "/ip firewall filter", 6: "/ipv6 firewall filter"}


def _write(given: WriterInput) -> Iterator[str]:
    own = f"lmwire-{given.name}"
    yield from commented("#", opening_lines(given, *_manual(given, own)))
    for version, table in _FILTER.items():
        flows = [flow for flow in given.flows if flow.version == version]
        if flows:
            yield from _removed(table, own)
            for flow in flows:
                for source in flow.sources:
                    yield f'{table} add chain="{own}" {_there(flow, source)}'
                    yield f'{table} add chain="{own}" {_back(flow, source)}'
            yield _jump(table, given.into, own)


def _manual(given: WriterInput, own: str) -> Iterator[str]:
    yield "Load: copy it to the router as lmwire.rsc, then /import lmwire.rsc; or paste it into a terminal."
    yield (
        f"For RouterOS 7. The chain {given.into} jumps to the chain {own} first; --into names another one. It sees the "
        "server's own address, after destination NAT."
    )
    yield "Loaded again, it replaces its own rules. All others stay."
    yield testing(given.rules)
    yield "Undo: only the lines below with remove."


def _removed(table: str, own: str) -> list[str]:
    return [f'{table} remove [find where {each}="{own}"]' for each in ("jump-target", "chain")]


def _there(flow: AllowedFlow, source: Network) -> str:
    # New and established connections, so that no other rule for established ones is needed.
    match = f"src-address={source} dst-address={_host(flow)} protocol=tcp dst-port={flow.port}"
    return f"action=accept {match} connection-state=new,established comment={_comment(about(flow.rule, _COMMENT))}"


def _back(flow: AllowedFlow, source: Network) -> str:
    match = f"src-address={_host(flow)} dst-address={source} protocol=tcp src-port={flow.port}"
    return f"action=accept {match} connection-state=established comment={_comment(replies(flow.rule, _COMMENT))}"


def _host(flow: AllowedFlow) -> str:
    return flow.to if flow.version == 4 else f"{flow.to}/128"  # noqa: PLR2004 # the version itself


def _comment(text: str) -> str:
    return routeros(text, _COMMENT)


def _jump(table: str, chain: str, own: str) -> str:
    # place-before needs a rule, and cannot be a dynamic one, such as that of fasttrack. One line, because a terminal
    # forgets a local variable at the end of a line.
    jump = f'{table} add chain={chain} action=jump jump-target="{own}" comment="lmwire"'
    others = f'{table} find where chain="{chain}" and dynamic=no'
    return (
        f"{{ :local others [{others}]; :if ([:len $others] > 0) do={{ {jump} place-before=[:pick $others 0] }} "
        f"else={{ {jump} }} }}"
    )


MIKROTIK: Final = RuleWriter(
    write=_write,
    places=(FirewallPlace.ROUTER,),
    bound=frozenset({FirewallPlace.ROUTER}),
    into=Into(
        what="the chain that filters",
        pattern=r"[A-Za-z_][A-Za-z0-9_-]{0,60}",
        example="forward",
        usual={FirewallPlace.ROUTER: "forward"},
    ),
)
