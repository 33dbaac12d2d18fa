"""Lines and columns for a terminal: wrapping that keeps commands whole, and cells beside each other."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from lmwire.text import COMMAND

__all__ = ["Column", "row", "wrap"]

# A word; a command in backticks counts as one, with its blanks, and so does a number of seconds.
_WORD: Final = re.compile(rf"(?:{COMMAND.pattern}|\S|(?<=\d) (?=m?s\b))+")

# The port at an endpoint's end, or several: half a port reads as another one.
_PORTS: Final = re.compile(r":[0-9][0-9,-]*$")


@dataclass(frozen=True, slots=True)
class Column:
    """A part of a row: text in a column `width` wide."""

    text: Text
    width: int
    right: bool = False


def wrap(text: Text, width: int) -> list[Text]:
    """Return `text` as lines of at most `width` columns.

    A command in backticks is never broken, even when it is wider than that: a command broken in two is one that
    nobody can copy. Any other word that is too wide is cut, an endpoint before its port where there is room for that.
    """
    return [text[start:stop] for start, stop in _lines(text.plain, max(1, width))] or [Text()]


def _lines(plain: str, width: int) -> Iterator[tuple[int, int]]:
    begin = end = 0
    empty = True
    for start, stop in _pieces(plain, width):
        if not empty and cell_len(plain[begin:stop]) > width:
            yield begin, end
            empty = True
        if empty:
            begin, empty = start, False
        end = stop
    if not empty:
        yield begin, end


def _pieces(plain: str, width: int) -> Iterator[tuple[int, int]]:
    for match in _WORD.finditer(plain):
        start, stop = match.span()
        while cell_len(plain[start:stop]) > width and not COMMAND.search(plain, start, stop):
            cut = _fitting(plain, start, stop, width)
            ports = _PORTS.search(plain[start:stop])
            if ports and 0 < ports.start() < cut - start and len(ports[0]) <= width:
                cut = start + ports.start()
            yield start, cut
            start = cut
        yield start, stop


def _fitting(plain: str, start: int, stop: int, width: int) -> int:
    """Return where to cut so that at least one character and at most `width` columns stand before the cut."""
    columns = 0
    for index in range(start, stop):
        columns += cell_len(plain[index])
        if columns > width and index > start:
            return index
    return stop


def row(cells: Sequence[Column], gap: int = 1) -> list[Text]:
    """Return cells beside each other as lines, each cell wrapped in its own column; no blanks at a line's end."""
    columns = [wrap(cell.text, cell.width) for cell in cells]
    lines = []
    for parts in itertools.zip_longest(*columns, fillvalue=Text()):
        line = Text()
        for index, (cell, part) in enumerate(zip(cells, parts, strict=True)):
            room = max(0, cell.width - part.cell_len)
            if index:
                line.append(" " * gap)
            line.append_text(Text(" " * room) + part if cell.right else part + Text(" " * room))
        line.rstrip()
        lines.append(line)
    return lines
