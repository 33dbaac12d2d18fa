"""Split a license path into entries at `;` and `:`, except at colons of addresses and drives."""

from __future__ import annotations

import ipaddress
import re

from lmwire.targets.entry import Span
from lmwire.text import printable

__all__ = ["split_entries"]

# An address with colons and without brackets after an @. It contains no @, so that the scan of a text is linear.
_BARE = re.compile(r"@([0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)(?=(.?))", re.DOTALL)
_ENDS_ADDRESS = frozenset({"", ";", ",", "%", "@", " ", "\t", "]"})
_URL = re.compile(r"\s*[A-Za-z][\w+.-]+://(?:([^/:;,@\s]+)(?::([0-9]{1,5})(?![0-9]))?)?", re.ASCII)
_DIGITS = re.compile(r"[0-9]+")
_LONGEST_ADDRESS = 64


def split_entries(text: str, *, windows: bool | None) -> list[Span]:
    r"""Split `text` at every `;`, and at every `:` except those of `::1`, `[::1]` and `C:\path`; drop empty entries.

    Args:
        text: a license path.
        windows: whether one letter before a colon and a slash is a drive. None: yes, because a
            drive is more common than a file with a name of one letter.

    Raises:
        LicensePathError: an address without port@, an invalid address, `host:port`, or a URL.
    """
    _refuse_url(text)
    _refuse_lone_ipv6(text)
    entries = _cut(text, _bare_ipv6_colons(text), drives=windows is not False)
    _refuse_host_colon_port(text, entries)
    return entries


def _cut(text: str, inner: frozenset[int], *, drives: bool) -> list[Span]:
    entries: list[Span] = []
    start = 0
    bracketed = False
    for index, character in enumerate(text + ";"):
        if character == "[" and (index == start or text[index - 1] in "@ \t"):
            bracketed = True
        elif character == "]":
            bracketed = False
        elif character == ";" or (
            character == ":" and not bracketed and index not in inner and not (drives and _drive(text, start, index))
        ):
            entry = Span(text, start, index).strip()
            if entry:
                entries.append(entry)
            start = index + 1
            bracketed = False
    return entries


def _drive(text: str, start: int, colon: int) -> bool:
    letter = text[start:colon].lstrip()
    return len(letter) == 1 and letter.isascii() and letter.isalpha() and text[colon + 1 : colon + 2] in {"\\", "/"}


def _refuse_url(text: str) -> None:
    url = _URL.match(text)
    if not url:
        return
    host, port = url.group(1), url.group(2)
    correct = f"{port or 27000}@{printable(host, 60)}" if host else "27000@licsrv"
    Span(text, 0, url.end()).strip().fail("a URL is not a license path", f"write {correct}")


def _bare_ipv6_colons(text: str) -> frozenset[int]:
    """Return the positions of colons in IPv6 addresses without brackets, such as `27000@::1`, FlexNet's own form."""
    inner: set[int] = set()
    for match in _BARE.finditer(text):
        run, after = match.group(1), match.group(2)
        if after not in _ENDS_ADDRESS:
            continue
        # The text before the next @ is that entry's port; colons at the end are empty entries.
        address = (run.rpartition(":")[0] if after == "@" else run).rstrip(":")
        start = match.start(1)
        if _is_ipv6(address):
            inner.update(index for index in range(start, start + len(address)) if text[index] == ":")
        elif "::" in address:
            Span(text, start, start + len(address)).fail(
                f"{printable(address, 60)} is not an IPv6 address", f"write {_longest_ipv6(address)}"
            )
    return frozenset(inner)


def _refuse_lone_ipv6(text: str) -> None:
    start = 0
    for piece in text.split(";"):
        if _is_ipv6(piece.strip()):
            Span(text, start, start + len(piece)).strip().fail(
                "the address has no port@", f"write 27000@{piece.strip()} or @{piece.strip()}"
            )
        start += len(piece) + 1


def _longest_ipv6(address: str) -> str:
    """Return the longest prefix of `address` that is an IPv6 address; the whole text if none is."""
    shorter = address[:_LONGEST_ADDRESS]
    while shorter:
        if _is_ipv6(shorter):
            return shorter
        shorter = shorter.rpartition(":")[0]
    return address[:_LONGEST_ADDRESS]


def _is_ipv6(text: str) -> bool:
    if len(text) > _LONGEST_ADDRESS or ":" not in text or "%" in text:
        return False
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _refuse_host_colon_port(text: str, entries: list[Span]) -> None:
    for index, entry in enumerate(entries):
        if not _DIGITS.fullmatch(str(entry)):
            continue
        for other in entries[max(0, index - 1) : index] + entries[index + 1 : index + 2]:
            if _looks_like_host(str(other)) and _joined_by_colon(text, entry, other):
                whole = Span(text, min(entry.start, other.start), max(entry.stop, other.stop))
                whole.fail(
                    "port and host must be joined by @, with the port first", f"write {_shown(entry)}@{_bare(other)}"
                )
        entry.fail(f"the port {_shown(entry)} has no host", f"write {_shown(entry)}@licsrv")


def _joined_by_colon(text: str, one: Span, other: Span) -> bool:
    return text[min(one.stop, other.stop) : max(one.start, other.start)].strip() == ":"


def _looks_like_host(text: str) -> bool:
    return not re.search(r"[@/\\]", text) and not _DIGITS.fullmatch(text)


def _bare(host: Span) -> str:
    """Return a host in FlexNet's form: an IPv6 address without brackets."""
    return _shown(host).removeprefix("[").removesuffix("]")


def _shown(span: Span) -> str:
    return printable(str(span), 60)
