"""The server's side: reads what clients ask, on any number of requests a connection.

It decides nothing: the caller answers each event with `send`, and nothing it can send grants a license, because
no such message is defined.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from lmwire.session.events import (
    Ended,
    HelloReceived,
    OtherReceived,
    QueryReceived,
    ServerEvent,
    UnreadableReceived,
    VersionReceived,
)
from lmwire.wire import (
    LEGACY_SIZE,
    NEED_DATA,
    EndOfStream,
    FrameReader,
    Hello,
    HelloAnswer,
    LegacyError,
    LegacyHello,
    LegacyMessage,
    LegacyText,
    LocalProtocolError,
    Message,
    NeedData,
    Referral,
    RemoteProtocolError,
    TextAnswer,
    TextRequest,
    Unknown,
    Version,
    encode,
)

__all__ = ["SERVER_TRANSITIONS", "Request", "ServerSession", "ServerState"]

_MAX_REQUEST: Final = 4096


class ServerState(enum.Enum):
    """Where the conversation stands."""

    LISTENING = "listening"
    ASKED = "asked"


class Request(enum.Enum):
    """Kinds of request."""

    HELLO = "hello"
    TEXT = "text request"
    VERSION = "version request"
    OTHER = "any other message"
    UNREADABLE = "no message"


SERVER_TRANSITIONS: Final[Mapping[Request, tuple[type[Message], ...]]] = {
    Request.HELLO: (Referral, HelloAnswer, LegacyError, Unknown),
    Request.TEXT: (TextAnswer, LegacyText, LegacyError),
    Request.VERSION: (Version, LegacyError),
    Request.OTHER: (LegacyError, LegacyMessage),
    Request.UNREADABLE: (LegacyError,),
}
"""Request → answers that may follow it. A text answer may come in several `LegacyText` pieces."""


class ServerSession:
    """The server's side of one connection.

    Args:
        max_request: longest request to read, in bytes; honest ones are below 500.
    """

    def __init__(self, *, max_request: int = _MAX_REQUEST) -> None:
        self.state = ServerState.LISTENING
        self._max_request = max_request
        self._reader = FrameReader(max_frame=max_request)
        self._request: Request | None = None
        self._garbage: RemoteProtocolError | None = None
        self._received = 0
        self._eof = False

    def receive_data(self, data: bytes) -> None:
        """Store what the client sent; empty means that it closed its side."""
        if data:
            self._received += len(data)
            self._reader.receive_data(data)
        else:
            self._eof = True
            self._reader.receive_eof()

    def next_event(self) -> ServerEvent | NeedData:
        """Return the next request, or `NEED_DATA`. Never raises for what a client sent."""
        if self._garbage is None:
            try:
                frame = self._reader.next_frame()
                if isinstance(frame, NeedData):
                    return NEED_DATA
                if isinstance(frame, EndOfStream):
                    return Ended()
                self._received = self._reader.buffered
                return self._asked(frame.message())
            except RemoteProtocolError as error:
                self._garbage = error
        return self._unreadable(self._garbage)

    def _unreadable(self, error: RemoteProtocolError) -> ServerEvent | NeedData:
        # A frame that is ours but damaged is answered at once; garbage once it is as long as a legacy request, as
        # real lmgrd does it. [pub]
        if error.kind == "magic" and self._received < LEGACY_SIZE:
            return Ended() if self._eof else NEED_DATA
        if error.kind == "truncated":
            return Ended()
        self._garbage, self._received = None, 0
        self._reader = FrameReader(max_frame=self._max_request)
        if self._eof:
            self._reader.receive_eof()
        self.state, self._request = ServerState.ASKED, Request.UNREADABLE
        return UnreadableReceived(error)

    def _asked(self, message: Message) -> ServerEvent:
        self.state = ServerState.ASKED
        event: ServerEvent
        match message:
            case Hello() | LegacyHello():
                self._request, event = Request.HELLO, HelloReceived(message)
            case TextRequest():
                self._request, event = Request.TEXT, QueryReceived(message)
            case Version():
                self._request, event = Request.VERSION, VersionReceived(message)
            case _:
                self._request, event = Request.OTHER, OtherReceived(message)
        return event

    def send(self, message: Message) -> bytes:
        """Return the bytes of an answer to the last request.

        Raises:
            LocalProtocolError: nothing was asked, or `message` is not an answer to it.
        """
        if self._request is None:
            raise LocalProtocolError("nothing was asked that this could answer")
        if not isinstance(message, SERVER_TRANSITIONS[self._request]):
            raise LocalProtocolError(f"a {type(message).__name__} is not an answer to a {self._request.value}")
        self.state = ServerState.LISTENING
        return encode(message)
