"""Render the changes of pinning as a unified diff, for reading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from lmwire.report.look import PLAIN, Look
from lmwire.text import escaped, settled
from lmwire.workflows.documents import PinnedFile

__all__ = ["as_diff"]

_CONTEXT: Final = 3
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


class _ChangedLines(msgspec.Struct, frozen=True):
    """Lines of the old file, counted from 0, and the lines that replace them."""

    start: int
    old: list[str]
    new: list[str]


def as_diff(file: PinnedFile, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the difference between a file and its pinned form; empty when they are equal.

    It is made from the known changes, without a slow search. Control characters are escaped, so `patch` cannot use it.
    """
    document, pinned, name = file.document, file.pinned, file.written or file.document.name
    changes = [
        _ChangedLines(each.line - 1, _lines(each.before), _lines(each.after))
        for each in pinned.changes
        if each.before != each.after
    ]
    if not changes:
        return ""
    old = _lines("".join(part.raw for part in document.parts))
    shown = [f"--- {escaped(document.name, 200)}", f"+++ {escaped(name, 200)}"]
    shift = 0
    for group in _groups(changes):
        shown.extend(_hunk(old, group, shift))
        shift += sum(len(change.new) - len(change.old) for change in group)
    return "".join(f"{line}\n" for line in shown)


def _groups(changes: list[_ChangedLines]) -> Iterator[list[_ChangedLines]]:
    """Yield groups of changes whose context lines touch."""
    group = changes[:1]
    for change in changes[1:]:
        if change.start - (group[-1].start + len(group[-1].old)) <= 2 * _CONTEXT:
            group.append(change)
        else:
            yield group
            group = [change]
    yield group


def _hunk(old: list[str], group: list[_ChangedLines], shift: int) -> Iterator[str]:
    start = max(0, group[0].start - _CONTEXT)
    stop = min(len(old), group[-1].start + len(group[-1].old) + _CONTEXT)
    size = stop - start + sum(len(change.new) - len(change.old) for change in group)
    yield f"@@ -{start + 1},{stop - start} +{start + 1 + shift},{size} @@"
    here = start
    for change in group:
        yield from _marked(" ", old[here : change.start])
        yield from _marked("-", change.old)
        yield from _marked("+", change.new)
        here = change.start + len(change.old)
    yield from _marked(" ", old[here:stop])


def _marked(mark: str, lines: list[str]) -> Iterator[str]:
    for line in lines:
        yield mark + settled(line.rstrip("\r\n").replace("\t", "    "))


def _lines(text: str) -> list[str]:
    return _LINE.findall(text)
