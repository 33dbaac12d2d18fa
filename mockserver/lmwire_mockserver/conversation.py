"""The record of each connection: the client, its requests, the answers, the end."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from lmwire.session import (
    HelloReceived,
    OtherReceived,
    QueryReceived,
    UnreadableReceived,
    VersionReceived,
)
from lmwire.session.speaker import Speaker, speaker_of
from lmwire.text import printable
from lmwire.wire import HelloAnswer, LegacyError, Message, Referral, TextAnswer, Version

__all__ = [
    "Conversation",
    "DaemonKind",
    "EndReason",
    "Request",
    "Speaker",
    "describe_answer",
    "describe_request",
    "speaker",
]

_SHOWN = 128

Request = HelloReceived | QueryReceived | VersionReceived | OtherReceived | UnreadableReceived


class DaemonKind(enum.Enum):
    """The kind of the daemon."""

    LMGRD = "lmgrd"
    VENDOR = "vendor"


class EndReason(enum.Enum):
    """How a connection ended."""

    BY_CLIENT = "the client closed"
    RESET_BY_CLIENT = "the client reset"
    BY_SERVER = "the server closed"
    RESET_BY_SERVER = "the server reset"
    IDLE = "idle for too long"
    LIFETIME = "open for too long"
    BYTES = "too many bytes"
    REQUESTS = "too many requests"
    EVICTED = "made room for others"
    STOPPED = "the mock stopped"
    FAILED = "the mock failed"
    NOT_YET = "still open"


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """One connection, from accept to its end, or until now. Every text that came from the client is escaped.

    Attributes:
        time: of the accept, UTC.
        daemon: the vendor daemon's name; "lmgrd" for lmgrd.
        port: the port connected to; `peer` and `peer_port` are the client's.
        asked, answered: in order, the first sixteen of each.
        client: its statements about itself.
        bytes_in, bytes_out: payload.
        seconds: from accept to end.
    """

    time: datetime
    role: DaemonKind
    daemon: str
    port: int
    peer: str
    peer_port: int
    asked: tuple[str, ...]
    answered: tuple[str, ...]
    client: Speaker
    bytes_in: int
    bytes_out: int
    seconds: float
    ended: EndReason

    def line(self) -> str:
        """Return it as one line of JSON, without the line's end."""
        return msgspec.json.encode(self).decode()


def describe_request(request: Request) -> str:
    """Return what was asked, in a word or two."""
    match request:
        case HelloReceived():
            return "legacy hello" if request.legacy else "hello"
        case QueryReceived():
            return printable(request.message.command, _SHOWN) or "license file"
        case VersionReceived():
            return "version"
        case OtherReceived():
            return f"other: {_kind(request.message)}"
        case UnreadableReceived():
            return f"garbage: {request.error.kind}"


def _kind(message: Message) -> str:
    kind = getattr(message, "type", None)
    return f"type {kind:#06x}" if isinstance(kind, int) else f"letter {getattr(message, 'letter', '?')}"


def describe_answer(message: Message) -> str:
    """Return what was answered, in a few words."""
    match message:
        case Referral():
            return f"referral to {printable(message.host, _SHOWN)}:{message.port}"
        case HelloAnswer():
            return f"hello answer of {printable(message.vendor, _SHOWN)}"
        case TextAnswer():
            return f"text, {len(message.text)} character{'s' * (len(message.text) != 1)}"
        case LegacyError():
            return f"error {message.text}"
        case Version():
            return "version"
        case _:
            return f"other: {_kind(message)}"


def speaker(request: Request) -> Speaker | None:
    """Return who the client of `request` says it is, or None when the request does not say."""
    return speaker_of(request.message) if isinstance(request, HelloReceived | QueryReceived) else None
