"""Pinning a port: one line changes as it should, and no other byte."""

from __future__ import annotations

import pytest

from lmwire.licensefile import PinError, parse_license, pin_ports

BEFORE = b"# B\xfcro\r\nSERVER licsrv.example.com 0123456789ab 27000\n\n"
AFTER = b'\r\nFEATURE f acmelmd 1.0 permanent 1 SIGN="00AA 11BB" \\\r\n\tNOTICE=\xe9 \n# end'

# the line before, the line after pinning acmelmd to 27001
LINES = [
    (b"VENDOR acmelmd", b"VENDOR acmelmd port=27001"),
    (b"VENDOR acmelmd  \t", b"VENDOR acmelmd port=27001  \t"),
    (b"\tVENDOR\tacmelmd", b"\tVENDOR\tacmelmd port=27001"),
    (b"vendor acmelmd", b"vendor acmelmd port=27001"),
    (b"DAEMON acmelmd /opt/acmelmd", b"DAEMON acmelmd /opt/acmelmd port=27001"),
    (b"DAEMON acmelmd /opt/acmelmd /opt/a.opt", b"DAEMON acmelmd /opt/acmelmd /opt/a.opt port=27001"),
    (b"VENDOR acmelmd OPTIONS=a.opt", b"VENDOR acmelmd OPTIONS=a.opt port=27001"),
    (b"VENDOR acmelmd port=1234", b"VENDOR acmelmd port=27001"),
    (b"VENDOR acmelmd PORT=1234 OPTIONS=a.opt", b"VENDOR acmelmd PORT=27001 OPTIONS=a.opt"),
    (b"VENDOR acmelmd Port=1234 # was 27001", b"VENDOR acmelmd Port=27001 # was 27001"),
    (b'VENDOR acmelmd port="1234"', b'VENDOR acmelmd port="27001"'),
    (b"VENDOR acmelmd port=", b"VENDOR acmelmd port=27001"),
    (b"VENDOR acmelmd port=0", b"VENDOR acmelmd port=27001"),
    (b"VENDOR acmelmd port=1234l", b"VENDOR acmelmd port=27001"),
    (b"VENDOR acmelmd port=027001", b"VENDOR acmelmd port=027001"),
    (b"VENDOR acmelmd /opt/acmelmd /opt/a.opt 1234", b"VENDOR acmelmd /opt/acmelmd /opt/a.opt 27001"),
    (b"VENDOR acmelmd /opt/acmelmd OPTIONS=a.opt 1234", b"VENDOR acmelmd /opt/acmelmd OPTIONS=a.opt 27001"),
    (b"VENDOR acmelmd 1234", b"VENDOR acmelmd port=27001"),
    (b"VENDOR acmelmd /opt/acmelmd 1234 # x", b"VENDOR acmelmd /opt/acmelmd port=27001 # x"),
    (b"VENDOR acmelmd # daemon", b"VENDOR acmelmd port=27001 # daemon"),
    (b"VENDOR acmelmd /opt/a#b", b"VENDOR acmelmd /opt/a#b port=27001"),
    (b'VENDOR acmelmd "C:\\a b\\c.exe"', b'VENDOR acmelmd "C:\\a b\\c.exe" port=27001'),
    (b"VENDOR acmelmd /b\xfcro/acmelmd", b"VENDOR acmelmd /b\xfcro/acmelmd port=27001"),
    (b"VENDOR \\\n acmelmd", b"VENDOR \\\n acmelmd port=27001"),
    (b"VENDOR acmelmd \\\r\n\t/opt/acmelmd \\\n port=1234", b"VENDOR acmelmd \\\r\n\t/opt/acmelmd \\\n port=27001"),
    (b"VENDOR acmelmd\\\n/opt/acmelmd \\\n", b"VENDOR acmelmd\\\n/opt/acmelmd port=27001 \\\n"),
    (b"VENDOR acmelmd \\ \r\n# a comment", b"VENDOR acmelmd port=27001 \\ \r\n# a comment"),
]


@pytest.mark.parametrize(("line", "pinned"), LINES, ids=[str(line) for line, _ in LINES])
def test_the_line_changes_and_nothing_else(line: bytes, pinned: bytes) -> None:
    made = pin_ports(parse_license(BEFORE + line + AFTER), {"acmelmd": 27001})
    assert bytes(made.document) == BEFORE + pinned + AFTER
    assert [daemon.port for daemon in made.document.daemons] == [27001]
    (change,) = made.changes
    assert (change.daemon, change.line, change.port) == ("acmelmd", 4, 27001)
    assert made.warnings == ()


@pytest.mark.parametrize("data", [b"VENDOR acmelmd", b"\xef\xbb\xbfVENDOR acmelmd"])
def test_a_file_of_one_line_without_an_end(data: bytes) -> None:
    assert bytes(pin_ports(parse_license(data), {"acmelmd": 27001}).document) == data + b" port=27001"


