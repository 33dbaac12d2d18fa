"""A ticket for whoever runs the firewall: who, to whom, which port, why, how to test it, how to take it back."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Final

from lmwire.evidence import is_address
from lmwire.firewall.comments import about
from lmwire.firewall.errors import FirewallError
from lmwire.firewall.model import LMGRD, Network, Rule, RuleSet, destination, server_address
from lmwire.firewall.names import Place
from lmwire.firewall.quoting import code_span
from lmwire.firewall.writers.order import Order, Writer, among_servers, pinning, shown

__all__ = ["TICKET"]

_ABOUT: Final = 200
_NAME: Final = 60


def _write(order: Order) -> Iterator[str]:
    rules = order.rules
    yield "# Open a license server's ports"
    yield ""
    yield f"Clients in the networks below open TCP connections to {_count(rules)}. No server opens any to a client."
    if rules.anybody:
        yield "**Anybody may connect**, as was asked for."
    yield from among_servers(rules)
    for sentence in pinning(rules):
        text, _, command = sentence.rpartition(": ")
        yield f"{text}: `{command}`"
    yield ""
    yield "| From | To | TCP port | Why |"
    yield "| --- | --- | --- | --- |"
    for rule in rules.rules:
        sources = ", ".join(f"`{shown(source)}`" for source in _sources(rules, rule))
        if sources:
            yield f"| {sources} | {_server(rule)} | {rule.port} | {code_span(about(rule, _ABOUT), _ABOUT)} |"
    yield ""
    yield "An application first asks lmgrd, and is then sent to the vendor daemon's port: with one of the two closed,"
    yield "it gets no license, although `ping` and `telnet` to the first port succeed. The ports must be the same on"
    yield "both sides of an address translation (NAT). No UDP is used."
    yield ""
    yield from _tests(rules)
    yield "## How to take it back"
    yield ""
    yield "Remove the rules above. Nothing else depends on them; applications then get no license from that network."


def _count(rules: RuleSet) -> str:
    *others, last = dict.fromkeys(str(rule.port) for rule in rules.rules)
    return f"ports {', '.join(others)} and {last}" if others else f"port {last}"


def _sources(rules: RuleSet, rule: Rule) -> tuple[Network, ...]:
    return rules.sources if rule.version is None else rules.sources_of(rule.version)


def _server(rule: Rule) -> str:
    name = code_span(rule.server, _NAME)
    if not rule.to:
        return f"the license server ({name})"
    return f"`{rule.to}`" if rule.to == rule.server else f"{name} (`{rule.to}`)"  # checked when it was made


def _tests(rules: RuleSet) -> Iterator[str]:
    yield "## How to test it"
    yield ""
    yield "On a client in that network (`nc` shows that a port opens, `lmwire diagnose` that a license can be reached):"
    yield ""
    yield "```sh"
    yield from dict.fromkeys(_connects(rules))
    yield from dict.fromkeys(_diagnoses(rules))
    yield "```"
    yield ""


def _connects(rules: RuleSet) -> Iterator[str]:
    for rule in rules.rules:
        if _sources(rules, rule):
            yield f"nc -vz {shlex.quote(_asked(rule))} {rule.port}"


def _diagnoses(rules: RuleSet) -> Iterator[str]:
    for first in (rule for rule in rules.rules if rule.daemon == LMGRD and _sources(rules, rule)):
        daemons = [
            rule.daemon for rule in rules.rules if rule.server == first.server and rule.daemon not in {"", LMGRD}
        ]
        # Only names that a VENDOR line can hold go into a command.
        named = [f"--vendor {daemon}" for daemon in dict.fromkeys(daemons) if _is_word(daemon)]
        target = shlex.quote(f"{first.port}@{_asked(first)}")
        yield " ".join(["lmwire diagnose", target, *named])


def _asked(rule: Rule) -> str:
    """Return what a client connects to: the server's name where it can be one, else its address."""
    return destination(rule.server) or rule.to or "SERVER"


def _is_word(daemon: str) -> bool:
    try:
        return server_address(daemon) == daemon and not is_address(daemon)
    except FirewallError:
        return False


TICKET: Final = Writer(write=_write, places=(Place.ROUTER, Place.SERVER), names=True)
