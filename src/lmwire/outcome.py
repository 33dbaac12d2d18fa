"""How a talk ended: from a session's events and a server's first bytes to the fields of a `Leg`. Pure.

The probe and the reader of captures both end their talks here, so that the same bytes are the same evidence.
"""

from __future__ import annotations

from typing import Final

import msgspec

from lmwire.evidence import Answer, Dialogue, Leg
from lmwire.session import Answered, Ended, Referred, Refused, TextReceived, identify
from lmwire.session.events import ClientEvent
from lmwire.wire import MAGIC, Referral, RemoteProtocolError

__all__ = ["START", "Told", "cut_short", "foreign", "malformed", "told"]

START: Final = 128
"""First bytes of a server's talk that are kept, to tell another protocol by and to show."""

_LEGACY_LETTERS: Final = frozenset({b"h", b"W", b"L", b"l", b"N", b"H"})


class Told(msgspec.Struct, frozen=True):
    """A leg, and what it brought: the referral or the text, when it was answered with one."""

    leg: Leg
    referral: Referral | None = None
    text: str = ""


def told(leg: Leg, event: ClientEvent) -> Told:
    """Return what a session's last event says. `FellBack` is not a last event: TypeError."""
    change = msgspec.structs.replace
    match event:
        case Referred(message, legacy):
            return Told(change(leg, dialogue=Dialogue.ANSWERED, answer=Answer.REFERRAL, legacy=legacy), message)
        case Answered(message, legacy):
            answered = change(
                leg,
                dialogue=Dialogue.ANSWERED,
                answer=Answer.HELLO,
                legacy=legacy,
                peer=message.vendor,
                version=f"{message.version_major}.{message.version_minor}",
            )
            return Told(answered)
        case Refused(code, text, legacy):
            detail = "" if code is not None else text
            return Told(change(leg, dialogue=Dialogue.ERROR, code=code, detail=detail, legacy=legacy))
        case TextReceived(text):
            return Told(change(leg, dialogue=Dialogue.ANSWERED, answer=Answer.TEXT), text=text)
        case Ended():
            return Told(change(leg, dialogue=Dialogue.CLOSED))
        case _:
            raise TypeError(event)


def malformed(leg: Leg, start: bytes, error: RemoteProtocolError) -> Leg:
    """Return the leg of a server whose bytes, beginning with `start`, are not the protocol."""
    # A frame whose checksums were right, or nearly so, is FlexNet's; of the rest the first bytes must look like it.
    sure = error.kind in {"order", "body", "crc", "length"}
    if error.kind == "magic" or not (sure or _looks_like_flexnet(start)):
        return foreign(leg, identify(start) or "unknown")
    return msgspec.structs.replace(leg, dialogue=Dialogue.GARBLED, fault=error.kind, detail=error.reason)


def cut_short(leg: Leg, start: bytes, detail: str) -> Leg:
    """Return the leg of a server that began an answer, with `start`, and did not end it."""
    if not _looks_like_flexnet(start):
        return foreign(leg, identify(start) or "unknown")
    return msgspec.structs.replace(leg, dialogue=Dialogue.GARBLED, fault="truncated", detail=detail)


def foreign(leg: Leg, service: str) -> Leg:
    """Return the leg of a server that speaks another protocol."""
    return msgspec.structs.replace(leg, dialogue=Dialogue.FOREIGN, service=service)


def _looks_like_flexnet(start: bytes) -> bool:
    """Whether `start` may be a damaged frame: modern by its first byte, legacy by its letter and NUL padding."""
    return start[:1] == bytes((MAGIC,)) or (start[:1] in _LEGACY_LETTERS and b"\0" in start[2:])
