"""A ticket for the firewall team: sources, server, ports, reason, test, undo."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Final

from lmwire.evidence import is_address
from lmwire.firewall.comments import about
from lmwire.firewall.errors import FirewallError
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.model import LMGRD, Network, Rule, RuleSet, server_address
from lmwire.firewall.quoting import code_span
from lmwire.firewall.writers.writer import RuleWriter, WriterInput, among_servers, asked, pinning, shown

__all__ = ["TICKET"]

_ABOUT: Final = 200
_NAME: Final = 60


def _write(given: WriterInput) -> Iterator[str]:
    rules = given.rules
    yield "# Open a license server's ports"
    yield ""
    yield f"Clients in the networks below open TCP connections to {_count(rules)}. No server connects to a client."
    if rules.anybody:
        yield "**Any address may connect**, as requested."
    yield from among_servers(rules)
    for sentence in pinning(rules):
        text, _, command = sentence.rpartition(": ")
        yield f"{text}: `{command}`"
    yield ""
    yield "| From | To | TCP port | Purpose |"
    yield "| --- | --- | --- | --- |"
    for rule in rules.rules:
        sources = ", ".join(f"`{shown(source)}`" for source in _sources(rules, rule))
        if sources:
            yield f"| {sources} | {_server(rule)} | {rule.port} | {code_span(about(rule, _ABOUT), _ABOUT)} |"
    yield ""
    yield "An application first connects to lmgrd, which refers it to the vendor daemon's port. If one of the two ports"
    yield "is closed, the application gets no license, although `ping` and `telnet` to lmgrd's port succeed. A NAT must"
    yield "use the same port numbers on both sides. FlexNet uses no UDP."
    yield ""
    yield from _tests(rules)
    yield "## Undo"
    yield ""
    yield "Remove the rules above. Applications in these networks then get no license. Nothing else needs the rules."


def _count(rules: RuleSet) -> str:
    *others, last = dict.fromkeys(str(rule.port) for rule in rules.rules)
    return f"ports {', '.join(others)} and {last}" if others else f"port {last}"


def _sources(rules: RuleSet, rule: Rule) -> tuple[Network, ...]:
    return rules.sources if rule.version is None else rules.sources_of(rule.version)


def _server(rule: Rule) -> str:
    name = code_span(rule.server, _NAME)
    if not rule.to:
        return f"the license server ({name})"
    return f"`{rule.to}`" if rule.to == rule.server else f"{name} (`{rule.to}`)"  # checked by the model


def _tests(rules: RuleSet) -> Iterator[str]:
    yield "## Test"
    yield ""
    yield "On a client in these networks (`nc` tests a port, `lmwire diagnose` the whole path to a license):"
    yield ""
    yield "```sh"
    yield from dict.fromkeys(_connects(rules))
    yield from dict.fromkeys(_diagnoses(rules))
    yield "```"
    yield ""


def _connects(rules: RuleSet) -> Iterator[str]:
    for rule in rules.rules:
        if _sources(rules, rule):
            yield f"nc -vz {shlex.quote(asked(rule))} {rule.port}"


def _diagnoses(rules: RuleSet) -> Iterator[str]:
    for first in (rule for rule in rules.rules if rule.daemon == LMGRD and _sources(rules, rule)):
        daemons = [
            rule.daemon for rule in rules.rules if rule.server == first.server and rule.daemon not in {"", LMGRD}
        ]
        # Only valid names of a VENDOR line go into a command.
        named = [f"--vendor {daemon}" for daemon in dict.fromkeys(daemons) if _is_word(daemon)]
        target = shlex.quote(f"{first.port}@{asked(first)}")
        yield " ".join(["lmwire diagnose", target, *named])


def _is_word(daemon: str) -> bool:
    try:
        return server_address(daemon) == daemon and not is_address(daemon)
    except FirewallError:
        return False


TICKET: Final = RuleWriter(write=_write, places=(FirewallPlace.ROUTER, FirewallPlace.SERVER), names=True)
