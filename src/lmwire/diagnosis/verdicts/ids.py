"""The ids of all verdicts, and the variants of those that can have several causes."""

from __future__ import annotations

import enum

__all__ = ["Variant", "VerdictId"]


class VerdictId(enum.StrEnum):
    """The verdicts: part of the public API. Each has a `VerdictSpec` beside this module."""

    HEALTHY = "healthy"
    NAME_UNRESOLVABLE = "name-unresolvable"
    LMGRD_FILTERED = "lmgrd-filtered"
    LMGRD_REFUSED = "lmgrd-refused"
    LMGRD_REJECTED = "lmgrd-rejected"
    LMGRD_UNREACHABLE = "lmgrd-unreachable"
    LMGRD_DENIED = "lmgrd-denied"
    LMGRD_SILENT = "lmgrd-silent"
    LMGRD_CLOSES = "lmgrd-closes"
    LMGRD_PAYLOAD_LOST = "lmgrd-payload-lost"
    LMGRD_GARBLED = "lmgrd-garbled"
    LMGRD_FOREIGN = "lmgrd-foreign"
    VENDOR_DAEMON_DOWN = "vendor-daemon-down"
    LMGRD_ERROR = "lmgrd-error"
    RANGE_SHADOWED = "range-shadowed"
    REFERRAL_INVALID = "referral-invalid"
    REFERRAL_UNRESOLVABLE = "referral-unresolvable"
    REFERRAL_ELSEWHERE = "referral-elsewhere"
    REFERRAL_LOOPBACK = "referral-loopback"
    VENDOR_FILTERED = "vendor-filtered"
    VENDOR_REFUSED = "vendor-refused"
    VENDOR_REJECTED = "vendor-rejected"
    VENDOR_UNREACHABLE = "vendor-unreachable"
    VENDOR_DENIED = "vendor-denied"
    VENDOR_SILENT = "vendor-silent"
    VENDOR_CLOSES = "vendor-closes"
    VENDOR_PAYLOAD_LOST = "vendor-payload-lost"
    VENDOR_GARBLED = "vendor-garbled"
    VENDOR_FOREIGN = "vendor-foreign"
    VENDOR_ERROR = "vendor-error"
    INCONCLUSIVE = "inconclusive"


class Variant(enum.StrEnum):
    """The variants of verdicts that can have several causes. The values of `NameFault` are variants, too."""

    DIRECT = "direct"
    """A vendor daemon answers on the very port of the license path."""
    OTHER_DAEMON = "other daemon"
    """Another vendor daemon answers than the one asked for."""
    DIRECT_OTHER_DAEMON = "direct, other daemon"
    """Both: another vendor daemon answers on the very port of the license path."""
    THIS_HOST = "this_host"
    """A license file whose SERVER line names no server."""
    LISTED = "listed"
    """lmgrd itself named the vendor daemon, to `dlist`."""
    UNLISTED = "unlisted"
    """lmgrd named its vendor daemons, to `dlist`, and not this one."""
    WORDS = "words"
    """An error without a code."""
    STOPPED = "stopped"
    """The caller's settings ended the walk at the referral."""
    NAMELESS = "nameless"
    """A referral without a host."""
    CIRCLE = "circle"
    """A referral that leads back to lmgrd."""
    ADDRESS = "address"
    """A referral whose host is an address."""
    ELSEWHERE = "elsewhere"
    """Met at another address than the one at which lmgrd gave the referral."""
    ORDER = "order"
    """A proper message at the wrong place."""
