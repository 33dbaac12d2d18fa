"""FlexNet in scapy: `from lmwire.capture.dissect.layer import *` in a scapy shell.

    >>> packet = IP(dst="192.0.2.10") / TCP(sport=27000) / FlexLMReferral(host="licsrv", port=27001)
    >>> packet[FlexLM].show2()
    >>> sniff(offline="ticket.pcapng", session=FlexLMSession).summary()

Fields, their order and their bytes come from `lmwire.wire`, defaults from its message classes. Length and checksums
are worked out when a packet is built, unless they are set. A field that scapy has an attribute of its own for gets
a `_` behind its name (`time_`, `command_`). Bytes that are not a whole frame, or too strange for their type, stay raw.

Importing this module binds TCP ports 27000 to 27009 to `FlexLM`; no other module of lmwire imports scapy's layers.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import msgspec
from construct import ConstructError
from scapy.base_classes import Packet_metaclass
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.packet import Packet, Padding, Raw, bind_bottom_up
from scapy.sessions import IPSession

from lmwire.capture.dissect.layouts import (
    BODY,
    CHECKSUMS,
    HEADER,
    LEGACY,
    LEGACY_BODY,
    LEGACY_HEADER,
    MODERN,
    Field,
    Kind,
    MessageLayout,
    frame_size,
)
from lmwire.capture.dissect.scapy_fields import WireField, scapy_name, shown_number
from lmwire.capture.packets.streams import Stream
from lmwire.ports import DEFAULT_RANGE, port_dialled
from lmwire.text import printable
from lmwire.wire import LocalProtocolError, MessageType, crc, definitions, header_sum, legacy_sum

__all__ = [
    "FlexLM",
    "FlexLMHello",
    "FlexLMHelloAnswer",
    "FlexLMLegacy",
    "FlexLMLegacyError",
    "FlexLMLegacyHello",
    "FlexLMLegacyText",
    "FlexLMReferral",
    "FlexLMSession",
    "FlexLMTextAnswer",
    "FlexLMTextRequest",
    "FlexLMVersion",
]

_COMPUTED: Final = {*CHECKSUMS, "length", "length_high"}
_EMPTY: Final = {Kind.NUMBER: 0, Kind.REST: b""}


def _fields(shapes: Iterable[Field], defaults: Mapping[str, object]) -> list[Any]:
    return [
        WireField(shape, None if shape.name in _COMPUTED else defaults.get(shape.name, _empty(shape)))
        for shape in shapes
    ]


def _empty(shape: Field) -> object:
    return "" if shape.is_text else _EMPTY.get(shape.kind, bytes(shape.size))


class FlexLM(Packet):
    """Any frame. As itself, a modern message without a class of its own: `FlexLM(type=0x4e, body=b"...")`.

    `FlexLM(data)` finds the class that fits; `packet[FlexLM]` finds a layer of any of them. A frame's payload is
    the next frame of the same stream.
    """

    name = "FlexLM"
    match_subclass = True
    fields_desc = _fields((*HEADER, *BODY), {"magic": definitions.MAGIC})

    @classmethod
    def dispatch_hook(cls, _pkt: bytes | None = None, *_args: object, **_fields: object) -> type[Packet]:
        """Return the class for these bytes, which is `Raw` when they are not a whole frame."""
        return _class_for(bytes(_pkt)) if _pkt else cls

    @classmethod
    def tcp_reassemble(cls, data: bytes, _metadata: object, _session: object) -> Packet | None:
        """Let scapy's own `TCPSession` and `StreamSocket` cut a stream into frames, one at a time."""
        size = frame_size(data)
        if size is None:
            return None
        packet: Packet = FlexLM(data[:size]) / Padding(data[size:]) if 0 < size < len(data) else FlexLM(data)
        return packet

    def do_dissect(self, s: bytes) -> bytes:
        """Dissect one frame, so that a field up to the end means the frame's end; the rest is the next frame."""
        size = frame_size(s) or len(s)
        rest: bytes = super().do_dissect(s[:size])
        self.raw_packet_cache = s[:size]
        return rest + s[size:]

    def guess_payload_class(self, payload: bytes) -> type[Packet]:  # noqa: ARG002 # scapy's signature
        """Behind a frame comes a frame, or what `dispatch_hook` finds to be none."""
        return FlexLM

    def post_build(self, pkt: bytes, pay: bytes) -> bytes:
        """Fill in the length and the checksums that were not set."""
        header = definitions.modern_header_format
        values = dict(zip((field.name for field in HEADER), header.unpack_from(pkt), strict=True))
        if len(pkt) >> 24 and self.length_high is None:
            raise LocalProtocolError(f"a frame of {len(pkt)} bytes is longer than its length field can say")
        sums = {
            "length": lambda _: len(pkt) & 0xFFFF,
            "length_high": lambda _: len(pkt) >> 16,
            "crc": crc,
            "header_sum": header_sum,  # last: it covers the CRC
        }
        for name, work_out in sums.items():
            if self.getfieldval(name) is None:
                values[name] = work_out(pkt)
                pkt = header.pack(*values.values()) + pkt[header.size :]
        return pkt + pay

    def mysummary(self) -> Any:  # noqa: ANN401 # a pair, which scapy's types do not know
        """Return one line on the message; the frames before it and TCP add theirs."""
        return f"FlexLM {self.words()}", [TCP, *_CLASSES]

    def words(self) -> str:
        """Return the message in words, escaped."""
        number = self.getfieldval("type")
        return f"Message {shown_number('type', number, 2)}"

    def answers(self, other: Packet) -> bool:
        """Tell scapy's `sr` that any frame may answer any other; the port numbers say the rest."""
        return isinstance(other, FlexLM)


