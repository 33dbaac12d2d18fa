"""What was measured, and what follows from it: the document `lmwire.idle/1`. Frozen values."""

from __future__ import annotations

import enum
from typing import Final, Literal

import msgspec

__all__ = [
    "AGES",
    "BEHIND_PROXY",
    "FORGOTTEN",
    "HEARTBEAT",
    "SCHEMA",
    "Fate",
    "IdleProbe",
    "IdleResult",
    "Judged",
    "Measured",
    "Outcome",
    "Trouble",
]

SCHEMA: Final = "lmwire.idle/1"

HEARTBEAT: Final = 120.0
"""Seconds between two heartbeats of a license client, unless its application chooses otherwise."""

AGES: Final = (15, 30, 60, 90, 120, 150, 180, 240, 300, 350, 420, 600, 900, 1800, 3600)
"""Seconds of silence that are tried: around the timeouts that devices have, and around the heartbeat."""


class Fate(enum.Enum):
    """What became of a connection that was silent for a while."""

    SURVIVED = "survived"
    """The byte after the silence came back."""
    RESET = "reset"
    CLOSED = "closed"
    REJECTED = "rejected"
    """The byte was not delivered; a device answered it by an ICMP error."""
    SILENT = "no answer"
    """The byte was not delivered, however often the kernel sent it."""
    NOT_RETURNED = "not returned"
    """Something acknowledged the byte, but it did not come back."""
    WRONG = "other bytes"
    """The other end sent what it was not sent."""
    ENDED = "ended"
    """The other end said that it ends the connection by itself."""
    NOT_TRIED = "not tried"
    """The measurement ended before."""


FORGOTTEN: Final = frozenset({Fate.RESET, Fate.CLOSED, Fate.REJECTED, Fate.SILENT, Fate.NOT_RETURNED})
"""The path does not know the connection any more, as long as a new connection to the same place works."""

BEHIND_PROXY: Final = frozenset({Fate.CLOSED, Fate.NOT_RETURNED})
"""Lost by something that ends TCP connections and makes new ones. A keepalive of TCP does not pass through it."""


class IdleProbe(msgspec.Struct, frozen=True, kw_only=True):
    """One connection.

    Attributes:
        age: the seconds of silence that were planned.
        seconds: those that it was silent: until its byte was sent, or until it ended before that.
    """

    age: float
    seconds: float
    fate: Fate


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """All that a measurement saw.

    Attributes:
        gone: why a new connection failed after one was lost; empty when it worked, or when none was lost.
        slept: seconds that this machine slept meanwhile.
    """

    probes: tuple[IdleProbe, ...]
    gone: str = ""
    slept: float = 0.0


class Outcome(enum.Enum):
    """What the measurement tells."""

    REMEMBERS = "remembers"
    """Every connection survived."""
    FORGETS = "forgets"
    INCONCLUSIVE = "inconclusive"


class Trouble(enum.Enum):
    """Why a measurement tells nothing about the path."""

    NOTHING = ""
    WRONG = "wrong-bytes"
    GONE = "other-end-gone"
    ENDED = "other-end-ended"
    SLEPT = "this-machine-slept"
    DISORDER = "older-connections-survived"


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from a measurement. Silence is in seconds.

    Attributes:
        survived: the longest silence that a connection survived; None when none did.
        forgotten: the shortest silence after which one was lost; None when none was.
        how: how that one was lost.
        heartbeat_survives: whether the heartbeat of 120 s keeps a connection alive; None when that is not known.
        keepalive: the longest keepalive of TCP, in whole seconds, that keeps a connection alive; None when it is not
            known, when none would help, or when nothing was forgotten.
    """

    outcome: Outcome
    survived: float | None = None
    forgotten: float | None = None
    how: Fate | None = None
    heartbeat_survives: bool | None = None
    keepalive: int | None = None
    trouble: Trouble = Trouble.NOTHING


class IdleResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result for one target.

    Attributes:
        target: as written.
        address, port: the ones measured to.
        headline, sentences, remedies: for people; they may change.
    """

    schema: Literal["lmwire.idle/1"] = SCHEMA
    target: str
    address: str
    port: int
    judged: Judged
    headline: str
    sentences: tuple[str, ...]
    remedies: tuple[str, ...]
    probes: tuple[IdleProbe, ...]
