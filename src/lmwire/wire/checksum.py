"""The three checksums of the wire."""

from __future__ import annotations

import anycrc

__all__ = ["crc", "header_sum", "legacy_sum"]

# Reflected polynomial 0x3A5D, that is CRC-14 with poly 0x2E97, worked as a 16-bit register: hence always below
# 0x4000. Reproduces every published and every observed packet. [pub][obs]
_REFLECTED = 0x3A5D
_POLYNOMIAL = int(f"{_REFLECTED:016b}"[::-1], 2)
_CRC = anycrc.CRC(width=16, poly=_POLYNOMIAL, init=0, refin=True, refout=True, xorout=0)


def crc(frame: bytes | bytearray) -> int:
    """Return the CRC that belongs at bytes 2..3 of a modern frame: over bytes 4 to the end."""
    value: int = _CRC.calc(frame[4:])
    return value


def header_sum(frame: bytes | bytearray) -> int:
    """Return the sum that belongs at byte 1 of a modern frame: byte 0 and bytes 2..19, modulo 256."""
    return (frame[0] + sum(frame[2:20])) & 0xFF


def legacy_sum(frame: bytes | bytearray) -> int:
    """Return the sum that belongs at byte 1 of a legacy frame: every other byte, modulo 256."""
    return (frame[0] + sum(frame[2:])) & 0xFF