class FlexLMLegacy(FlexLM):
    """A legacy frame: as itself, of a letter without a class of its own."""

    name = "FlexLM legacy"
    fields_desc = _fields((*LEGACY_HEADER, *LEGACY_BODY), {"letter": "l"})

    @classmethod
    def dispatch_hook(cls, _pkt: bytes | None = None, *_args: object, **_fields: object) -> type[Packet]:
        """As for `FlexLM`."""
        return _class_for(bytes(_pkt)) if _pkt else cls

    def post_build(self, pkt: bytes, pay: bytes) -> bytes:
        """Fill in the sum that was not set."""
        if self.legacy_sum is None:
            pkt = pkt[:1] + bytes((legacy_sum(pkt),)) + pkt[2:]
        return pkt + pay

    def words(self) -> str:
        """Return the message in words, escaped."""
        return f"Legacy message {printable(self.letter)}"


def _words(self: FlexLM) -> str:
    layout = _LAYOUTS[type(self)]
    shown = {field.name: self.getfieldval(scapy_name(field.name)) for field in layout.fields}
    return layout.summary.format_map({name: _plain(value) for name, value in shown.items()})


def _plain(value: object) -> str:
    if isinstance(value, (str, bytes)):
        return printable(value) if isinstance(value, str) else value.hex()
    return str(value)


def _packet(layout: MessageLayout) -> type[FlexLM]:
    """Make the packet class of a message."""
    base, header = (FlexLM, HEADER) if isinstance(layout.key, int) else (FlexLMLegacy, LEGACY_HEADER)
    namespace = {
        "__doc__": f"{layout.cls.__doc__}",
        "__module__": __name__,
        "name": f"FlexLM {layout.title}",
        "fields_desc": _fields((*header, *layout.fields), _defaults(layout)),
        "dispatch_hook": base.__dict__["dispatch_hook"],  # scapy looks for it in the class itself
        "words": _words,
    }
    made: Any = Packet_metaclass(f"FlexLM{layout.cls.__name__}", (base,), namespace)
    _LAYOUTS[made] = layout
    return cast("type[FlexLM]", made)


def _defaults(layout: MessageLayout) -> dict[str, object]:
    given = {
        field.name: field.default
        for field in msgspec.structs.fields(layout.cls)
        if field.default is not msgspec.NODEFAULT
    }
    if isinstance(layout.key, str):
        return {"letter": layout.key, **given}
    flags: Any = given.pop("flags")
    head = {"magic": definitions.MAGIC, "type": layout.key}
    return {**given, **head, "flags": flags[:5], "flag18": flags[6], "body_mode": flags[7]}


_LAYOUTS: Final[dict[type[FlexLM], MessageLayout]] = {}

FlexLMHello: Final = _packet(MODERN[MessageType.HELLO])
FlexLMTextRequest: Final = _packet(MODERN[MessageType.TEXT_REQUEST])
FlexLMHelloAnswer: Final = _packet(MODERN[MessageType.HELLO_ANSWER])
FlexLMReferral: Final = _packet(MODERN[MessageType.REFERRAL])
FlexLMTextAnswer: Final = _packet(MODERN[MessageType.TEXT_ANSWER])
FlexLMVersion: Final = _packet(MODERN[MessageType.VERSION])
FlexLMLegacyHello: Final = _packet(LEGACY["h"])
FlexLMLegacyError: Final = _packet(LEGACY["W"])
FlexLMLegacyText: Final = _packet(LEGACY["L"])

_MODERN_CLASSES: Final = {layout.key: made for made, layout in _LAYOUTS.items() if isinstance(layout.key, int)}
_LEGACY_CLASSES: Final = {
    letter: made for made, layout in _LAYOUTS.items() for letter, entry in LEGACY.items() if entry.cls is layout.cls
}
_CLASSES: Final[tuple[type[Packet], ...]] = (FlexLM, FlexLMLegacy, *_LAYOUTS)


