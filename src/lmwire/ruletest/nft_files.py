"""Read a machine's nftables file with all files that it includes, relative to the plan.

A firewall's own file says `include "/etc/nftables.d/*.nft"`. On the machine that runs the test, that is the folder of
another machine, or none. So an absolute path is looked up beside the rule file and beside the plan:
`etc/nftables.d/*.nft`, then `nftables.d/*.nft`. What is found elsewhere, or not at all, is told.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from lmwire.ruletest.errors import PlanError
from lmwire.text import printable

__all__ = ["NftFile", "NftFiles", "read_nft_files"]

_INCLUDE: Final = re.compile(
    r"""(?P<before>^[ \t]*|[;{}][ \t]*)include[ \t]+(?P<quote>["'])(?P<path>[^"'\n]*)(?P=quote)""", re.MULTILINE
)
_GLOB: Final = re.compile(r"[*?\[]")
_MOST_FILES: Final = 256
_DEEPEST: Final = 16
"""nft's own limit of nested includes."""


class NftFile(msgspec.Struct, frozen=True, kw_only=True):
    """A rule file.

    Attributes:
        name: its path, as the user would write it in the plan.
        text: its text, with each `include` replaced by a blank line of the same length.
        included: offset in the text → the files that are included there.
    """

    name: str
    text: str
    included: dict[int, tuple[NftFile, ...]] = {}


class NftFiles(msgspec.Struct, frozen=True, kw_only=True):
    """A rule file with its includes, and what to tell about them."""

    main: NftFile
    notes: tuple[str, ...]


def read_nft_files(where: str, name: str, folder: Path) -> NftFiles:
    """Return the file `name` of the plan in `folder`, with all files that it includes.

    Raises:
        PlanError: a file cannot be read, or an included file does not exist; `where` is its place in the plan.
    """
    reader = _Reader(where, (folder / name).parent, folder)
    return NftFiles(main=reader.read(folder / name, 0), notes=tuple(reader.notes))


class _Reader:
    def __init__(self, where: str, beside: Path, folder: Path) -> None:
        self._where = where
        self._beside = beside
        self._folder = folder
        self._count = 0
        self.notes: list[str] = []

    def read(self, file: Path, depth: int) -> NftFile:
        name = self._shown(file)
        self._count += 1
        if depth > _DEEPEST or self._count > _MOST_FILES:
            raise PlanError(printable(name, 200), [f"{self._where}: its includes are nested too deeply, or too many"])
        try:
            text = file.read_text(encoding="utf-8", errors="surrogateescape")
        except (OSError, ValueError) as error:
            raise PlanError.unreadable(printable(name, 200), error, self._where) from error
        included: dict[int, tuple[NftFile, ...]] = {}
        for found in _INCLUDE.finditer(text):
            line = text.count("\n", 0, found.end()) + 1
            files = self._found(found["path"], f'include "{found["path"]}" in {name}:{line}')
            included[found.end()] = tuple(self.read(each, depth + 1) for each in files)
        return NftFile(name=name, text=_INCLUDE.sub(_blank, text), included=included)

    def _found(self, path: str, told: str) -> list[Path]:
        """Return the files of an include. Note what is not beside the plan."""
        for number, pattern in enumerate(self._candidates(path)):
            files = sorted(_matches(pattern))
            if not files:
                continue
            outside = not _is_inside(files[0], self._folder)
            if outside:
                self.notes.append(printable(f"{told} is outside the plan's folder", 400))
            elif path.startswith("/") and number:
                self.notes.append(printable(f"{told} was read from {self._shown(pattern)}, beside the plan", 400))
            return files
        place = self._folder / path.lstrip("/")
        if not _GLOB.search(path):
            raise PlanError(
                printable(told, 300),
                [f"{self._where}: there is no such file beside the plan: copy it to {printable(str(place), 300)}"],
            )
        self.notes.append(
            printable(f"{told} matches no file beside the plan; if your firewall has such files, copy them to ", 400)
            + printable(str(place.parent), 200)
        )
        return []

    def _candidates(self, path: str) -> Iterator[Path]:
        """Yield the places of an include, the likeliest first."""
        if not path.startswith("/"):
            yield from dict.fromkeys((self._beside / path, self._folder / path))
            return
        yield Path(path) if _is_inside(Path(path), self._folder) else self._folder / path.lstrip("/")
        parts = Path(path).parts[1:]
        least = 2 if _GLOB.search(path) else 1
        for first, base in itertools.product(range(len(parts) - least + 1), (self._beside, self._folder)):
            yield base.joinpath(*parts[first:])

    def _shown(self, file: Path) -> str:
        try:
            return str(file.relative_to(self._folder))
        except ValueError:
            return str(file)


def _matches(pattern: Path) -> Iterator[Path]:
    try:
        if not _GLOB.search(str(pattern)):
            yield from (each for each in (pattern,) if each.is_file())
            return
        base = Path(*itertools.takewhile(lambda part: not _GLOB.search(part), pattern.parts))
        found = base.glob(str(pattern.relative_to(base)))
        yield from (each for each in found if each.is_file() and not each.name.startswith("."))
    except (OSError, ValueError, NotImplementedError):
        return


def _is_inside(file: Path, folder: Path) -> bool:
    return file.resolve().is_relative_to(folder.resolve())


def _blank(found: re.Match[str]) -> str:
    return found["before"] + " " * (found.end() - found.start() - len(found["before"]))
