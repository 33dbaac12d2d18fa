"""Parse the trace lines of nftables into the path of each packet. Pure; `lmwire.ruletest.nft_monitor` reads the lines.

For each base chain of a packet, `nft -a monitor trace` prints a line with the packet, a line for each matching rule,
and the policy if no rule decided:

    trace id 6175e0da inet fw forward packet: iif "eth0" oif "eth1" ... ip saddr 10.1.0.7 ... tcp dport 27001 ...
    trace id 6175e0da inet fw forward rule tcp dport 27001 drop # handle 5 (verdict drop)

Rules of iptables-nft are traced the same way. A rule with an anonymous chain takes several lines; the rules inside
it have only a handle:

    trace id c283216c inet f o rule ip daddr 127.0.0.2 jump {
                tcp dport 27001 drop
            } # handle 5 (verdict jump __chain76)
    trace id c283216c inet f __chain76 unknown rule handle 4 (verdict drop)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

__all__ = ["TraceStep", "Traced", "TracedPacket", "read_trace"]

_LINE: Final = re.compile(
    r"trace id (?P<id>[0-9a-f]+) (?P<family>\w+) (?P<table>\S+) (?P<chain>\S+) "
    r"(?P<kind>packet:|rule|policy|unknown rule) ?(?P<rest>.*)",
    re.DOTALL,
)
_RULE: Final = re.compile(
    r"(?P<text>.*?)\s*(?:(?:# )?handle (?P<handle>[0-9]+)\s*)?\(verdict (?P<verdict>\w+) ?(?P<target>[^)]*)\)",
    re.DOTALL,
)
_FIELD: Final = {
    "source": re.compile(r"\bip6? saddr (\S+)"),
    "destination": re.compile(r"\bip6? daddr (\S+)"),
    "sport": re.compile(r"\btcp sport ([0-9]+)"),
    "dport": re.compile(r"\btcp dport ([0-9]+)"),
    "flags": re.compile(r"\btcp flags == (.*?) tcp window"),
    "length": re.compile(r"\bip length ([0-9]+)"),
    "payload": re.compile(r"\bip6 length ([0-9]+)"),
    "icmp": re.compile(r"\bicmp(?:v6)? type (\S+)"),
    "code": re.compile(r"\bicmp(?:v6)? code (\S+)"),
    "arp": re.compile(r"\barp operation (\S+)"),
    "iif": re.compile(r'\biif "([^"]*)"'),
}
_COUNTER: Final = re.compile(r"\bcounter packets [0-9]+ bytes [0-9]+")
_IPV6_HEADER: Final = 40
_NEIGHBOURS: Final = "nd-neighbor-"
_ARP: Final = "arp "
_BITS: Final = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16}


@dataclass(frozen=True, slots=True)
class TracedPacket:
    """A packet as a chain sees it, before or after NAT. `flags` are TCP flags.

    Attributes:
        icmp: the ICMP type and code of an ICMP packet; "arp" and the operation of an ARP packet.
        iif: the interface at which it arrived; empty for a packet of the machine itself.
    """

    source: str
    destination: str
    sport: int = 0
    dport: int = 0
    flags: int = 0
    length: int = 0
    icmp: str = ""
    iif: str = ""

    @property
    def asks_neighbours(self) -> bool:
        """Whether it finds out which machine on the link has an address: ARP, or neighbour discovery of IPv6."""
        return self.icmp.startswith((_NEIGHBOURS, _ARP))

    @property
    def version(self) -> int:
        """The IP version, 4 or 6; that of ARP is 4."""
        return 6 if ":" in self.destination and not self.icmp.startswith(_ARP) else 4

    @property
    def is_tcp(self) -> bool:
        """Whether it is TCP; otherwise it is an ICMP error."""
        return bool(self.dport)

    @property
    def ends_of(self) -> frozenset[tuple[str, int]]:
        """Both ends of its connection, equal for both directions."""
        return frozenset({(self.source, self.sport), (self.destination, self.dport)})

    @property
    def opens(self) -> bool:
        """Whether it is a SYN, the first of a connection."""
        return self.flags & (_BITS["syn"] | _BITS["ack"]) == _BITS["syn"]

    @property
    def ends(self) -> bool:
        """Whether it ends a connection: a FIN or an RST."""
        return bool(self.flags & (_BITS["fin"] | _BITS["rst"]))

    def __str__(self) -> str:
        if self.icmp.startswith(_ARP):
            return f"ARP {self.icmp.removeprefix(_ARP)}"
        if not self.is_tcp:
            return f"{self.source} to {self.destination}, ICMP {self.icmp}"
        names = "+".join(name.upper() for name, bit in _BITS.items() if self.flags & bit) or "no flags"
        return f"{_end(self.source, self.sport)} to {_end(self.destination, self.dport)}, TCP {names}"


def _end(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


@dataclass(frozen=True, slots=True)
class TraceStep:
    """The verdict of one rule, or of a base chain's policy, on a packet.

    Attributes:
        table: the table with its family, such as "inet fw".
        base: the packet's base chain; `chain` is the chain with the rule.
        handle: the rule's handle; 0 for a policy.
        rule: its text; empty for a policy.
        verdict: "accept", "drop", "jump", ...
        target: the chain that a jump goes to.
        via: the jump that led to its chain; None in the base chain itself.
    """

    table: str
    base: str
    chain: str
    handle: int
    rule: str
    verdict: str
    packet: TracedPacket
    target: str = ""
    via: TraceStep | None = None

    @property
    def jumps(self) -> tuple[TraceStep, ...]:
        """The jumps that led to its chain, from the base chain on."""
        return () if self.via is None else (*self.via.jumps, self.via)


@dataclass(slots=True)
class Traced:
    """The path of one packet through one machine.

    Attributes:
        routed: whether the kernel found a way for it, to another machine or to a process of this one.
    """

    packet: TracedPacket
    steps: list[TraceStep] = field(default_factory=list)
    routed: bool = False

    @property
    def lost(self) -> bool:
        """Whether the kernel dropped it before any rule for forwarded or incoming packets could."""
        return bool(self.packet.iif) and not self.routed and self.dropped is None

    @property
    def packets(self) -> tuple[TracedPacket, ...]:
        """The packet as each chain sees it."""
        return (self.packet, *(step.packet for step in self.steps))

    @property
    def dropped(self) -> TraceStep | None:
        """The step that dropped it; None when none did. A reject is a drop with an answer."""
        return next((step for step in self.steps if step.verdict == "drop"), None)


def read_trace(lines: Iterable[str]) -> list[Traced]:
    """Return the paths of all packets in order of arrival. Other lines are ignored."""
    found: dict[str, Traced] = {}
    current: dict[str, tuple[str, TracedPacket]] = {}
    for line in _joined(lines):
        told = _LINE.fullmatch(line.strip())
        if told is None:
            continue
        number = told["id"]
        if told["kind"] == "packet:":
            packet = _packet(told["rest"])
            if packet is not None:
                current[number] = (told["chain"], packet)
                found.setdefault(number, Traced(packet))
        elif number in current:
            base, packet = current[number]
            step = _step(told, base, packet, found[number].steps)
            if step is not None:
                found[number].steps.append(step)
    return list(found.values())


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines, each with the lines that continue it."""
    parts: list[str] = []
    for line in lines:
        if line.startswith("trace id ") and parts:
            yield "\n".join(parts)
            parts = []
        parts.append(line)
    if parts:
        yield "\n".join(parts)


