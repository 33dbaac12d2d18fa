"""Recognizes other protocols on license ports by their first bytes.

Our hello is what made them speak: an HTTP server says 400 to it, a TLS server sends an alert, an SSH server had sent
its banner already.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["identify"]

_SIGNATURES: Final[tuple[tuple[str, re.Pattern[bytes]], ...]] = tuple(
    (name, re.compile(pattern, re.DOTALL | re.IGNORECASE))
    for name, pattern in (
        ("HTTP", rb"HTTP/\d"),
        ("HTTP", rb"\s*<(!doctype )?html"),
        ("TLS", rb"[\x14-\x17]\x03[\x00-\x04]"),
        ("SSH", rb"SSH-\d"),
        # Reprise License Manager, which Perforce Validate for one puts on 27000: nmap-service-probes has its answer.
        ("RLM", rb"\x01\x00\x0c\x00LY"),
        ("FTP", rb"220[ -][^\r\n]*ftp"),
        ("SMTP", rb"220[ -][^\r\n]*(smtp|mail)"),
        ("FTP or SMTP", rb"220[ -]"),
        ("SMTP", rb"421[ -]|554[ -]"),
        ("POP3", rb"\+OK "),
        ("IMAP", rb"\* (OK|BYE) "),
        ("VNC", rb"RFB \d{3}\.\d{3}"),
        ("Redis", rb"-(ERR|NOAUTH|DENIED) "),
        ("MySQL", rb".\x00\x00\x00(\x0a\d+\.|\xff)"),
        ("PostgreSQL", rb"E\x00\x00..S(ERROR|FATAL)"),
        ("RDP", rb"\x03\x00...\xd0"),
        ("SMB", rb"\x00\x00..[\xff\xfe]SMB"),
        ("SOCKS", rb"\x05[\x00-\x02\xff]$"),
        ("Telnet", rb"\xff[\xfb-\xfe]."),
        ("RTSP", rb"RTSP/\d"),
        ("SIP", rb"SIP/\d"),
        ("AMQP", rb"AMQP"),
        ("X11", rb"\x00.\x0b\x00\x00\x00"),
    )
)


def identify(data: bytes) -> str | None:
    """Return the name of the protocol that starts like `data`, or None. Looks at the first 128 bytes only."""
    start = data[:128]
    for name, pattern in _SIGNATURES:
        if pattern.match(start):
            return name
    return None
