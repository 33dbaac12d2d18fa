"""What a client says about itself in a hello or a text request, made safe to be shown."""

from __future__ import annotations

from typing import Final

import msgspec

from lmwire.text import printable
from lmwire.wire import Hello, LegacyHello, Message, TextRequest

__all__ = ["Speaker", "speaker_of"]

_SHOWN: Final = 128


class Speaker(msgspec.Struct, frozen=True, kw_only=True):
    """The client's statements about itself, escaped for display. They may be false."""

    user: str = ""
    host: str = ""
    display: str = ""
    vendor: str = ""
    platform: str = ""
    version: str = ""
    pid: str = ""


def speaker_of(message: Message) -> Speaker | None:
    """Return who the client says it is, or None when a message of this type does not say."""
    if not isinstance(message, Hello | LegacyHello | TextRequest):
        return None
    hello = None if isinstance(message, TextRequest) else message
    return Speaker(
        user=printable(message.user, _SHOWN),
        host=printable(message.host, _SHOWN),
        display=printable(message.display, _SHOWN),
        vendor=printable(message.vendor, _SHOWN),
        platform=printable(hello.platform, _SHOWN) if hello else "",
        version=f"{hello.version_major}.{hello.version_minor}" if hello else "",
        pid=printable(str(hello.pid), _SHOWN) if hello else "",
    )
