"""Wrong paths: the sentence, the hint, and the caret under the right column."""

from __future__ import annotations

import pytest

from lmwire.licensepath import LicensePathError, parse_path
from lmwire.licensepath.path import MAX_TEXT

QUOTES = "remove the quotation marks: they belong to the shell, not to the value"


def failure(text: str) -> LicensePathError:
    with pytest.raises(LicensePathError) as caught:
        parse_path(text)
    return caught.value


# text, the part marked, words of the sentence, the hint
WRONG = [
    ("27000@@licsrv", "@", "a second @", "write 27000@licsrv"),
    ("27000@a@b", "@", "a second @", ""),
    ("27000@", "@", "the host after the @ is missing", "write 27000@licsrv"),
    ("@", "@", "the host after the @ is missing", "write 27000@licsrv"),
    ("27000", "27000", "has no host", "write 27000@licsrv"),
    ("27000@a:27001", "27001", "has no host", "write 27001@licsrv"),
    ("licsrv:27000", "licsrv:27000", "the port first", "write 27000@licsrv"),
    ("27000:licsrv", "27000:licsrv", "the port first", "write 27000@licsrv"),
    ("licsrv:27000:27000@b", "licsrv:27000", "the port first", "write 27000@licsrv"),
    ("[::1]:27000", "[::1]:27000", "the port first", "write 27000@::1"),
    ("licsrv@27000", "licsrv@27000", "are swapped", "write 27000@licsrv"),
    ("tcp://licsrv:1055/x", "tcp://licsrv:1055", "a URL is not", "write 1055@licsrv"),
    ("http://licsrv/", "http://licsrv", "a URL is not", "write 27000@licsrv"),
    ("2001:db8::7", "2001:db8::7", "has no port@", "write 27000@2001:db8::7 or @2001:db8::7"),
    ("27000@1::2::3", "1::2::3", "not an IPv6 address", "write 1::2"),
    ("27000@[::1", "[", "is not closed", "write IPv6 addresses without brackets: 27000@::1"),
    ("27000@[::1]x", "x", "text after", "write IPv6 addresses without brackets: 27000@::1"),
    ("27000@[licsrv]", "licsrv", "not an IPv6 address", "only IPv6 addresses may be in [ ]"),
    ("27000@[fe80::1%]", "fe80::1%", "interface name", "write it as in 27000@fe80::1%eth0"),
    ("0@a", "0", "port 0 does not exist", "write a port from 1 to 65535"),
    ("65536@a", "65536", "port 65536 does not exist", "write a port from 1 to 65535"),
    ("9999999999999@a", "9999999999999", "does not exist", "write a port from 1 to 65535"),
    ("27o00@a", "o", "is not a number", "write port@host, such as 27000@licsrv"),
    ("-1@a", "-", "is not a number", "write port@host, such as 27000@licsrv"),
    ("\u0662@a", "\u0662", "is not a number", "write port@host, such as 27000@licsrv"),
    ('"27000@a"', '"', "is not a number", QUOTES),
    (
        "27000@'a",
        "'",
        "is not allowed in a host name",
        QUOTES,
    ),
    ("27000@a b", " ", "a blank is not allowed in", ""),
    ("27000@a\tb", "\t", r"\t is not allowed in", ""),
    ("27000@a/b", "/", "/ is not allowed in", ""),
    ("27000@a\u202eb", "\u202e", r"\u202e is not allowed in", ""),
    ("27000@a..b", ".", "an empty part", ""),
    ("27000@.a", ".", "an empty part", ""),
    ("27000@-a", "-", "must not start with -", ""),
    ("27000@192.0.2.300", "192.0.2.300", "neither a host name nor an IPv4", ""),
    ("27000@" + "a" * 64, "a" * 64, "64 characters", "write at most 63"),
    ("27000@" + "a." * 127 + "b", "a." * 127 + "b", "255 characters", "write at most 253"),
    ("27000@" + "ü" * 60, "ü" * 60, "cannot be encoded for DNS", ""),
    ("27000@a,27000@b", "27000@a,27000@b", "write one, or three", "separate alternatives by ; or :"),
    (
        "27000@a,27000@b,27000@A.",
        "27000@A.",
        "in the triad twice",
        "name three machines, or write one server alone",
    ),
    ("1@a,2@b,3@c,4@d", "1@a,2@b,3@c,4@d", "4 servers", "separate alternatives by ; or :"),
    ("1@a,,3@c", ",", "of the triad is empty", "write port@a,port@b,port@c"),
    ("1@a,2@b,", ",", "of the triad is empty", "write port@a,port@b,port@c"),
    ("1@a,b,3@c", "b", "b has no @", "write 27000@b"),
    ("/home/x@y/z.lic", "@", "the file's path has an @", "move the license file to a directory without an @"),
    ("", "", "the license path is empty", "write 27000@licsrv"),
    (" ;: ", " ;: ", "the license path is empty", "write 27000@licsrv"),
]


@pytest.mark.parametrize(("text", "marked", "words", "hint"), WRONG, ids=[repr(case[0])[:40] for case in WRONG])
def test_wrong_paths(text: str, marked: str, words: str, hint: str) -> None:
    error = failure(text)
    assert error.text[error.position : error.position + error.length] == marked
    assert words in error.message
    assert error.hint == hint
    assert str(error) == error.message


def test_a_path_too_long_is_refused_unread() -> None:
    assert "70000 characters" in str(failure("x" * 70_000))
    assert len(parse_path("@a:" * (MAX_TEXT // 3)).targets) == MAX_TEXT // 3


def test_the_second_at_sign_is_the_one_marked() -> None:
    assert failure("27000@@licsrv").pointer() == "27000@@licsrv\n      ^"


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("27000@1::2::3", "27000@1::2::3\n      ^^^^^^^"),
        ("1@\x1b[2Ja\x07", "1@\\x1b[2Ja\\x07\n  ^^^^"),
        ("1@日本\x07", "1@日本\\x07\n" + " " * 6 + "^^^^"),
        ("1@e\u0301\x07", "1@e\u0301\\x07\n   ^^^^"),
        ("1@a\u202e", "1@a\\u202e\n   ^^^^^^"),
        ("1@" + "b" * 60 + "!", "1@" + "b" * 60 + "!\n" + " " * 62 + "^"),
        ("1@" + "b" * 80 + "!" + "c" * 80, "…" + "b" * 24 + "!" + "c" * 47 + "…\n" + " " * 25 + "^"),
        ("x" * 80 + "@" + "y" * 99, "x" * 72 + "…\n^"),
        ("", ""),
    ],
)
def test_carets_stand_under_what_is_wrong_as_a_terminal_shows_it(text: str, pointer: str) -> None:
    assert failure(text).pointer() == pointer


def test_a_long_fault_is_marked_within_the_window() -> None:
    shown, carets = failure("27000@" + "9" * 300).pointer().split("\n")
    assert len(shown) <= 74
    assert len(carets) <= len(shown)


def test_a_word_that_is_no_file_may_have_been_meant_for_a_server() -> None:
    error = failure("lmwire-no-such-file")
    assert error.message == "the file lmwire-no-such-file does not exist"
    assert error.hint == "if it is a server's name, write 27000@lmwire-no-such-file or @lmwire-no-such-file"
