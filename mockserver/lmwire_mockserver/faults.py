"""Damage done to a stream of bytes, as small settings that compose.

A fault is a frozen setting; what it remembers about one connection is a `FaultStage` apart from it, so that one
setting serves any number of connections. A stage turns a step into steps:

    bytes ──► Delay ──► Corrupt ──► Chop ──► bytes, waits, an end
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

__all__ = [
    "Chop",
    "CloseAfter",
    "ConnectionEnd",
    "Corrupt",
    "Delay",
    "Fault",
    "FaultStage",
    "StreamItem",
    "Truncate",
    "Wait",
    "compose",
]

_HOUR: Final = 3600.0
_BYTE: Final = 0xFF

Direction = Literal["answer", "request"]
"""The damaged direction: the server's answers, or the requests that it reads."""


class ConnectionEnd(enum.Enum):
    """How the server ends a connection."""

    CLOSE = "closes"
    """After all that was said before: FIN."""
    RESET = "resets"
    """At once, dropping what was not sent yet: RST."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing happens for so long."""

    seconds: float


StreamItem = bytes | Wait | ConnectionEnd
FaultStage = Callable[[StreamItem], Iterator[StreamItem]]


class _Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """A fault, and which direction of the conversation it damages."""

    direction: Direction = "answer"


class Delay(_Fault, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="delay"):
    """Every message waits for `seconds` first."""

    seconds: float

    def __post_init__(self) -> None:
        """Check the fields."""
        _require(0 <= self.seconds <= _HOUR, "seconds", "0 to 3600")

    def start(self) -> FaultStage:
        """Return the stage for one connection."""
        wait = Wait(self.seconds)

        def stage(step: StreamItem) -> Iterator[StreamItem]:
            if isinstance(step, bytes):
                yield wait
            yield step

        return stage


class Chop(_Fault, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="chop"):
    """Messages come in pieces of `size` bytes, `gap` seconds apart."""

    size: int = 1
    gap: float = 0.0

    def __post_init__(self) -> None:
        """Check the fields."""
        _require(self.size >= 1, "size", "at least 1")
        _require(0 <= self.gap <= _HOUR, "gap", "0 to 3600")

    def start(self) -> FaultStage:
        """Return the stage for one connection."""
        wait = Wait(self.gap)

        def stage(step: StreamItem) -> Iterator[StreamItem]:
            if not isinstance(step, bytes):
                yield step
                return
            for at in range(0, len(step), self.size):
                if at:
                    yield wait
                yield step[at : at + self.size]

        return stage


class Truncate(_Fault, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="truncate"):
    """After `size` bytes nothing passes any more, and the connection stays open."""

    size: int

    def __post_init__(self) -> None:
        """Check the fields."""
        _require(self.size >= 0, "size", "at least 0")

    def start(self) -> FaultStage:
        """Return the stage for one connection."""
        return _limited(self.size, end=None)


class CloseAfter(_Fault, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="close-after"):
    """After `size` bytes the server closes."""

    size: int

    def __post_init__(self) -> None:
        """Check the fields."""
        _require(self.size >= 0, "size", "at least 0")

    def start(self) -> FaultStage:
        """Return the stage for one connection."""
        return _limited(self.size, end=ConnectionEnd.CLOSE)


class Corrupt(_Fault, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="corrupt"):
    """The byte at `offset` of the stream has the bits of `mask` turned over."""

    offset: int
    mask: int = _BYTE

    def __post_init__(self) -> None:
        """Check the fields."""
        _require(self.offset >= 0, "offset", "at least 0")
        _require(0 < self.mask <= _BYTE, "mask", "1 to 255")

    def start(self) -> FaultStage:
        """Return the stage for one connection."""
        passed = 0

        def stage(step: StreamItem) -> Iterator[StreamItem]:
            nonlocal passed
            if isinstance(step, bytes):
                at = self.offset - passed
                passed += len(step)
                if 0 <= at < len(step):
                    step = step[:at] + bytes((step[at] ^ self.mask,)) + step[at + 1 :]
            yield step

        return stage


Fault = Delay | Chop | Truncate | CloseAfter | Corrupt


def _limited(size: int, end: ConnectionEnd | None) -> FaultStage:
    left, over = size, False

    def stage(step: StreamItem) -> Iterator[StreamItem]:
        nonlocal left, over
        if over:
            return
        if isinstance(step, bytes):
            cut, left = step[:left], max(0, left - len(step))
            if cut:
                yield cut
            if not left:
                over = True
                if end is not None:
                    yield end
            return
        yield step

    return stage


def compose(faults: Iterable[Fault], direction: Direction) -> tuple[FaultStage, ...]:
    """Return fresh stages, for one connection, of the faults that damage `direction`, in their order."""
    return tuple(fault.start() for fault in faults if fault.direction == direction)


def _require(fine: bool, field: str, allowed: str) -> None:
    if not fine:
        raise ValueError(f"{field} must be {allowed}")
