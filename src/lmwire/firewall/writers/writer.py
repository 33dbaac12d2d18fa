"""The input of a writer, the description of a writer, and the sentences that all writers share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import msgspec

from lmwire.errors import argument
from lmwire.firewall.comments import about, heading, plain
from lmwire.firewall.errors import FirewallError
from lmwire.firewall.flows import AllowedFlow
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.model import LMGRD, Network, Pin, Rule, RuleSet, destination
from lmwire.licensefile.free_ports import FreePorts
from lmwire.text import printable

__all__ = [
    "Into",
    "RuleWriter",
    "WriterInput",
    "among_servers",
    "asked",
    "commented",
    "opening_lines",
    "pinning",
    "refuse",
    "shown",
    "sources_text",
    "testing",
]

_SHOWN_SOURCES = 8
_ABOUT = 200
_TRIAD = 3
_AMONG = (
    "If these servers are a triad, they also connect to each other. If a firewall is between them, add their own "
    "addresses to the sources."
)


class WriterInput(msgspec.Struct, frozen=True, kw_only=True):
    """The input of a writer.

    Attributes:
        flows: the rules for a firewall at `place`.
        into: the part of the user's firewall that gets the rules; it matches the writer's pattern.
        name: the name of the whole set, of lower-case letters, digits and hyphens: "licsrv-27000".
    """

    rules: RuleSet
    flows: tuple[AllowedFlow, ...]
    place: FirewallPlace
    into: str
    name: str


class Into(msgspec.Struct, frozen=True, kw_only=True):
    """The meaning of `--into` for a writer.

    Attributes:
        what: its description, such as "the zone".
        pattern: a pattern for the whole value; a matching value needs no quotes.
        example: a value for the error message.
        usual: the default by place; no entry when the user must give a value.
    """

    what: str
    pattern: str
    example: str
    usual: dict[FirewallPlace, str]

    def read(self, text: str | None, place: FirewallPlace) -> str:
        """Return the user's value or the default. Raises FirewallError when both are missing, or the value is wrong."""
        example = argument("into", self.example)
        if text is None:
            if place not in self.usual:
                raise FirewallError(f"{argument('into')} is missing", f"name {self.what}: {example}")
            return self.usual[place]
        if not re.fullmatch(self.pattern, text, re.ASCII):
            shown = printable(text, 60) or "an empty text"
            raise FirewallError(f"{shown} is not valid for {argument('into')}", f"name {self.what}: {example}")
        return text


class RuleWriter(msgspec.Struct, frozen=True, kw_only=True):
    """One language.

    Attributes:
        write: returns the lines of the rules.
        places: the possible places of the firewall; the first is the default.
        bound: the places at which each rule names the server's address.
        into: the meaning of `--into`; None when the writer does not use it.
        names: whether a server's name is enough without its address; such a writer reads the rules, not the flows.
    """

    write: Callable[[WriterInput], Iterable[str]]
    places: tuple[FirewallPlace, ...]
    bound: frozenset[FirewallPlace] = frozenset()
    into: Into | None = None
    names: bool = False


def opening_lines(given: WriterInput, *more: str) -> list[str]:
    """Return the lines at the top of every file, without a comment sign; `more` has the format's own sentences."""
    return heading(
        f"Clients ({sources_text(given.rules)}) open TCP connections to these ports. No server connects to a client.",
        *(["WARNING: any address may connect, as requested."] if given.rules.anybody else []),
        *among_servers(given.rules),
        *pinning(given.rules),
        *more,
    )


def sources_text(rules: RuleSet) -> str:
    """Return the sources as text; of many, only the first ones."""
    texts = [shown(source) for source in rules.sources]
    more = len(texts) - _SHOWN_SOURCES
    return ", ".join(texts[:_SHOWN_SOURCES]) + (f" and {more} more" if more > 0 else "")


def shown(source: Network) -> str:
    """Return a network as text; a single address without its prefix length."""
    return str(source.network_address) if source.prefixlen == source.max_prefixlen else str(source)


def pinning(rules: RuleSet) -> list[str]:
    """Return a sentence for each port that may change at a restart, with the command that pins it."""
    moving = {(rule.daemon, rule.port): rule for rule in rules.rules if rule.pin is not Pin.FIXED}
    free = FreePorts(rule.port for rule in rules.rules)
    advised = {daemon: free.instead_of(daemon, port) for daemon, port in moving}
    return [_pinning(rule, advised[rule.daemon]) for rule in moving.values()]


def _pinning(rule: Rule, advised: int) -> str:
    sure = "is not pinned" if rule.pin is Pin.MOVES else "may not be pinned"
    # A name that `plain` changes is not a valid daemon name.
    daemon = rule.daemon if plain(rule.daemon, 40) == rule.daemon and " " not in rule.daemon else "NAME"
    again = "" if advised == rule.port else ", restart the license server, and write these rules again"
    return (
        f"Port {rule.port} {sure} in the license file. An unpinned port changes when the license server restarts. Then "
        f"these rules are wrong. Pin it first{again}: lmwire license pin FILE {daemon}={advised}"
    )


def among_servers(rules: RuleSet) -> list[str]:
    """Return the sentence for servers that may be a triad: each of them connects to the other two."""
    first = [rule for rule in rules.rules if rule.daemon == LMGRD]
    if len({rule.server for rule in first}) != _TRIAD or all(rules.holds(rule.to) for rule in first):
        return []
    return [_AMONG]


def testing(rules: RuleSet) -> str:
    """Return the sentence that tells how to test the rules."""
    first = next((rule for rule in rules.rules if rule.daemon == LMGRD), None)
    if first is None:
        return f"Test on a client: nc -vz {asked(rules.rules[0])} {rules.rules[0].port}"
    return f"Test on a client: lmwire diagnose {first.port}@{asked(first)}"


def asked(rule: Rule) -> str:
    """Return the host that a client connects to: the server's name if it is valid, else its address."""
    return destination(rule.server) or rule.to or "SERVER"


def commented(sign: str, lines: Sequence[str]) -> list[str]:
    """Return lines as comments, each with `sign` before it."""
    return [f"{sign} {line}".rstrip() for line in lines]


def refuse(flows: Sequence[AllowedFlow], version: int, message: str, hint: str) -> None:
    """Raise a FirewallError when a flow has that IP version."""
    for flow in flows:
        if flow.version == version:
            raise FirewallError(f"{message}: {about(flow.rule, _ABOUT)}", hint)
