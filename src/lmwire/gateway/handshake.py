"""From a client's first byte to the moment from which bytes are only copied: what the gateway does, without sockets.

Events in, actions out. `state` says what is waited for:

    LISTENING ─ hello, dlist, getpaths ─► ASKING ─ referral ─► GOING ─ vendor daemon reached ─► COPYING
        ▲                                   │ │
        └── W, a hello answer to nobody ────┘ └─ hello answer, or bytes that are not the protocol ─► COPYING

The frame that lmgrd gets, and the one that the vendor daemon gets, is the client's, byte for byte.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator
from typing import Final

import msgspec

from lmwire.ports import port_dialled
from lmwire.session.idle_echo import QUESTION, WILLING
from lmwire.session.speaker import Speaker, speaker_of
from lmwire.text import printable
from lmwire.wire import (
    NEED_DATA,
    Frame,
    FrameReader,
    Hello,
    HelloAnswer,
    LegacyError,
    LegacyHello,
    LegacyText,
    Message,
    Referral,
    RemoteProtocolError,
    TextAnswer,
    TextRequest,
    encode,
)
from lmwire.wire.definitions import LEGACY_SIZE

__all__ = [
    "MAX_FIRST_FRAME",
    "Action",
    "Echo",
    "Finish",
    "GoToVendor",
    "Handshake",
    "HandshakeState",
    "JoinLmgrd",
    "Refer",
    "ToClient",
    "ToLmgrd",
]

MAX_FIRST_FRAME: Final = 4096
"""Bytes of the longest hello or text request that is read; honest ones are below 500."""

_MAX_ANSWER: Final = 1 << 17
_MOST_REQUESTS: Final = 256
"""Requests of one connection before a vendor daemon is reached; lmutil makes a handful."""

_SHOWN: Final = 60

TEXTS: Final = frozenset({"dlist", "getpaths"})
"""Text requests that are passed on. The others could be lmdown, lmreread or lmremove; an empty one asks for keys."""

_UNREADABLE: Final = encode(LegacyError(text="-60"))
"""lmgrd's answer to what it cannot read. [pub]"""

_NO_SUCH_DAEMON: Final = encode(LegacyError(text="-97"))
"""lmgrd's answer when it does not serve a vendor daemon. [obs]"""


class HandshakeState(enum.Enum):
    """What the gateway waits for."""

    LISTENING = "the client's request"
    ASKING = "lmgrd's answer"
    GOING = "the vendor daemon"
    COPYING = "nothing: bytes are copied"
    ECHOING = "the end of a measurement"
    ENDED = "nothing: it is over"


class ToClient(msgspec.Struct, frozen=True):
    """Send these bytes to the client."""

    data: bytes


class ToLmgrd(msgspec.Struct, frozen=True):
    """Send these bytes to lmgrd; connect first, if there is no connection to it.

    `hello`: whether it is a hello that names a vendor daemon. An answer that lmgrd gave a moment ago will do then.
    """

    data: bytes
    hello: bool = False


class GoToVendor(msgspec.Struct, frozen=True):
    """Connect to the vendor daemon, send it `data`, and copy from then on.

    Attributes:
        host: of the referral, not resolved, not escaped; may be empty.
        port: the port that a client dials; 0 is never dialled.
        data: the client's hello.
    """

    host: str
    port: int
    data: bytes


class Refer(msgspec.Struct, frozen=True):
    """Send the client this referral, with a host and a port of the gateway's own."""

    referral: Referral


class JoinLmgrd(msgspec.Struct, frozen=True):
    """Send these bytes, and copy between the client and the server that was taken for lmgrd from then on."""

    to_client: bytes
    to_lmgrd: bytes


class Echo(msgspec.Struct, frozen=True):
    """Send these bytes, and return what the client sends from then on: see `lmwire.session.idle_echo`."""

    to_client: bytes


class Finish(msgspec.Struct, frozen=True):
    """End the client's connection. `why` is for the log; `reset`: by RST, else by FIN."""

    why: str
    reset: bool = False


Action = ToClient | ToLmgrd | GoToVendor | Refer | JoinLmgrd | Echo | Finish


