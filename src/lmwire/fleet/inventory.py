"""A list of license servers: a license path a line, or TOML with names, vendor daemons and tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from lmwire.fleet.errors import FleetError
from lmwire.licensepath import LicensePath, LicensePathError, parse_path
from lmwire.text import printable
from lmwire.toml_file import TomlError, parse_toml, read_utf8

__all__ = ["EXAMPLE", "MOST", "Entry", "read_inventory"]

MOST: Final = 100_000
"""Servers of one list."""

_MOST_BYTES: Final = 1 << 24

EXAMPLE: Final = """\
# A list for `lmwire sweep FILE`. Each server is diagnosed for itself.

[[servers]]
name = "cad"
path = "27000@a.example,27000@b.example,27000@c.example"   # as in LM_LICENSE_FILE; here a triad
vendors = ["ibmratl"]                                       # without it: those that lmgrd names
tags = ["building 7"]

[[servers]]
path = "27000@licsrv.example"
"""


class _Server(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    path: str
    name: str = ""
    vendors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class _List(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    servers: tuple[_Server, ...]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A license server, or a triad, of a list.

    Attributes:
        name: for people; that of the list, or the path. Not escaped.
        path: its license path, read.
        vendors: the vendor daemons to ask for; empty: those that lmgrd names.
        tags: for people and programs. Not escaped.
    """

    name: str
    path: LicensePath
    vendors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def read_inventory(file: Path) -> tuple[Entry, ...]:
    """Return the servers of a list, in its order.

    Args:
        file: TOML where its name ends in .toml, else a license path a line; `#` begins a comment.

    Raises:
        FleetError: the file cannot be read, or a line is wrong; the first that is.
    """
    name = printable(str(file), 200)
    try:
        text = read_utf8(file, _MOST_BYTES)
    except TomlError as error:
        raise FleetError(error.where, error.message) from error
    entries = tuple(_of_toml(text, name) if file.suffix == ".toml" else _of_lines(text, name))
    if not entries:
        raise FleetError(name, "names no license server", "write one a line, such as 27000@licsrv")
    if len(entries) > MOST:
        raise FleetError(name, f"names {len(entries)} license servers; {MOST} are the most")
    return entries


def _of_lines(text: str, name: str) -> Iterator[Entry]:
    for number, line in enumerate(text.splitlines(), 1):
        path = line.partition("#")[0].strip()
        if path:
            yield Entry(name=path, path=_path(path, f"{name}, line {number}"))


def _of_toml(text: str, name: str) -> Iterator[Entry]:
    try:
        found = parse_toml(text, name, _List)
    except TomlError as error:
        raise FleetError(error.where, error.message) from error
    for number, server in enumerate(found.servers):
        where = f"{name}: servers[{number}].path"
        yield Entry(
            name=server.name or server.path,
            path=_path(server.path, where),
            vendors=_checked(server.vendors, where),
            tags=server.tags,
        )


def _path(text: str, where: str) -> LicensePath:
    try:
        return parse_path(text)
    except LicensePathError as error:
        raise FleetError(where, error.message, error.hint) from error


def _checked(vendors: Sequence[str], where: str) -> tuple[str, ...]:
    from lmwire.workflows.settings import SettingError, vendors_of  # noqa: PLC0415 # loads the wire

    try:
        return vendors_of(vendors)
    except SettingError as error:
        raise FleetError(where, error.message, error.hint) from error
