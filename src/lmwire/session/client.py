"""The client's side: hello, the legacy hello when the modern one gets no proper answer, text requests.

One session is one question on one connection. Socket, clock and identity come from outside:

    session = ClientSession(identity)
    session.say_hello("ibmratl", now=1795484795)
    send(session.data_to_send()); session.receive_data(receive()); event = session.next_event()
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from lmwire.session.events import Answered, ClientEvent, Ended, FellBack, Referred, Refused, TextReceived
from lmwire.session.fallback import leads_to_legacy
from lmwire.wire import (
    MAX_FRAME,
    NEED_DATA,
    EndOfStream,
    Frame,
    FrameReader,
    Hello,
    HelloAnswer,
    LegacyError,
    LegacyHello,
    LegacyText,
    LocalProtocolError,
    Message,
    MessageType,
    NeedData,
    Referral,
    RemoteProtocolError,
    TextAnswer,
    TextRequest,
    Unknown,
    encode,
)

__all__ = ["CLIENT_QUESTIONS", "CLIENT_TRANSITIONS", "NOBODY", "ClientSession", "ClientState", "Identity", "Reply"]

NOBODY: Final = "lmwire"
"""The vendor daemon that lmwire asks for without a name, to test whether lmgrd answers."""

_MAX_TEXT: Final = 1 << 20
_MAX_QUESTION: Final = 4096


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who the client says it is. All of it is shown in the server's log; text is Latin-1.

    `platform` is a FlexNet platform name such as `x64_linux`. The legacy hello has less room: it gets the first
    20, 32, 32 and 12 characters of user, host, display and platform.
    """

    user: str = "lmwire"
    host: str = "lmwire"
    display: str = "/dev/tty"
    platform: str = "x64_linux"
    pid: int = 0
    version_major: int = 11
    version_minor: int = 19


class ClientState(enum.Enum):
    """Where the conversation stands."""

    IDLE = "idle"
    HELLO_SENT = "hello sent"
    LEGACY_SENT = "legacy hello sent"
    TEXT_SENT = "text request sent"
    DONE = "answered"


class Reply(enum.Enum):
    """Kinds of answer, as far as the order of a conversation depends on them."""

    REFERRAL = "referral"
    HELLO_ANSWER = "hello answer"
    TEXT = "text"
    TEXT_PIECE = "a piece of text"
    ERROR = "W, whatever its code"
    UNEXPECTED = "another letter, or a readable message of another type"
    OTHER = "any other message"


class _Do(enum.Enum):
    """What follows from an answer."""

    REPORT = enum.auto()
    FALL_BACK = enum.auto()
    COLLECT = enum.auto()


CLIENT_TRANSITIONS: Final[Mapping[tuple[ClientState, Reply], tuple[_Do, ClientState]]] = {
    (ClientState.HELLO_SENT, Reply.REFERRAL): (_Do.REPORT, ClientState.DONE),
    (ClientState.HELLO_SENT, Reply.HELLO_ANSWER): (_Do.REPORT, ClientState.DONE),
    (ClientState.HELLO_SENT, Reply.ERROR): (_Do.FALL_BACK, ClientState.LEGACY_SENT),
    (ClientState.HELLO_SENT, Reply.UNEXPECTED): (_Do.FALL_BACK, ClientState.LEGACY_SENT),
    (ClientState.LEGACY_SENT, Reply.REFERRAL): (_Do.REPORT, ClientState.DONE),
    (ClientState.LEGACY_SENT, Reply.HELLO_ANSWER): (_Do.REPORT, ClientState.DONE),
    (ClientState.LEGACY_SENT, Reply.ERROR): (_Do.REPORT, ClientState.DONE),
    (ClientState.TEXT_SENT, Reply.TEXT): (_Do.REPORT, ClientState.DONE),
    (ClientState.TEXT_SENT, Reply.TEXT_PIECE): (_Do.COLLECT, ClientState.TEXT_SENT),
    (ClientState.TEXT_SENT, Reply.ERROR): (_Do.REPORT, ClientState.DONE),
}
"""(state, answer) → (what to do, next state). A pair that is not here is an answer out of order."""


