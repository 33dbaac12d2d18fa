"""Parse one entry of a license path: `port@host`, `@host` or a triad. Opens no file."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Sequence
from typing import NoReturn

import msgspec

from lmwire.ports import MAX_PORT
from lmwire.targets.errors import LicensePathError
from lmwire.targets.model import Server, Target
from lmwire.text import printable

__all__ = ["MAX_HOST", "TWICE", "TWICE_HINT", "Span", "check_host", "first_repeated", "parse_port", "parse_servers"]

MAX_HOST = 253
"""Longest host name, in characters, without the trailing dot (RFC 1035, as text)."""

_MAX_LABEL = 63
TWICE = "this server is in the triad twice"
TWICE_HINT = "name three machines, or write one server alone"
"""The message for a triad of fewer than three machines."""

_TRIAD = 3
_QUOTES = "remove the quotation marks: they belong to the shell, not to the value"
_BARE = "write IPv6 addresses without brackets: 27000@::1"
_ZONE = re.compile(r"[\w.-]+", re.ASCII)


class Span(msgspec.Struct, frozen=True):
    """A part of a text that knows its position, so that an error can point into the whole text."""

    whole: str
    start: int
    stop: int

    def __str__(self) -> str:
        return self.whole[self.start : self.stop]

    def __len__(self) -> int:
        return self.stop - self.start

    def part(self, start: int, stop: int | None = None) -> Span:
        """Return characters `start` to `stop`, counted from the start of this span."""
        return Span(self.whole, self.start + start, self.stop if stop is None else self.start + stop)

    def strip(self) -> Span:
        """Return the span without white space at its ends."""
        text = str(self)
        kept = text.strip()
        lead = len(text) - len(text.lstrip())
        return self.part(lead, lead + len(kept))

    def fail(self, message: str, hint: str = "") -> NoReturn:
        """Raise LicensePathError over exactly this span."""
        raise LicensePathError(self.whole, self.start, len(self), message, hint)


def parse_servers(entry: Span) -> Target:
    """Read an entry with an `@`: one server, or three joined by commas. Raises LicensePathError."""
    slash = re.search(r"[/\\]", str(entry).partition("@")[0])
    if slash:
        at = str(entry).index("@")
        entry.part(at, at + 1).fail(
            "the file's path has an @: FlexNet reads every entry with an @ as port@host",
            "move the license file to a directory without an @",
        )
    members = _members(entry)
    servers = tuple(_parse_member(member) for member in members)
    if len(servers) not in {1, _TRIAD}:
        entry.fail(
            f"{len(servers)} servers are joined by commas: write one, or three for a triad",
            "separate alternatives by ; or :",
        )
    twice = first_repeated(servers)
    if twice is not None:
        members[twice].fail(TWICE, TWICE_HINT)
    return Target(text=str(entry), servers=servers, kind="server" if len(servers) == 1 else "triad")


def first_repeated(servers: Sequence[Server]) -> int | None:
    """Return the index of the first server that repeats an earlier one; None when all differ."""
    folded = [server.folded for server in servers]
    return next((index for index, server in enumerate(folded) if server in folded[:index]), None)


def parse_port(digits: Span) -> int:
    """Read a port number from 1 to 65535. Raises LicensePathError."""
    text = str(digits)
    bad = next((index for index, character in enumerate(text) if character not in "0123456789"), None)
    if bad is not None:
        digits.part(bad, bad + 1).fail(
            f"the port {printable(text, 40)} is not a number",
            _QUOTES if text[bad] in "\"'" else "write port@host, such as 27000@licsrv",
        )
    significant = text.lstrip("0")
    if len(significant) > len(str(MAX_PORT)) or not 1 <= int(significant or "0") <= MAX_PORT:
        digits.fail(f"port {printable(text, 12)} does not exist", "write a port from 1 to 65535")
    return int(significant)


def check_host(host: Span) -> str:
    """Return the host name or address literal, an IPv6 one without brackets. Raises LicensePathError.

    Unqualified, international and underscored names pass; the resolver decides whether a name exists.
    FlexNet 11.19 accepts IPv6 addresses only without brackets [obs]; most other programs want brackets.
    """
    text = str(host)
    if text.startswith("["):
        return _bracketed(host)
    if text.count(":") > 1:
        return _ipv6(host)
    _check_characters(host)
    name = text.removesuffix(".")
    if len(name) > MAX_HOST:
        host.fail(f"the host name has {len(name)} characters", f"write at most {MAX_HOST}")
    if re.fullmatch(r"[0-9.]+", text):
        _check_ipv4(host)
        return text
    _check_labels(host, name)
    return text


def _members(entry: Span) -> list[Span]:
    members = []
    start = 0
    for piece in str(entry).split(","):
        member = entry.part(start, start + len(piece)).strip()
        start += len(piece) + 1
        if not member:
            comma = entry.part(min(start - 1, len(entry) - 1), min(start, len(entry)))
            comma.fail("a server of the triad is empty", "write port@a,port@b,port@c")
        members.append(member)
    return members


def _parse_member(member: Span) -> Server:
    text = str(member)
    at = text.find("@")
    if at < 0:
        member.fail(f"{printable(text, 60)} has no @", f"write 27000@{printable(text, 60)}")
    port, host = member.part(0, at), member.part(at + 1)
    if not host:
        member.part(at).fail("the host after the @ is missing", f"write {printable(str(port), 12) or '27000'}@licsrv")
    second = text.find("@", at + 1)
    if second >= 0:
        named = text[second:].strip("@") or "licsrv"
        correct = printable(f"{text[:at]}@{named}", 60)
        member.part(second, second + 1).fail("the entry has a second @", f"write {correct}" if second == at + 1 else "")
    if re.fullmatch(r"[0-9]{1,5}", str(host)) and not re.fullmatch(r"[0-9]*", str(port)):
        swapped = f"{host}@{printable(str(port), 60)}"
        member.fail("host and port are swapped", f"write {swapped}")
    return Server(port=parse_port(port) if port else None, host=check_host(host))


def _bracketed(host: Span) -> str:
    text = str(host)
    close = text.find("]")
    if close < 0:
        host.part(0, 1).fail("this [ is not closed", _BARE)
    if close != len(text) - 1:
        host.part(close + 1).fail("there is text after the ]", _BARE)
    return _ipv6(host.part(1, close))


def _ipv6(literal: Span) -> str:
    text = str(literal)
    address, percent, zone = text.partition("%")
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        literal.fail(f"{printable(text, 60)} is not an IPv6 address", "only IPv6 addresses may be in [ ]")
    if percent and not _ZONE.fullmatch(zone):
        literal.fail("the interface name after the % is missing", "write it as in 27000@fe80::1%eth0")
    return text


def _check_characters(host: Span) -> None:
    for index, character in enumerate(str(host)):
        if character in "-_." or character.isalnum() or (index and unicodedata.category(character) in {"Mn", "Mc"}):
            continue
        host.part(index, index + 1).fail(
            f"{_named(character)} is not allowed in a host name", _QUOTES if character in "\"'" else ""
        )


def _named(character: str) -> str:
    """Return a character, or its name if it is invisible."""
    return "a blank" if unicodedata.category(character) == "Zs" else printable(character)


def _check_ipv4(host: Span) -> None:
    try:
        ipaddress.IPv4Address(str(host))
    except ValueError:
        host.fail(f"{printable(str(host), 60)} is neither a host name nor an IPv4 address")


def _check_labels(host: Span, name: str) -> None:
    start = 0
    for label in name.split("."):
        piece = host.part(start, max(start + len(label), min(start + 1, len(host))))
        start += len(label) + 1
        if not label:
            piece.fail("the host name has an empty part between two dots")
        if len(label) > _MAX_LABEL:
            piece.fail(f"a part of the host name has {len(label)} characters", f"write at most {_MAX_LABEL}")
        if label.startswith("-"):
            piece.part(0, 1).fail("a part of a host name must not start with -")
    if not name.isascii():
        try:
            name.encode("idna")
        except UnicodeError:
            host.fail(f"{printable(name, 60)} cannot be encoded for DNS")