def _class_for(data: bytes) -> type[Packet]:
    size = frame_size(data)
    if not size:
        return Raw
    if data[0] != definitions.MAGIC:
        return _LEGACY_CLASSES.get(chr(data[0]), FlexLMLegacy)
    number = definitions.modern_header_format.unpack_from(data)[_TYPE]
    made = _MODERN_CLASSES.get(number)
    return made if made and _is_whole(_LAYOUTS[made], data[definitions.HEADER_SIZE : size]) else FlexLM


_TYPE: Final = next(at for at, field in enumerate(HEADER) if field.name == "type")


def _is_whole(layout: MessageLayout, body: bytes) -> bool:
    stream = io.BytesIO(body)
    try:
        for field in layout.fields:
            field.wire.parse_stream(stream)
    except ConstructError:
        return False
    return True


class _Direction:
    """One direction of a connection: its stream, and what came of a frame that is not whole yet."""

    def __init__(self, first: int) -> None:
        self._stream = Stream()
        self._stream.begin(first)
        self._held = b""

    def take(self, seq: int, data: bytes) -> tuple[int, bytes]:
        """Take a segment; return the whole frames that there are now, and the sequence number of the first.

        Bytes that are not frames come back as well: what scapy shows raw is not held back for ever.
        """
        self._held += self._stream.segment(seq, data, len(data))
        start = self._stream.next - len(self._held)
        first = (seq + start - self._stream.offset(seq)) % _SEQUENCE_NUMBERS
        size = _whole_frames(self._held)
        frames, self._held = self._held[:size], self._held[size:]
        return first, frames


def _whole_frames(data: bytes) -> int:
    """Return how many bytes at the front are whole frames, or all of them when they are not frames."""
    at = 0
    while size := frame_size(data[at:]):
        at += size
    return at if size is None else len(data)


_SEQUENCE_NUMBERS: Final = 1 << 32


class FlexLMSession(IPSession):
    """`sniff(session=FlexLMSession)`: frames put together from segments, and found on the ports that referrals name.

    A frame that came in several segments is shown in the packet with its last one, whose sequence number becomes
    that of the frame; the packets before it pass as they are. IP fragments are put together first.

    Args:
        ports: TCP ports to look at from the start.
    """

    def __init__(self, *args: Any, ports: Iterable[int] = DEFAULT_RANGE, **kwargs: Any) -> None:  # noqa: ANN401 # scapy's
        super().__init__(*args, **kwargs)
        self.ports = set(ports)
        self._directions: dict[tuple[str, int, str, int], _Direction] = {}

    def process(self, packet: Packet) -> Packet | None:
        """Return `packet`, with frames for its payload where it completes some."""
        whole = super().process(packet)
        return self._followed(whole) if whole is not None and TCP in whole else whole

    def _followed(self, packet: Packet) -> Packet:
        tcp = packet[TCP]
        if tcp.sport not in self.ports and tcp.dport not in self.ports:
            return packet
        below = tcp.underlayer
        key = (str(getattr(below, "src", "")), tcp.sport, str(getattr(below, "dst", "")), tcp.dport)
        if tcp.flags.S:
            self._directions[key] = _Direction((tcp.seq + 1) % _SEQUENCE_NUMBERS)
        data = _payload(tcp)
        if data:
            direction = self._directions.setdefault(key, _Direction(tcp.seq))
            packet = self._with_frames(packet, data, *direction.take(tcp.seq, data))
        if tcp.flags.R:
            self._directions.pop(key, None)
        return packet

    def _with_frames(self, packet: Packet, data: bytes, first: int, frames: bytes) -> Packet:
        if not frames:
            return packet
        if frames != data:
            packet = packet.copy()
            packet[TCP].seq = first
            packet.wirelen = None
            for layer, stale in ((IP, "len"), (IP, "chksum"), (IPv6, "plen"), (TCP, "chksum")):
                if layer in packet:
                    delattr(packet[layer], stale)
        tcp = packet[TCP]
        tcp.remove_payload()
        tcp.add_payload(FlexLM(frames))
        frame = tcp.payload
        while isinstance(frame, FlexLM):
            if isinstance(frame, FlexLMReferral):
                self.ports.add(port_dialled(frame.port))
            frame = frame.payload
        return packet


def _payload(tcp: Packet) -> bytes:
    """Return the segment's bytes, without the padding that Ethernet adds to short packets."""
    if isinstance(tcp.payload, Padding):
        return b""
    return tcp.payload.original or tcp.payload.build()


def _bind() -> None:
    for port in DEFAULT_RANGE:
        for field in ("sport", "dport"):
            bind_bottom_up(TCP, FlexLM, {field: port})


_bind()