def _packet(text: str) -> TracedPacket | None:
    """Return the TCP, ICMP or ARP packet; None for anything else."""
    said = {name: match[1] for name, pattern in _FIELD.items() if (match := pattern.search(text))}
    if "arp" in said:
        return TracedPacket("", "", icmp=f"{_ARP}{said['arp']}", iif=said.get("iif", ""))
    icmp = " ".join(said[name] for name in ("icmp", "code") if name in said)
    if icmp.startswith(_NEIGHBOURS):
        icmp = said["icmp"]  # these types have no code
    if "source" not in said or "destination" not in said or not ("dport" in said or icmp):
        return None
    length = int(said.get("length", 0)) or int(said.get("payload", 0)) + _IPV6_HEADER
    return TracedPacket(
        said["source"],
        said["destination"],
        int(said.get("sport", 0)),
        int(said.get("dport", 0)),
        _flags(said.get("flags", "")),
        length,
        icmp,
        said.get("iif", ""),
    )


def _flags(text: str) -> int:
    """Return the bits of `syn`, `syn | ack` or `0x12`."""
    words = re.findall(r"\w+", text)
    return sum(int(word, 16) if word.startswith("0x") else _BITS.get(word, 0) for word in words)


def _step(told: re.Match[str], base: str, packet: TracedPacket, before: Sequence[TraceStep]) -> TraceStep | None:
    table = f"{told['family']} {told['table']}"
    if told["kind"] == "policy":
        verdict = told["rest"].partition(" ")[0]
        return TraceStep(table, told["chain"], told["chain"], 0, "", verdict, packet)
    rule = _RULE.fullmatch(told["rest"])
    if rule is None:
        return None
    # The counts are from the start of the monitor.
    text = _COUNTER.sub("counter", rule["text"])
    chain = told["chain"]
    jumps = (step for step in reversed(before) if (step.table, step.base, step.target) == (table, base, chain))
    via = None if chain == base else next(jumps, None)
    return TraceStep(table, base, chain, int(rule["handle"] or 0), text, rule["verdict"], packet, rule["target"], via)
