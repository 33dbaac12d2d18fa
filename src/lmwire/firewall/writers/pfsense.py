"""pfSense and OPNsense: rules for the file of their configuration. Both keep rules in XML, and load no other form.

The rules have no element around them: restored by mistake, a complete `<filter>` would replace all other rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.flows import AllowedFlow
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.model import Network
from lmwire.firewall.quoting import xml_comment, xml_text
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, opening_lines, shown, testing

__all__ = ["PFSENSE"]

_DESCRIPTION: Final = 200
_PROTOCOL: Final = {4: "inet", 6: "inet6"}
_TRACKERS: Final = range(1_100_000_000, 1_400_000_000)
"""Trackers are times. These are of years before pfSense had trackers, so none of its own is among them."""


def _write(given: WriterInput) -> Iterator[str]:
    yield from (f"<!-- {xml_comment(line)} -->" for line in opening_lines(given, *_manual(given)))
    for flow in given.flows:
        for source in flow.sources:
            yield from _rule(flow, source, given.into)


def _manual(given: WriterInput) -> Iterator[str]:
    yield (
        "Load: download a backup of the configuration. Copy the rule elements below into the filter element of that "
        "file, before its first rule. Restore that file, with the area Firewall Rules."
    )
    yield (
        f"Clients are at the interface {given.into}, as the configuration calls it: wan, lan, opt1. Replies are "
        "allowed automatically. Addresses are the server's own, also behind NAT."
    )
    yield "Before you load it again, remove the old rules from that file. Two equal rules are harmless."
    yield testing(given.rules)
    yield "Undo: delete the rules under Firewall, Rules. Their descriptions start with lmwire."


def _rule(flow: AllowedFlow, source: Network, interface: str) -> Iterator[str]:
    yield "<rule>"
    yield f"  <tracker>{_tracker(flow, source)}</tracker>"
    yield "  <type>pass</type>"
    yield f"  <interface>{interface}</interface>"
    yield f"  <ipprotocol>{_PROTOCOL[flow.version]}</ipprotocol>"
    yield "  <protocol>tcp</protocol>"
    yield "  <statetype>keep state</statetype>"
    yield f"  <source>{'<any/>' if source.prefixlen == 0 else f'<address>{shown(source)}</address>'}</source>"
    yield f"  <destination><address>{flow.to}</address><port>{flow.port}</port></destination>"
    text = f"{flow.name} {about(flow.rule, _DESCRIPTION - len(flow.name) - 1)}"
    yield f"  <descr>{xml_text(text, _DESCRIPTION)}</descr>"
    yield "</rule>"


def _tracker(flow: AllowedFlow, source: Network) -> int:
    digest = hashlib.sha256(f"{flow.name} {source}".encode()).digest()
    return _TRACKERS[int.from_bytes(digest[:8], "big") % len(_TRACKERS)]


PFSENSE: Final = RuleWriter(
    write=_write,
    places=(FirewallPlace.ROUTER,),
    bound=frozenset({FirewallPlace.ROUTER}),
    into=Into(
        what="the interface to the clients, as the configuration calls it",
        pattern=r"[a-z][a-z0-9_]{0,30}",
        example="lan",
        usual={},
    ),
)
