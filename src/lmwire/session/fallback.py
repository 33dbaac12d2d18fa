"""Which answers to the modern hello make a client repeat it as a legacy one, on the same connection.

Measured with the unmodified 11.18 and 11.19 clients on Linux: every letter of a legacy frame, and every modern message
whose type the client knows and whose body it can read, though it is not an answer to a hello. [obs] A body that is too
short for its type is reported as -42, and a type that the client does not know as -140. [obs] Both end the talk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lmwire.wire import Frame, MessageType
from lmwire.wire.definitions import HEADER_SIZE

__all__ = ["leads_to_legacy"]

_ERROR: Final = ord("W")

# Types by what their bodies must hold at least: NUL-ended texts, then bytes. [obs] Types that the client reads more
# closely than that are left out.
_READABLE: Final[Mapping[tuple[int, int], frozenset[int]]] = {
    (0, 0): frozenset({MessageType.NOTHING, 0x0109, 0x0119, 0x011B, 0x0121, 0x0125, 0x0133, 0x0134, 0x0141, 0x0142})
    | frozenset({0x0144, 0x0145, MessageType.VERSION, 0x0150, 0x0152, 0x0156, 0x0163, 0x0169, 0x016E}),
    (1, 0): frozenset({0x0103, 0x0104, 0x0115, 0x0129, 0x0135, 0x0136, 0x0137, 0x0143, 0x0154, 0x0167, 0x0168}),
    (2, 0): frozenset({0x0138, 0x0139, 0x013A, MessageType.FEATURE_LIST, MessageType.FEATURE_STATUS, 0x013E, 0x0140})
    | frozenset({0x0147, 0x0148, 0x0160, 0x0164, 0x0165}),
    (2, 1): frozenset({0x0118}),
    (3, 0): frozenset({0x0107, 0x013D, 0x0159}),
    (1, 4): frozenset({0x0105, 0x0110, 0x0155, 0x0157, 0x0158, 0x0166}),
}
_NEEDS: Final = {number: needs for needs, numbers in _READABLE.items() for number in numbers}


def leads_to_legacy(frame: Frame) -> bool:
    """Whether a client that gets `frame` for an answer to its modern hello repeats the hello as a legacy one.

    Not for `W`, which does so too, and which has an error code besides.
    """
    if not frame.modern:
        return frame.type != _ERROR
    needs = _NEEDS.get(frame.type)
    if needs is None:
        return False
    texts, rest = needs
    *ended, left = frame.raw[HEADER_SIZE:].split(b"\0", texts)
    return len(ended) == texts and len(left) >= rest
