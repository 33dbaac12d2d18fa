"""The trace of a path, hop by hop, and its judgement. Frozen values; no network, no sentences."""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from lmwire.evidence import Icmp

__all__ = [
    "SCHEMA",
    "Checks",
    "ConnectTry",
    "Fate",
    "Hop",
    "Judged",
    "Place",
    "PlaceKind",
    "Reply",
    "Seen",
    "Sureness",
    "Trace",
    "Way",
]

SCHEMA: Final = "lmwire.location/1"


class Fate(enum.Enum):
    """The result of a connect with a given TTL."""

    PASSED = "time exceeded"
    """A router reports an expired TTL: the packet came as far as this router."""
    ACCEPTED = "accepted"
    RESET = "reset"
    REJECTED = "rejected"
    """An ICMP error other than "time exceeded"."""
    SILENT = "no answer"
    DENIED = "denied here"
    """This machine's own policy blocks it."""
    UNREACHABLE = "no way from here"
    """This machine has no route, or no machine on its link has the address."""
    UNTRIED = "not tried"


class ConnectTry(msgspec.Struct, frozen=True):
    """One connect to make.

    Attributes:
        port: the target port.
        life: the TTL of its packets; 0 for the system's usual TTL.
        floor: ignore answers of the port with a smaller remaining TTL; 0: ignore none.
        source: the own port; 0: the system chooses.
    """

    port: int
    life: int = 0
    floor: int = 0
    source: int = 0


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one connect.

    Attributes:
        icmp: the error, with its sender.
        left: the remaining TTL of the answer; None when unknown.
    """

    fate: Fate
    icmp: Icmp | None = None
    left: int | None = None

    @property
    def sender(self) -> str:
        """The sender of the ICMP error; empty without one."""
        return self.icmp.sender if self.icmp else ""

    @property
    def arrived(self) -> bool:
        """Whether the port itself answered, or a device with the server's address as sender."""
        return self.fate in (Fate.ACCEPTED, Fate.RESET)


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """Both ports' results for packets with the TTL `number`; `control` is lmgrd's port."""

    number: int
    control: Seen
    port: Seen


class Reply(enum.Enum):
    """What came back on a connection, after a hello."""

    FLEXNET = "FlexNet"
    OTHER = "not FlexNet"
    NONE = "no answer"
    CLOSED = "closed"
    NOT_ASKED = "not asked"


class Checks(msgspec.Struct, frozen=True, kw_only=True):
    """What other source ports, another port, and a hello show besides the hops.

    Attributes:
        sources: own ports from which the port was tried, once or three times each.
        passed: of these, those that were accepted each time.
        failed: those that were accepted no time.
        connects: the connects from these own ports.
        accepted: of these, those that were accepted.
        control_connects: connects to the control port, from as many own ports; 0 when not tried.
        control_accepted: of these, those that were accepted.
        stray_port: a port on which nothing should listen; 0 when not tried.
        stray_accepts: whether it accepts all the same: then a handshake proves nothing.
        reply: the answer to a hello on the port.
        flows: hops by two own ports: one that is accepted, as `Hop.control`, and one that fails, as `Hop.port`.
        branches: the routers of the first hop at which packets to the port take several.
        branch: the number of that hop; 0 for none.
    """

    sources: int = 0
    passed: int = 0
    failed: int = 0
    connects: int = 0
    accepted: int = 0
    control_connects: int = 0
    control_accepted: int = 0
    stray_port: int = 0
    stray_accepts: bool = False
    reply: Reply = Reply.NOT_ASKED
    flows: tuple[Hop, ...] = ()
    branches: tuple[str, ...] = ()
    branch: int = 0

    @property
    def by_source(self) -> bool:
        """Whether the own port decides what becomes of a connect."""
        mixed = self.sources - self.passed - self.failed
        return bool(self.passed and self.failed) and 2 * mixed <= min(self.passed, self.failed)

    @property
    def partly(self) -> bool:
        """Whether some connects fail, whatever decides which."""
        return 0 < self.accepted < self.connects

    @property
    def disagree(self) -> bool:
        """Whether so many more connects fail than to the control port that mere loss does not explain it."""
        failures, control = self.connects - self.accepted, self.control_connects - self.control_accepted
        least = _LEAST_FAILURES if self.control_connects else self.connects / 4
        return self.by_source or (self.partly and failures >= least and control * 4 <= failures)


