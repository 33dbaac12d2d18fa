"""Wrong paths: the sentence, the hint, and the caret under the right column."""

from __future__ import annotations

import pytest

from lmwire.licensepath import LicensePathError, parse_path
from lmwire.licensepath.path import MAX_TEXT


def failure(text: str) -> LicensePathError:
    with pytest.raises(LicensePathError) as caught:
        parse_path(text)
    return caught.value


# text, the part marked, words of the sentence, the hint
WRONG = [
    ("27000@@licsrv", "@", "a second @", "write 27000@licsrv"),
    ("27000@a@b", "@", "a second @", ""),
    ("27000@", "@", "no host", "write 27000@licsrv"),
    ("@", "@", "no host", "write 27000@licsrv"),
    ("27000", "27000", "a port without a host", "write 27000@licsrv"),
    ("27000@a:27001", "27001", "a port without a host", "write 27001@licsrv"),
    ("licsrv:27000", "licsrv:27000", "the port first", "write 27000@licsrv"),
    ("27000:licsrv", "27000:licsrv", "the port first", "write 27000@licsrv"),
    ("licsrv:27000:27000@b", "licsrv:27000", "the port first", "write 27000@licsrv"),
    ("[::1]:27000", "[::1]:27000", "the port first", "write 27000@::1"),
    ("licsrv@27000", "licsrv@27000", "wrong way round", "write 27000@licsrv"),
    ("tcp://licsrv:1055/x", "tcp://licsrv:1055", "no URLs", "write 1055@licsrv"),
    ("http://licsrv/", "http://licsrv", "no URLs", "write 27000@licsrv"),
    ("2001:db8::7", "2001:db8::7", "without port@", "write 27000@2001:db8::7 or @2001:db8::7"),
    ("27000@1::2::3", "1::2::3", "no IPv6 address", "is 1::2 meant?"),
    ("27000@[::1", "[", "never closed", "FlexNet wants IPv6 addresses without brackets: 27000@::1"),
    ("27000@[::1]x", "x", "text after", "FlexNet wants IPv6 addresses without brackets: 27000@::1"),
    ("27000@[licsrv]", "licsrv", "no IPv6 address", "only IPv6 addresses stand in [ ]"),
    ("27000@[fe80::1%]", "fe80::1%", "interface name", "as in 27000@fe80::1%eth0"),
    ("0@a", "0", "port 0 does not exist", "ports run from 1 to 65535"),
    ("65536@a", "65536", "port 65536 does not exist", "ports run from 1 to 65535"),
    ("9999999999999@a", "9999999999999", "does not exist", "ports run from 1 to 65535"),
    ("27o00@a", "o", "a port is a number", "write port@host, as 27000@licsrv"),
    ("-1@a", "-", "a port is a number", "write port@host, as 27000@licsrv"),
    ("\u0662@a", "\u0662", "a port is a number", "write port@host, as 27000@licsrv"),
    ('"27000@a"', '"', "a port is a number", "quotation marks are for the shell, not part of the value"),
    ("27000@'a", "'", "cannot be in a host name", "quotation marks are for the shell, not part of the value"),
    ("27000@a b", " ", "a blank cannot be", ""),
    ("27000@a\tb", "\t", r"\t cannot be", ""),
    ("27000@a/b", "/", "/ cannot be", ""),
    ("27000@a\u202eb", "\u202e", r"\u202e cannot be", ""),
    ("27000@a..b", ".", "an empty part", ""),
    ("27000@.a", ".", "an empty part", ""),
    ("27000@-a", "-", "cannot begin with -", ""),
    ("27000@192.0.2.300", "192.0.2.300", "neither a host name nor an IPv4", ""),
    ("27000@" + "a" * 64, "a" * 64, "64 characters", "at most 63 are possible"),
    ("27000@" + "a." * 127 + "b", "a." * 127 + "b", "255 characters", "at most 253 are possible"),
    ("27000@" + "ü" * 60, "ü" * 60, "no form that DNS can ask for", ""),
    ("27000@a,27000@b", "27000@a,27000@b", "it is one, or three", "separate alternatives by ; or :"),
    (
        "27000@a,27000@b,27000@A.",
        "27000@A.",
        "in the triad twice",
        "a triad is three machines; a server that is alone stands alone",
    ),
    ("1@a,2@b,3@c,4@d", "1@a,2@b,3@c,4@d", "4 servers", "separate alternatives by ; or :"),
    ("1@a,,3@c", ",", "empty member", "a triad is port@a,port@b,port@c"),
    ("1@a,2@b,", ",", "empty member", "a triad is port@a,port@b,port@c"),
    ("1@a,b,3@c", "b", "b has no @", "write 27000@b"),
    ("/home/x@y/z.lic", "@", "in a file's name", "move the license file to a directory without an @"),
    ("", "", "an empty license path", "write 27000@licsrv"),
    (" ;: ", " ;: ", "an empty license path", "write 27000@licsrv"),
]


@pytest.mark.parametrize(("text", "marked", "words", "hint"), WRONG, ids=[repr(case[0])[:40] for case in WRONG])
def test_wrong_paths(text: str, marked: str, words: str, hint: str) -> None:
    error = failure(text)
    assert error.text[error.position : error.position + error.length] == marked
    assert words in error.message
    assert error.hint == hint
    assert str(error) == (f"{error.message} ({hint})" if hint else error.message)


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
    assert error.message == "there is no file lmwire-no-such-file"
    assert error.hint == "for a server of that name write 27000@lmwire-no-such-file or @lmwire-no-such-file"
