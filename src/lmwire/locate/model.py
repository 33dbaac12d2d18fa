"""What was seen of a path, hop by hop, and what follows from it. Frozen values; no network, no words for people."""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from lmwire.evidence import Icmp

__all__ = ["SCHEMA", "Fate", "Hop", "Judged", "Knock", "Place", "PlaceKind", "Seen", "Sureness", "Trace", "Way"]

SCHEMA: Final = "lmwire.location/1"


class Fate(enum.Enum):
    """What became of a connect whose packets live for so many hops."""

    PASSED = "time exceeded"
    """A router says that the packet's life ended with it: it came as far as there."""
    ACCEPTED = "accepted"
    RESET = "reset"
    REJECTED = "rejected"
    """An ICMP error other than the end of its life."""
    SILENT = "no answer"
    DENIED = "denied here"
    """This machine's own policy forbade it."""
    UNREACHABLE = "no way from here"
    """This machine found no route, or nobody on its link."""
    UNTRIED = "not tried"


class Knock(msgspec.Struct, frozen=True):
    """One connect to make.

    Attributes:
        port: where to.
        life: hops that its packets may make; 0 for the system's usual number.
        floor: answers of the port with fewer hops left than this are to be passed over; 0: none are.
    """

    port: int
    life: int = 0
    floor: int = 0


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one connect.

    Attributes:
        icmp: the error, with its sender.
        left: hops that the answer had left when it came in; None where that is not to be had.
    """

    fate: Fate
    icmp: Icmp | None = None
    left: int | None = None

    @property
    def sender(self) -> str:
        """Who sent the ICMP error; empty without one."""
        return self.icmp.sender if self.icmp else ""

    @property
    def arrived(self) -> bool:
        """Whether the port itself answered, or something in its name."""
        return self.fate in (Fate.ACCEPTED, Fate.RESET)


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """Both ports' fate for packets that live for `number` hops; `control` is lmgrd's port."""

    number: int
    control: Seen
    port: Seen


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen on the way to one address.

    Attributes:
        port: the port in question.
        control: a port of the same address to compare with; None when there is none.
        local: this machine's own address towards it.
        end: both ports' fate for packets with the usual life.
        leaves: whether packets to the port leave this machine; None when not found out, as where something answers.
        reset_left: hops that the port's resets have left when they come in; None when not found out.
        reset_as_control: whether the control port's answers come in with as many; None when not found out.
        complete: False when time ran out before every question was asked.
        sent: connects made.
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
    sent: int = 0
    seconds: float = 0.0


class Way(enum.Enum):
    """What a trace comes to."""

    OPEN = "open"
    """The port accepts: nothing blocks."""
    INTERCEPTED = "intercepted"
    """Something before the server accepts in its name."""
    DROPPED = "dropped"
    """Its packets, or the answers, vanish."""
    REJECTED = "rejected"
    """Somebody answers with an ICMP error."""
    RESET = "reset"
    DENIED = "denied"
    """This machine's own policy forbids it."""
    NO_CONTROL = "no control"
    """Neither port answers: there is nothing to compare with."""
    UNKNOWN = "unknown"
    """What was seen does not tell."""


class PlaceKind(enum.Enum):
    """Where something can be blocked."""

    THIS_MACHINE = "this machine"
    HOP_OUT = "hop, forwarding"
    """A router, after it counted the packet's life: on Linux, its forward chain."""
    HOP_IN = "hop, receiving"
    """A router, before it counted the packet's life: an access list on the way in, on Linux a prerouting chain."""
    HOP = "hop"
    """A router, no matter where in it."""
    FARTHER = "farther hop"
    """A router farther away than was looked."""
    SERVER = "server"
    WAY_BACK = "way back"
    """The answers' way, which may lead through other routers."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A suspect. `address` is empty for a router that hides."""

    kind: PlaceKind
    hop: int = 0
    address: str = ""


class Sureness(enum.Enum):
    """How sure a place is."""

    CERTAIN = "certain"
    """Whoever did it named itself, or only one place fits what was seen."""
    LIKELY = "likely"
    """One of several places, of which the first is the usual one."""
    ONE_OF = "one of these"
    """One of several places, and what was seen does not tell which."""
    NONE = "not known"


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from a trace.

    Attributes:
        suspects: where it can be, the likeliest first.
        parted: the first hop at which the ports' fates differ; 0 when there is none.
        last: the last hop that the port's packets are known to have reached; 0 for none.
        diverging: hops at which the two ports' packets met different routers.
    """

    way: Way
    sure: Sureness = Sureness.NONE
    suspects: tuple[Place, ...] = ()
    parted: int = 0
    last: int = 0
    diverging: tuple[int, ...] = ()
