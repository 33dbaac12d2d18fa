"""What a session reports. Frozen values; the last of a conversation is always `Ended` or an error raised."""

from __future__ import annotations

import msgspec

from lmwire.wire import (
    Hello,
    HelloAnswer,
    LegacyHello,
    Message,
    Referral,
    RemoteProtocolError,
    TextRequest,
    Version,
)

__all__ = [
    "Answered",
    "ClientEvent",
    "Ended",
    "FellBack",
    "HelloReceived",
    "OtherReceived",
    "QueryReceived",
    "Referred",
    "Refused",
    "ServerEvent",
    "TextReceived",
    "UnreadableReceived",
    "VersionReceived",
]


class Referred(msgspec.Struct, frozen=True):
    """lmgrd named the vendor daemon's host and port. `legacy`: it understood only the legacy hello."""

    message: Referral
    legacy: bool = False


class Answered(msgspec.Struct, frozen=True):
    """A vendor daemon answered the hello. `legacy`: it understood only the legacy hello."""

    message: HelloAnswer
    legacy: bool = False


class Refused(msgspec.Struct, frozen=True):
    """The server answered with an error. `code` is None when its text is not a number; `text` is then all there is."""

    code: int | None
    text: str
    legacy: bool = False


class TextReceived(msgspec.Struct, frozen=True):
    """The whole answer to a text request."""

    text: str


class FellBack(msgspec.Struct, frozen=True):
    """The modern hello got no proper answer; the legacy one is ready in `data_to_send()`.

    `code` and `text` are the error's, when the answer was an error; `code` is None when `text` is not a number.
    """

    code: int | None = None
    text: str = ""


class Ended(msgspec.Struct, frozen=True):
    """The other side closed between two messages."""


class HelloReceived(msgspec.Struct, frozen=True):
    """A client says hello and names a vendor daemon."""

    message: Hello | LegacyHello

    @property
    def legacy(self) -> bool:
        """Whether it was the 147-byte hello."""
        return isinstance(self.message, LegacyHello)


class QueryReceived(msgspec.Struct, frozen=True):
    """A client asks for text."""

    message: TextRequest


class VersionReceived(msgspec.Struct, frozen=True):
    """A client asks for the server's version."""

    message: Version


class OtherReceived(msgspec.Struct, frozen=True):
    """A well-formed message that is not part of the handshake."""

    message: Message


class UnreadableReceived(msgspec.Struct, frozen=True):
    """Bytes that are not a message: real lmgrd answers `W -60` to them."""

    error: RemoteProtocolError


ClientEvent = Referred | Answered | Refused | TextReceived | FellBack | Ended
ServerEvent = HelloReceived | QueryReceived | VersionReceived | OtherReceived | UnreadableReceived | Ended
