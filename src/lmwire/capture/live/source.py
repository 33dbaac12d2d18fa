"""Packets off the wire as they come, and what gives them: see `lmwire.capture.live.listen`."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, Self

if TYPE_CHECKING:
    from lmwire.capture.files.records import RawPacket

__all__ = ["ANY", "LivePacket", "PacketSource"]

ANY: Final = "any"
"""The name that means all interfaces, loopback among them."""


class LivePacket(NamedTuple):
    """A packet as it was seen.

    Attributes:
        when: Unix time in nanoseconds.
        link: its link type, as in a capture file.
        data: the bytes seen, of `size` on the wire.
        interface: where.
    """

    when: int
    link: int
    data: bytes
    size: int
    interface: str

    @property
    def raw(self) -> RawPacket:
        """The same as out of a file."""
        return self.when / 1e9, self.link, self.data, self.size


class PacketSource(Protocol):
    """A source of packets: a context manager, open until it is left."""

    @property
    def dropped(self) -> int | None:
        """Packets that the system threw away because they were not taken in time; None where it doesn't tell."""

    @property
    def trouble(self) -> str:
        """What is wrong with the interface by now, in words; empty when nothing is."""

    def batch(self, wait: float) -> list[LivePacket]:
        """Return the packets that came, oldest first; after `wait` seconds none, when none came."""

    def __enter__(self) -> Self:
        """Return itself."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop seeing packets."""
