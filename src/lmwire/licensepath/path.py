"""Turn a license path into its targets."""

from __future__ import annotations

from lmwire.licensefile.servers import read_license, why_no_server
from lmwire.licensepath.files import ReadFile, read_files
from lmwire.licensepath.split import split_entries
from lmwire.targets.entry import Span, parse_servers
from lmwire.targets.errors import LicensePathError
from lmwire.targets.model import COMMAND_LINE, Ignored, LicensePath, Source, Target
from lmwire.text import file_trouble, printable

__all__ = ["MAX_TEXT", "parse_path"]

MAX_TEXT = 65_536
"""Longest license path, in characters. On Windows an environment variable has at most half of that."""


def parse_path(
    text: str, *, windows: bool | None = None, read_file: ReadFile = read_files, source: Source = COMMAND_LINE
) -> LicensePath:
    r"""Read a license path and open its license files. Resolves no name and connects to nothing.

    Args:
        text: the value of `LM_LICENSE_FILE`: entries joined by `;` or `:`, each `port@host`, `@host`,
            three of those joined by commas, a license file, or a directory of `*.lic` files.
        windows: whether the `C:` of `C:\licenses` is a drive; None: yes, on every system.
        read_file: reads a file; replaceable in tests.
        source: the place where `text` was found.

    Returns:
        The targets in the order of the text. A correct entry that names no server, such as a missing file,
        goes to `ignored` if another entry names a server.

    Raises:
        LicensePathError: an entry is wrong, or no entry names a server.
    """
    if len(text) > MAX_TEXT:
        raise LicensePathError(
            text, MAX_TEXT, 0, f"the license path has {len(text)} characters", f"write at most {MAX_TEXT}"
        )
    entries = split_entries(text, windows=windows)
    if not entries:
        raise LicensePathError(text, 0, len(text), "the license path is empty", "write 27000@licsrv")
    targets: list[Target] = []
    failures: list[tuple[Span, LicensePathError]] = []
    for entry in entries:
        if "@" in str(entry):
            targets.append(parse_servers(entry))
            continue
        try:
            targets.extend(_from_disk(entry, read_file))
        except LicensePathError as error:
            failures.append((entry, error))
    if not targets:
        raise failures[0][1]
    ignored = tuple(Ignored(str(entry), error.one_line) for entry, error in failures)
    return LicensePath(tuple(targets), source, ignored)


def _from_disk(entry: Span, read_file: ReadFile) -> list[Target]:
    path = str(entry)
    try:
        files = read_file(path)
    except FileNotFoundError as error:
        entry.fail(file_trouble(printable(path, 200), error), _server_hint(path))
    except (OSError, ValueError) as error:
        entry.fail(file_trouble(printable(path, 200), error))
    if not files:
        entry.fail(f"the directory {printable(path, 200)} has no *.lic files")
    targets, without = [], []
    for name, data in files:
        found = read_license(data, name)
        if found.servers:
            targets.append(Target(name, found.servers, "file", found.vendors, origin=name))
        else:
            without.append(found)
    if not targets:
        subject = printable(path, 200) if len(files) == 1 else f"no file in {printable(path, 200)}"
        entry.fail(f"{subject} has {'no' if len(files) == 1 else 'a'} SERVER line", why_no_server(without))
    return targets


def _server_hint(path: str) -> str:
    """Return what to write if the word is a server's name."""
    if any(character in path for character in "/\\ \"'") or len(path) > 60:  # noqa: PLR2004 (a hint is short)
        return ""
    return f"if it is a server's name, write 27000@{printable(path)} or @{printable(path)}"
