"""What a writer is given, and what it says about itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import msgspec

from lmwire.firewall.comments import about, heading, plain
from lmwire.firewall.errors import FirewallError
from lmwire.firewall.flows import Flow
from lmwire.firewall.model import LMGRD, Network, Pin, Rule, RuleSet
from lmwire.firewall.names import Place
from lmwire.licensefile.free_ports import FreePorts
from lmwire.text import printable

__all__ = [
    "Into",
    "Order",
    "Writer",
    "among_servers",
    "commented",
    "opening_lines",
    "pinning",
    "refuse",
    "shown",
    "sources_text",
]

_SHOWN_SOURCES = 8
_ABOUT = 200
_TRIAD = 3
_AMONG = (
    "If these servers are a triad, they connect to each other, too: unless that passes already, their own addresses "
    "must be among the sources."
)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written.

    Attributes:
        flows: the rules as a firewall at `place` is told them.
        into: what of the user's own firewall the rules go into; it fits the writer's pattern.
    """

    rules: RuleSet
    flows: tuple[Flow, ...]
    place: Place
    into: str


class Into(msgspec.Struct, frozen=True, kw_only=True):
    """What `--into` is to a writer.

    Attributes:
        what: in words, such as "the zone".
        pattern: what it must look like, all of it; nothing that fits needs to be quoted anywhere.
        example: for the error.
        usual: by place; no entry where the user must say it.
    """

    what: str
    pattern: str
    example: str
    usual: dict[Place, str]

    def read(self, text: str | None, place: Place) -> str:
        """Return what the user gave, or what is usual. Raises FirewallError for neither, or what can't be."""
        if text is None:
            if place not in self.usual:
                raise FirewallError(f"{self.what} must be given", f"as in --into {self.example}")
            return self.usual[place]
        if not re.fullmatch(self.pattern, text, re.ASCII):
            shown = printable(text, 60) or "an empty text"
            raise FirewallError(f"{shown} can't be {self.what}", f"as in --into {self.example}")
        return text


class Writer(msgspec.Struct, frozen=True, kw_only=True):
    """One language.

    Attributes:
        write: from an order to lines.
        places: where such a firewall stands; the first is taken when the user says nothing.
        bound: at which of them each rule names the server's address.
        into: None when there is nothing to choose.
        names: whether a server's name does where its address is not known; such a writer reads the rules, not flows.
    """

    write: Callable[[Order], Iterable[str]]
    places: tuple[Place, ...]
    bound: frozenset[Place] = frozenset()
    into: Into | None = None
    names: bool = False


def opening_lines(order: Order, *more: str) -> list[str]:
    """Return what every file says at its top, without a comment sign; `more` are the format's own sentences."""
    return heading(
        f"Clients ({sources_text(order.rules)}) open TCP connections to these ports. No server opens any to a client.",
        *(["WARNING: anybody may connect, as was asked for."] if order.rules.anybody else []),
        *among_servers(order.rules),
        *pinning(order.rules),
        *more,
    )


def sources_text(rules: RuleSet) -> str:
    """Return the sources for people; of many, the first."""
    texts = [shown(source) for source in rules.sources]
    more = len(texts) - _SHOWN_SOURCES
    return ", ".join(texts[:_SHOWN_SOURCES]) + (f" and {more} more" if more > 0 else "")


def shown(source: Network) -> str:
    """Return a network for people: of a single address, the address."""
    return str(source.network_address) if source.prefixlen == source.max_prefixlen else str(source)


def pinning(rules: RuleSet) -> list[str]:
    """Return a sentence for each port that may change at a restart, each with the command that pins it."""
    moving = {(rule.daemon, rule.port): rule for rule in rules.rules if rule.pin is not Pin.FIXED}
    free = FreePorts(rule.port for rule in rules.rules)
    advised = {daemon: free.instead_of(daemon, port) for daemon, port in moving}
    return [_pinning(rule, advised[rule.daemon]) for rule in moving.values()]


def _pinning(rule: Rule, advised: int) -> str:
    sure = "is not pinned" if rule.pin is Pin.MOVES else "may not be pinned"
    # A name that does not come through unchanged is none that could be pinned.
    daemon = rule.daemon if plain(rule.daemon, 40) == rule.daemon and " " not in rule.daemon else "NAME"
    again = "" if advised == rule.port else ", restart the license server, and make these rules anew"
    return (
        f"Port {rule.port} {sure} in the license file: then it changes when the license server is restarted, and these "
        f"rules are wrong. Pin it first{again}: lmwire license pin FILE {daemon}={advised}"
    )


def among_servers(rules: RuleSet) -> list[str]:
    """Return what servers that may be a triad need besides: each of them connects to the two others."""
    first = [rule for rule in rules.rules if rule.daemon == LMGRD]
    if len({rule.server for rule in first}) != _TRIAD or all(rules.holds(rule.to) for rule in first):
        return []
    return [_AMONG]


def commented(sign: str, lines: Sequence[str]) -> list[str]:
    """Return lines as comments; `sign` stands before each."""
    return [f"{sign} {line}".rstrip() for line in lines]


def refuse(flows: Sequence[Flow], version: int, message: str, hint: str) -> None:
    """Raise a FirewallError when a flow is of that IP version."""
    for flow in flows:
        if flow.version == version:
            raise FirewallError(f"{message}: {about(flow.rule, _ABOUT)}", hint)