CLIENT_QUESTIONS: Final[Mapping[tuple[ClientState, type[Message]], ClientState]] = {
    (ClientState.IDLE, Hello): ClientState.HELLO_SENT,
    (ClientState.IDLE, LegacyHello): ClientState.LEGACY_SENT,
    (ClientState.IDLE, TextRequest): ClientState.TEXT_SENT,
    (ClientState.LEGACY_SENT, LegacyHello): ClientState.LEGACY_SENT,
}
"""(state, question) → next state. A message that is not here moves nothing: it is not part of the handshake."""


class ClientSession:
    """One question, one connection.

    Args:
        identity: who asks.
        max_frame: longest answer to accept, in bytes.

    Attributes:
        fell_back: why the legacy hello followed the modern one; None when it did not.
    """

    def __init__(self, identity: Identity, *, max_frame: int = MAX_FRAME) -> None:
        self.identity = identity
        self.state = ClientState.IDLE
        self.fell_back: FellBack | None = None
        self._vendor = ""
        self._reader = FrameReader(max_frame=max_frame)
        self._heard = FrameReader(max_frame=_MAX_QUESTION)
        self._outgoing = bytearray()
        self._text = bytearray()

    def say_hello(self, vendor: str, *, now: int = 0) -> None:
        """Queue the modern hello for `vendor`; `now` is Unix time in seconds.

        Raises:
            LocalProtocolError: something was asked already, or a name cannot go on the wire.
        """
        who = self.identity
        hello = Hello(
            vendor=vendor,
            user=who.user,
            host=who.host,
            display=who.display,
            platform=who.platform,
            pid=who.pid,
            version_major=who.version_major,
            version_minor=who.version_minor,
            time=now,
        )
        self._ask(hello)
        self._vendor = vendor

    def ask_text(self, command: str, *, vendor: str = "", now: int = 0) -> None:
        """Queue a text request: `dlist` or `getpaths`. An empty command, which asks for the license keys, is refused.

        Raises:
            LocalProtocolError: as for `say_hello`, or `command` is empty.
        """
        if not command:
            raise LocalProtocolError("an empty text request asks for the license file, keys and all: not sent")
        who = self.identity
        request = TextRequest(
            command=command, user=who.user, host=who.host, display=who.display, vendor=vendor, time=now
        )
        self._ask(request)

    def _ask(self, message: Hello | TextRequest) -> None:
        if self.state is not ClientState.IDLE:
            raise LocalProtocolError(f"one question a connection; this one is at {self.state.value!r}")
        self._outgoing += encode(message)
        self.state = CLIENT_QUESTIONS[self.state, type(message)]

    def overhear(self, data: bytes) -> list[Message]:
        """Take note of bytes that another client was seen to send, as if this session had sent them.

        For captures: nothing is queued, and the answers are read with `receive_data` and `next_event` as ever. The
        state moves as `CLIENT_QUESTIONS` says.

        Returns:
            The messages that are complete now, in order; those without a place in the table, too.

        Raises:
            RemoteProtocolError: the bytes are not the protocol.
        """
        self._heard.receive_data(data)
        messages: list[Message] = []
        while isinstance(frame := self._heard.next_frame(), Frame):
            message = frame.message()
            messages.append(message)
            self.state = CLIENT_QUESTIONS.get((self.state, type(message)), self.state)
            if isinstance(message, Hello | LegacyHello):
                self._vendor = message.vendor
        return messages

    @property
    def pending(self) -> int:
        """How many bytes came that are not (yet) a whole answer."""
        return self._reader.buffered + (len(self._text) if self.state is ClientState.TEXT_SENT else 0)

    def data_to_send(self) -> bytes:
        """Return what is to be sent now, and forget it."""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def receive_data(self, data: bytes) -> None:
        """Store what the server sent; empty means that it closed its side."""
        if data:
            self._reader.receive_data(data)
        else:
            self._reader.receive_eof()

    def next_event(self) -> ClientEvent | NeedData:
        """Return what happened next, or `NEED_DATA`.

        Raises:
            RemoteProtocolError: malformed bytes, or an answer out of order (kind "order").
        """
        while True:
            frame = self._reader.next_frame()
            if isinstance(frame, NeedData):
                return NEED_DATA
            if isinstance(frame, EndOfStream):
                return Ended()
            event = self._take(frame)
            if event is not None:
                return event

    def _take(self, frame: Frame) -> ClientEvent | None:
        if self.state is ClientState.HELLO_SENT and leads_to_legacy(frame):
            return self._fall_back(FellBack(), Reply.UNEXPECTED)  # whatever its body holds besides
        message = frame.message()
        reply = _reply_kind(message)
        found = CLIENT_TRANSITIONS.get((self.state, reply))
        if found is None:
            reason = f"{_describe(message)} is not an answer while the conversation is at {self.state.value!r}"
            raise RemoteProtocolError(reason, kind="order", offset=6 if frame.modern else 0, data=frame.raw)
        if isinstance(message, LegacyError) and found[0] is _Do.FALL_BACK:
            return self._fall_back(FellBack(message.error, message.text), reply)
        was, (action, self.state) = self.state, found
        if action is _Do.COLLECT:
            return self._collect(message, frame)
        return _event(message, legacy=was is ClientState.LEGACY_SENT)

    def _fall_back(self, why: FellBack, reply: Reply) -> FellBack:
        """Queue the legacy hello."""
        _, self.state = CLIENT_TRANSITIONS[self.state, reply]
        self._outgoing += encode(self._legacy_hello())
        self.fell_back = why
        return why

    def _legacy_hello(self) -> LegacyHello:
        who = self.identity
        # One character less than each field's size: an old server may read up to a NUL. [inf]
        return LegacyHello(
            vendor=self._vendor[:10],
            user=who.user[:20],
            host=who.host[:32],
            display=who.display[:32],
            platform=who.platform[:12],
            pid=str(who.pid),
            version_major=who.version_major,
            version_minor=who.version_minor,
        )

    def _collect(self, message: Message, frame: Frame) -> TextReceived | None:
        if not isinstance(message, LegacyText):  # the table sends nothing else here
            raise TypeError(message)
        digits = message.remaining.split("\0", 1)[0].strip()
        if not (digits.isascii() and digits.isdecimal()):
            reason = "a text piece without a count of what remains"
            raise RemoteProtocolError(reason, kind="body", offset=2, data=frame.raw)
        remaining = int(digits)
        self._text += message.chunk[: min(remaining, len(message.chunk))]
        if len(self._text) > _MAX_TEXT:
            raise RemoteProtocolError("an endless text", kind="length", offset=2, data=frame.raw)
        if remaining > len(message.chunk):
            return None
        self.state = ClientState.DONE
        return TextReceived(self._text.decode("latin-1"))


def _reply_kind(message: Message) -> Reply:
    for cls, reply in _REPLIES:
        if isinstance(message, cls):
            return reply
    is_error = isinstance(message, LegacyError) and message.letter == "W"
    return Reply.ERROR if is_error else Reply.OTHER


_REPLIES: Final = (
    (Referral, Reply.REFERRAL),
    (HelloAnswer, Reply.HELLO_ANSWER),
    (TextAnswer, Reply.TEXT),
    (LegacyText, Reply.TEXT_PIECE),
)


def _event(message: Message, *, legacy: bool) -> ClientEvent:
    match message:
        case Referral():
            return Referred(message, legacy)
        case HelloAnswer():
            return Answered(message, legacy)
        case TextAnswer():
            return TextReceived(message.text)
        case LegacyError():
            return Refused(message.error, message.text, legacy)
        case _:  # the table sends nothing else here
            raise TypeError(message)


def _describe(message: Message) -> str:
    if isinstance(message, Unknown):
        try:
            return f"a message of type {message.number:#06x} ({MessageType(message.number).name})"
        except ValueError:
            return f"a message of unknown type {message.number:#06x}"
    return f"a {type(message).__name__}"
