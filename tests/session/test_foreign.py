"""Other protocols by their first bytes."""

from __future__ import annotations

import pytest

from lmwire.session import identify
from tests.vectors_table import vectors

BANNERS = [
    (b"HTTP/1.1 400 Bad Request\r\n", "HTTP"),
    (b"\n<html><body>", "HTTP"),
    (b"\x15\x03\x03\x00\x02\x02\x32", "TLS"),
    (b"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH"),
    (b"\x01\x00\x0c\x00LYEfffffff0\x00\x00\x00\x00", "RLM"),
    (b"220 ProFTPD Server\r\n", "FTP"),
    (b"220 mx.example ESMTP\r\n", "SMTP"),
    (b"220 ready\r\n", "FTP or SMTP"),
    (b"+OK ready\r\n", "POP3"),
    (b"* OK IMAP4\r\n", "IMAP"),
    (b"RFB 003.008\n", "VNC"),
    (b"-ERR unknown command\r\n", "Redis"),
    (b"J\x00\x00\x00\x0a8.0.30\x00", "MySQL"),
    (b"\xff\xfd\x18", "Telnet"),
    (b"\x00\x00\x00\x85\xffSMBr", "SMB"),
    (b"\x03\x00\x00\x13\x0e\xd0", "RDP"),
]


@pytest.mark.parametrize(("banner", "name"), BANNERS, ids=[name for _, name in BANNERS])
def test_known_banners(banner: bytes, name: str) -> None:
    assert identify(banner) == name


@pytest.mark.parametrize("data", [b"", b"x", b"\0" * 200, b"login: "])
def test_what_nobody_knows_has_no_name(data: bytes) -> None:
    assert identify(data) is None


def test_no_flexnet_frame_is_taken_for_another_protocol() -> None:
    for vector in vectors():
        named = identify(vector.data)
        assert (named is not None) == (vector.malformed in {"truncated", "magic"} and vector.data[:1] != b"/"), vector