class Handshake:
    """The gateway's part of one client's connection.

    Args:
        rewrite: send the client a referral to the gateway, instead of going to the vendor daemon for it.
        vendors: the vendor daemons that may be asked for; empty: all.
        straight: host and port of the vendor daemon to go to without asking lmgrd, for a client that was referred here.

    Attributes:
        state: what is waited for.
        asked: the requests so far, in a word or two each.
        speaker: who the client says it is.
        vendor: the vendor daemon of the last hello, as it came; not escaped.
        was_referred: whether lmgrd answered with a referral.
        refused: the last error code that lmgrd answered; empty when there was none.
        damaged: whether lmgrd sent bytes that are not the protocol. What it sends from then on goes to the client as it
            comes; what the client sends is read as before.
    """

    def __init__(
        self, *, rewrite: bool = False, vendors: Collection[str] = (), straight: tuple[str, int] | None = None
    ) -> None:
        self.state = HandshakeState.LISTENING
        self.asked: list[str] = []
        self.speaker = Speaker()
        self.vendor = ""
        self.was_referred = False
        self.refused = ""
        self.damaged = False
        self._rewrite = rewrite
        self._straight = straight
        self._vendors = frozenset(vendors)
        self._client = FrameReader(max_frame=MAX_FIRST_FRAME)
        self._lmgrd = FrameReader(max_frame=_MAX_ANSWER)
        self._from_client = bytearray()  # received, and in no frame yet
        self._from_lmgrd = bytearray()
        self._request = b""
        self._requests = 0
        self._message: Message | None = None

    def client_said(self, data: bytes) -> tuple[Action, ...]:
        """Take bytes from the client. While a server is waited for, they are held."""
        if len(self._from_client) + len(data) > MAX_FIRST_FRAME + LEGACY_SIZE:
            return (self._finish(f"the client sent more than {MAX_FIRST_FRAME} bytes before an answer", reset=True),)
        self._from_client += data
        self._client.receive_data(data)
        return tuple(self._listen())

    def lmgrd_said(self, data: bytes) -> tuple[Action, ...]:
        """Take bytes from lmgrd."""
        if self.damaged:
            return (ToClient(data),)
        self._from_lmgrd += data
        self._lmgrd.receive_data(data)
        return tuple(self._hear())

    def lmgrd_paused(self) -> tuple[Action, ...]:
        """Give up waiting for the rest of an answer: the client gets what there is, as it would have without us."""
        return self._pass_damage() if self._from_lmgrd else ()

    def _pass_damage(self) -> tuple[Action, ...]:
        self.damaged = True
        held = bytes(self._from_lmgrd)
        self._from_lmgrd.clear()
        self.state = HandshakeState.LISTENING
        return (ToClient(held), *self._listen())

    def lmgrd_closed(self, *, reset: bool = False) -> tuple[Action, ...]:
        """Take the end of the connection to lmgrd: what came of an answer goes on, then the client's ends alike."""
        held = bytes(self._from_lmgrd)
        self._from_lmgrd.clear()
        why = f"lmgrd {'reset' if reset else 'closed'} the connection"
        return (*([ToClient(held)] if held else []), self._finish(why, reset=reset))

    @property
    def holds_part_of_an_answer(self) -> bool:
        """Whether lmgrd has begun to say something that is not complete."""
        return self.state is HandshakeState.ASKING and bool(self._from_lmgrd)

    # The client's side.

    def _listen(self) -> Iterator[Action]:
        while self.state is HandshakeState.LISTENING:
            try:
                frame = self._client.next_frame()
                if not isinstance(frame, Frame):
                    return
                del self._from_client[: len(frame.raw)]
                yield from self._take(frame.message(), frame)
            except RemoteProtocolError as error:
                if error.kind == "magic" and len(self._from_client) < LEGACY_SIZE:
                    return  # lmgrd, too, waits for as many bytes as a legacy request has [pub]
                self._note(f"unreadable: {error.kind}")
                self._from_client.clear()
                self._client = FrameReader(max_frame=MAX_FIRST_FRAME)
                yield ToClient(_UNREADABLE)

    def _take(self, message: Message, frame: Frame) -> Iterator[Action]:
        self._requests += 1
        if self._requests > _MOST_REQUESTS:
            yield self._finish(f"the client made more than {_MOST_REQUESTS} requests", reset=True)
            return
        if not isinstance(message, TextRequest) or not self.speaker.version:  # a hello says more
            self.speaker = speaker_of(message) or self.speaker
        match message:
            case Hello() | LegacyHello():
                self._note("legacy hello" if isinstance(message, LegacyHello) else "hello")
                self.vendor = message.vendor.partition("\0")[0]
                if self.vendor and self._vendors and self.vendor not in self._vendors:
                    self._note(f"not allowed: {printable(self.vendor, _SHOWN)}")
                    self.refused = "-97"
                    yield ToClient(_NO_SUCH_DAEMON)
                    return
            case TextRequest() if message.command in TEXTS:
                self._note(message.command)
            case TextRequest(command=command) if command == QUESTION:
                self._note(QUESTION)
                self.state = HandshakeState.ECHOING
                yield Echo(encode(TextAnswer(text=WILLING)))
                return
            case TextRequest():
                self._note(f"not passed on: {printable(message.command, _SHOWN) or 'the license file'}")
                yield ToClient(_UNREADABLE)
                return
            case _:
                self._note("not passed on: another request")
                yield ToClient(_UNREADABLE)
                return
        self._request, self._message = frame.raw, message
        if self._straight is not None:
            yield from self._go_straight(*self._straight)
            return
        self.state = HandshakeState.LISTENING if self.damaged else HandshakeState.ASKING
        yield ToLmgrd(frame.raw, hello=self._names_a_daemon)

    def _go_straight(self, host: str, port: int) -> Iterator[Action]:
        if self._names_a_daemon:
            self.state = HandshakeState.GOING
            yield GoToVendor(host, port, self._request)
        else:  # what only lmgrd answers
            yield ToClient(_UNREADABLE)

    @property
    def _names_a_daemon(self) -> bool:
        return isinstance(self._message, Hello | LegacyHello) and bool(self.vendor)

    def refer_to(self, host: str, port: int) -> tuple[Action, ...]:
        """Take lmgrd's answer to another client's hello for the answer to this one."""
        self.state = HandshakeState.GOING
        return (GoToVendor(host, port, self._request),)

    def ask_again(self) -> tuple[Action, ...]:
        """Ask lmgrd itself, since an answer that it gave before does not hold any more."""
        self.state = HandshakeState.ASKING
        return (ToLmgrd(self._request),)

    # lmgrd's side.

    def _hear(self) -> Iterator[Action]:
        while self.state in {HandshakeState.ASKING, HandshakeState.LISTENING}:
            try:
                frame = self._lmgrd.next_frame()
                if frame is NEED_DATA or not isinstance(frame, Frame):
                    return
                message = frame.message()
            except RemoteProtocolError:
                yield from self._pass_damage()  # the client must see it
                return
            del self._from_lmgrd[: len(frame.raw)]
            yield from self._answered(message, frame)
            yield from self._listen()  # what the client sent meanwhile

    def _answered(self, answer: Message, frame: Frame) -> Iterator[Action]:
        named = self._names_a_daemon
        match answer:
            case Referral() if named and self._rewrite:
                self.state = HandshakeState.LISTENING
                yield Refer(answer)
            case Referral() if named:
                self.state = HandshakeState.GOING
                self.was_referred = True
                yield GoToVendor(answer.host, port_dialled(answer.port), self._request)
            case HelloAnswer() if named:  # the license path names the vendor daemon itself
                self._from_lmgrd[:0] = frame.raw
                yield self._join()
            case _:
                self._refused(answer)
                if not _goes_on(answer):
                    self.state = HandshakeState.LISTENING
                yield ToClient(frame.raw)

    def _refused(self, answer: Message) -> None:
        if isinstance(answer, LegacyError):
            self.refused = printable(answer.text.partition("\0")[0], _SHOWN)

    def _join(self) -> JoinLmgrd:
        action = JoinLmgrd(bytes(self._from_lmgrd), bytes(self._from_client))
        self._from_lmgrd.clear()
        self._from_client.clear()
        self.state = HandshakeState.COPYING
        return action

    # The end.

    def vendor_reached(self) -> bytes:
        """Note that bytes are copied from now on. Return what the client said meanwhile."""
        self.state = HandshakeState.COPYING
        held = bytes(self._from_client)
        self._from_client.clear()
        return held

    def end(self) -> None:
        """Note that it is over."""
        self.state = HandshakeState.ENDED

    def _finish(self, why: str, *, reset: bool) -> Finish:
        self.state = HandshakeState.ENDED
        return Finish(why, reset)

    def _note(self, asked: str) -> None:
        if len(self.asked) < 16:  # noqa: PLR2004 - a log line stays a line
            self.asked.append(asked)


def _goes_on(answer: Message) -> bool:
    """Whether another piece of this text follows."""
    if not isinstance(answer, LegacyText):
        return False
    digits = answer.remaining.partition("\0")[0].strip()
    return digits.isascii() and digits.isdecimal() and int(digits) > len(answer.chunk)