_LEAST_FAILURES: Final = 4


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """The trace of the path to one address.

    Attributes:
        port: the port to find.
        control: a port of the same address to compare with; None without one.
        local: this machine's address on the path.
        end: both ports' results for packets with the usual TTL.
        leaves: whether packets to the port leave this machine; None when unknown, for example after an answer.
        reset_left: the remaining TTL of the port's resets; None when unknown.
        reset_as_control: whether the control port's answers have the same remaining TTL; None when unknown.
        checks: what was tried besides.
        complete: False when time ran out before all connects were made.
        sent: number of connects made.
    """

    address: str
    port: int
    control: int | None
    local: str
    end: Hop
    hops: tuple[Hop, ...] = ()
    leaves: bool | None = None
    reset_left: int | None = None
    reset_as_control: bool | None = None
    complete: bool = True
    checks: Checks = Checks()
    sent: int = 0
    seconds: float = 0.0


class Way(enum.Enum):
    """The outcome of a trace."""

    OPEN = "open"
    """The port accepts: nothing blocks it."""
    INTERCEPTED = "intercepted"
    """A device before the server accepts, with the server's address as sender."""
    HANDSHAKE = "handshake only"
    """The port accepts, but something else may accept in the server's place, and no license server answers."""
    PARTLY = "partly open"
    """Connects from some own ports are accepted, those from others fail: one of several paths blocks the port."""
    DROPPED = "dropped"
    """Its packets or the answers are dropped."""
    REJECTED = "rejected"
    """A device answers with an ICMP error."""
    RESET = "reset"
    DENIED = "denied"
    """This machine's own policy blocks it."""
    NO_CONTROL = "no control"
    """Neither port answers, so a comparison is impossible."""
    UNKNOWN = "unknown"
    """The trace does not show it."""


class PlaceKind(enum.Enum):
    """Kinds of places that can block a port."""

    THIS_MACHINE = "this machine"
    HOP_OUT = "hop, forwarding"
    """A router, after it decremented the TTL: on Linux, its forward chain."""
    HOP_IN = "hop, receiving"
    """A router, before it decremented the TTL: an inbound access list; on Linux, a prerouting chain."""
    NAT = "hop, NAT"
    """The router that has the target's address and forwards the other port to the server."""
    HOP = "hop"
    """A router, in any of its rules."""
    FARTHER = "farther hop"
    """A router farther away than the last hop asked."""
    SERVER = "server"
    WAY_BACK = "way back"
    """The return path of the answers, which may use other routers."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place that may block the port. `address` is empty for a router that does not answer."""

    kind: PlaceKind
    hop: int = 0
    address: str = ""


class Sureness(enum.Enum):
    """How sure the judgement is."""

    CERTAIN = "certain"
    """The device named itself, or only one place fits the trace."""
    LIKELY = "likely"
    """One of several places; the first is the usual one."""
    ONE_OF = "one of these"
    """One of several places; the trace does not show which."""
    NONE = "not known"


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The judgement of a trace.

    Attributes:
        suspects: the places that may block the port, the likeliest first.
        parted: the first hop at which the two ports' results differ; 0 for none.
        last: the last hop that the port's packets are known to have reached; 0 for none.
        diverging: hops at which the two ports' packets took different routers.
    """

    way: Way
    sure: Sureness = Sureness.NONE
    suspects: tuple[Place, ...] = ()
    parted: int = 0
    last: int = 0
    diverging: tuple[int, ...] = ()
