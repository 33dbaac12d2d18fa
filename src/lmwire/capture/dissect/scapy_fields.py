"""lmwire's wire fields, dressed as scapy's."""

from __future__ import annotations

import io
from typing import Any, Final

from construct import ConstructError
from scapy.fields import Field as ScapyField
from scapy.packet import Packet
from scapy.volatile import RandBin, RandNum, RandString

from lmwire.capture.dissect.layouts import CHECKSUMS, HEXADECIMAL, Field, Kind
from lmwire.text import printable
from lmwire.wire import LocalProtocolError, MessageType, crc, header_sum, legacy_sum

__all__ = ["WireField", "scapy_name", "shown_number"]


class WireField(ScapyField[Any, Any]):
    """A scapy field that parses and builds by lmwire's own definition of it.

    Values are numbers, bytes, or text of Latin-1 characters; text and bytes may be given for each other.
    None stands for what is worked out when the packet is built.
    """

    __slots__ = ("shape",)

    def __init__(self, shape: Field, default: object) -> None:
        self.shape = shape
        super().__init__(scapy_name(shape.name), default, "s")

    def any2i(self, pkt: Packet | None, x: Any) -> Any:  # noqa: ANN401, ARG002 # scapy's signature
        """Convert text and bytes into each other, as the field needs it."""
        if self.shape.is_text and isinstance(x, (bytes, bytearray)):
            return x.decode("latin-1")
        if self.shape.kind in {Kind.BYTES, Kind.REST} and isinstance(x, str):
            return x.encode("latin-1")
        return x

    h2i = any2i

    def i2len(self, pkt: Packet, x: Any) -> int:  # noqa: ANN401 # scapy's signature
        """Return how many bytes the value takes."""
        return len(self.addfield(pkt, b"", x))

    def i2repr(self, pkt: Packet | None, x: Any) -> str:  # noqa: ANN401 # scapy's signature
        """Show text with its control characters escaped, bytes in hexadecimal, and checksums with what is right."""
        if x is None:
            return "None"
        if isinstance(x, str):
            return f"'{printable(x)}'"
        if isinstance(x, bytes):
            return x.hex(" ") or "(none)"
        if not isinstance(x, int):
            return repr(x)
        return shown_number(self.name, x, self.shape.size) + _correction(pkt, self.name, x, self.shape.size)

    def addfield(self, pkt: Packet, s: bytes, val: Any) -> bytes:  # noqa: ANN401 # scapy's signature
        """Append the value's bytes.

        Raises:
            LocalProtocolError: the value does not fit the field.
        """
        value = self.any2i(pkt, 0 if val is None else val)
        try:
            return s + bytes(self.shape.wire.build(value))
        except (ConstructError, UnicodeEncodeError, TypeError) as error:
            raise LocalProtocolError(f"{self.name} cannot hold {value!r}") from error

    def getfield(self, pkt: Packet, s: bytes) -> tuple[bytes, Any]:  # noqa: ARG002 # scapy's signature
        """Take the value off the front of `s`."""
        stream = io.BytesIO(s)
        value = self.shape.wire.parse_stream(stream)
        return s[stream.tell() :], value

    def randval(self) -> Any:  # noqa: ANN401 # scapy's signature
        """Return a value for scapy's `fuzz`."""
        size = self.shape.size
        match self.shape.kind:
            case Kind.NUMBER:
                return RandNum(0, (1 << 8 * size) - 1)
            case Kind.BYTES:
                return RandBin(size)
            case Kind.PADDED:
                return RandString(RandNum(0, size))
        return RandString(RandNum(0, 40))


def scapy_name(name: str) -> str:
    """Return what a field is called in scapy: `_` goes behind a name that scapy has an attribute of its own for."""
    return f"{name}_" if hasattr(Packet, name) else name


def shown_number(name: str, value: int, size: int) -> str:
    """Show a field's number: types with their names, and in hexadecimal what reads better so."""
    if name == "type" and value in _TYPES:
        return f"{value:#06x} {_TYPES[value]}"
    return f"{value:#0{2 * size + 2}x}" if name in HEXADECIMAL else str(value)


def _correction(packet: Packet | None, name: str, value: int, size: int) -> str:
    if packet is None or name not in CHECKSUMS:
        return ""
    right = _checksums(packet.post_build(packet.self_build(), b""))[name]
    return "" if right == value else f" (wrong: {shown_number(name, right, size)} is right)"


def _checksums(frame: bytes) -> dict[str, int]:
    return {"header_sum": header_sum(frame), "crc": crc(frame), "legacy_sum": legacy_sum(frame)}


_TYPES: Final = {int(number): number.name for number in MessageType}
