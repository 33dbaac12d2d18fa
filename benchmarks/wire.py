"""Frames a second: our reader against the tersest decoder that one would write by hand."""

from __future__ import annotations

import struct
import time

import anycrc

from benchmarks.figure import Figure, median_of
from lmwire.wire import Frame, FrameReader, Hello, HelloAnswer, Referral, encode

__all__ = ["decoding"]

_ROUNDS = 20
_COPIES = 700

_MESSAGES = (
    Hello(vendor="ibmratl", user="carol", host="ws7"),
    Referral(host="licsrv", port=27001),
    HelloAnswer(vendor="ibmratl"),
)
_MIX = b"".join(map(encode, _MESSAGES)) * _COPIES
_FRAMES = len(_MESSAGES) * _COPIES

_crc = anycrc.CRC(width=16, poly=0xBA5C, init=0, refin=True, refout=True, xorout=0).calc
_unpack = struct.Struct(">BBHHHI5sBBB").unpack_from


def _by_hand() -> int:
    """Decode and verify with struct alone: no errors, no pieces, no bounds, nothing but the happy path."""
    found = []
    data, at, end = _MIX, 0, len(_MIX)
    while at < end:
        header = _unpack(data, at)
        length = header[7] << 16 | header[3]
        raw = data[at : at + length]
        if (raw[0] + sum(raw[2:20])) & 0xFF != header[1] or _crc(raw[4:]) != header[2]:
            raise ValueError(at)
        found.append((header, raw))
        at += length
    return len(found)


def _by_reader() -> int:
    reader = FrameReader()
    reader.receive_data(_MIX)
    found = []
    while isinstance(frame := reader.next_frame(), Frame):
        found.append(frame)
    return len(found)


def _rate(decode: object) -> float:
    began = time.perf_counter()
    count = sum(decode() for _ in range(_ROUNDS))  # type: ignore[operator] # one of the two above
    if count != _ROUNDS * _FRAMES:
        raise AssertionError(f"{count} frames instead of {_ROUNDS * _FRAMES}")
    return count / (time.perf_counter() - began)


def decoding() -> Figure:
    """Compare the two in turn, so that a slow moment of the machine hits both."""
    ratio = median_of(7, lambda: _rate(_by_reader) / _rate(_by_hand))
    ours, theirs = _rate(_by_reader), _rate(_by_hand)
    return Figure(
        name="frames decoded and verified, against a hand-written struct decoder",
        measured=f"{ratio:.2f} of its rate ({ours:,.0f} against {theirs:,.0f} frames a second)",
        goal="at least 0.33",
        met=ratio >= 1 / 3,
    )
