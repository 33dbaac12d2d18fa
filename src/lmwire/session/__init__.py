"""Both sides of a conversation, without sockets or a clock: bytes in, typed events out, and bytes to send."""

from lmwire.session.client import (
    CLIENT_QUESTIONS,
    CLIENT_TRANSITIONS,
    NOBODY,
    ClientSession,
    ClientState,
    Identity,
    Reply,
)
from lmwire.session.events import (
    Answered,
    Ended,
    FellBack,
    HelloReceived,
    OtherReceived,
    QueryReceived,
    Referred,
    Refused,
    TextReceived,
    UnreadableReceived,
    VersionReceived,
)
from lmwire.session.foreign import identify
from lmwire.session.server import SERVER_TRANSITIONS, Request, ServerSession, ServerState
from lmwire.session.text import format_daemons, parse_daemons

__all__ = [
    "CLIENT_QUESTIONS",
    "CLIENT_TRANSITIONS",
    "NOBODY",
    "SERVER_TRANSITIONS",
    "Answered",
    "ClientSession",
    "ClientState",
    "Ended",
    "FellBack",
    "HelloReceived",
    "Identity",
    "OtherReceived",
    "QueryReceived",
    "Referred",
    "Refused",
    "Reply",
    "Request",
    "ServerSession",
    "ServerState",
    "TextReceived",
    "UnreadableReceived",
    "VersionReceived",
    "format_daemons",
    "identify",
    "parse_daemons",
]