def test_utf_16_stays_utf_16() -> None:
    data = "SERVER a ANY 27000\r\nVENDOR acmelmd\r\n".encode("utf-16")
    made = bytes(pin_ports(parse_license(data), {"acmelmd": 27001}).document)
    assert made.decode("utf-16") == "SERVER a ANY 27000\r\nVENDOR acmelmd port=27001\r\n"


def test_the_keyword_is_written_as_elsewhere_in_the_file() -> None:
    data = b"VENDOR one\nVENDOR two PORT=27002\n"
    assert (
        bytes(pin_ports(parse_license(data), {"one": 27001}).document)
        == b"VENDOR one PORT=27001\nVENDOR two PORT=27002\n"
    )


def test_several_daemons_and_every_line_of_one() -> None:
    data = b"VENDOR one\nVENDOR two port=27001\nVENDOR one port=27002\n"
    made = pin_ports(parse_license(data), {"one": 27001, "two": 27002})
    assert bytes(made.document) == b"VENDOR one port=27001\nVENDOR two port=27002\nVENDOR one port=27001\n"
    assert [(change.line, change.was, change.port) for change in made.changes] == [
        (1, None, 27001),
        (2, 27001, 27002),
        (3, 27002, 27001),
    ]


def test_what_is_pinned_already_stays() -> None:
    data = b"VENDOR one port=27001\n"
    made = pin_ports(parse_license(data), {"one": 27001})
    assert bytes(made.document) == data
    assert made.changes[0].before == made.changes[0].after


TWO = b"SERVER a 1 27000\nVENDOR ibmratl port=27001\nVENDOR rational\n"

# pins, words of the refusal, hint
REFUSED = [
    ({"ibmratl": 27000}, "belongs to lmgrd, on line 1", "write 27001, which is free in this file"),
    ({"rational": 27001}, "belongs to ibmratl, on line 2", "write 27002, which is free in this file"),
    ({"ibmratl": 27005, "rational": 27005}, "belongs to ibmratl", "write 27001, which is free in this file"),
    ({"ibmratel": 27001}, "no VENDOR line for ibmratel; it has ibmratl, rational", "write ibmratl"),
    ({"IBMRATL": 27001}, "no VENDOR line for IBMRATL", "write ibmratl"),
    ({"zzz\x1b[2J": 27001}, r"no VENDOR line for zzz\x1b[2J; it has", ""),
    ({"": 27001}, "no VENDOR line for", ""),
    ({"ibmratl": 0}, "port 0 does not exist", "write a port from 1 to 65535"),
    ({"ibmratl": -1}, "port -1 does not exist", "write a port from 1 to 65535"),
    ({"ibmratl": 65536}, "port 65536 does not exist", "write a port from 1 to 65535"),
]


@pytest.mark.parametrize(("pins", "words", "hint"), REFUSED)
def test_what_cannot_be_pinned_is_refused(pins: dict[str, int], words: str, hint: str) -> None:
    with pytest.raises(PinError) as caught:
        pin_ports(parse_license(TWO), pins)
    assert words in caught.value.message
    assert caught.value.hint == hint
    assert str(caught.value) == caught.value.message


def test_a_port_is_not_lost_in_a_quoted_text() -> None:
    file = b'VENDOR a "C:\\a b\nVENDOR b /opt/b # don"t\n'
    with pytest.raises(PinError, match="line 1, of a, has an unclosed quotation mark"):
        pin_ports(parse_license(file), {"a": 27001})
    assert bytes(pin_ports(parse_license(file), {"b": 27001}).document) == file.replace(b" #", b" port=27001 #")


def test_a_file_without_vendor_lines() -> None:
    with pytest.raises(PinError, match="and no other VENDOR line"):
        pin_ports(parse_license(b"SERVER a 1 27000\n"), {"ibmratl": 27001})


def test_ports_may_change_places() -> None:
    made = pin_ports(parse_license(b"VENDOR a port=27001\nVENDOR b port=27002\n"), {"a": 27002, "b": 27001})
    assert bytes(made.document) == b"VENDOR a port=27002\nVENDOR b port=27001\n"


@pytest.mark.parametrize(
    ("port", "words"),
    [(643, "below 1024"), (1023, "below 1024"), (1024, "outside 27000-27009"), (27010, "outside 27000-27009")],
)
def test_unwise_ports_are_warned_of(port: int, words: str) -> None:
    (warning,) = pin_ports(parse_license(TWO), {"ibmratl": port}).warnings
    assert f"Port {port} for ibmratl" in warning
    assert words in warning


@pytest.mark.slow
def test_a_big_file_keeps_every_other_line() -> None:
    feature = b'INCREMENT f%d acmelmd 1.0 permanent 1 SIGN="00AA 11BB"\r\n'
    data = b"SERVER a 1 27000\r\nVENDOR acmelmd\r\n" + b"".join(feature % number for number in range(20_000))
    made = bytes(pin_ports(parse_license(data), {"acmelmd": 27001}).document)
    old, new = data.split(b"\r\n"), made.split(b"\r\n")
    changed = [number for number, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]]
    assert changed == [1]
    assert new[1] == b"VENDOR acmelmd port=27001"
