"""The results of a class: files of `lmwire lab check --format json`, and the achieved.json of learners, on one page."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from lmwire.lab.documents import CHECK, Board, BoardRow, CheckDocument, Reached
from lmwire.lab.errors import LabError
from lmwire.lab.records import Achieved
from lmwire.text import printable

__all__ = ["collect", "learner"]

_ACHIEVED: Final = "achieved.json"
_MOST_FILES: Final = 10_000
_MOST_BYTES: Final = 1 << 20
_SHOWN: Final = 60


def learner() -> str:
    """Return who plays here: user@host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):
        user = "somebody"
    return printable(f"{user}@{socket.gethostname()}", _SHOWN)


def collect(folder: Path) -> Board:
    """Return the results in a folder and its folders. Raises LabError for no folder, or too many files."""
    if not folder.is_dir():
        raise LabError(f"{printable(str(folder), 200)} is not a folder", "collect the files of learners in one")
    files = sorted((*folder.glob("*.json"), *folder.glob("*/*.json")))
    if len(files) > _MOST_FILES:
        raise LabError(f"{printable(str(folder), 200)} has more than {_MOST_FILES} files", "name a smaller folder")
    best: dict[str, dict[str, Reached]] = {}
    ignored = []
    for file in files:
        try:
            for name, lab, reached in _results(file):
                known = best.setdefault(name, {})
                if lab not in known or _rank(known[lab]) < _rank(reached):
                    known[lab] = reached
        except (OSError, ValueError, RecursionError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            ignored.append(f"{printable(str(file.relative_to(folder)), _SHOWN)}: {printable(str(why), 200)}")
    rows = [
        BoardRow(
            learner=name,
            points=sum(each.points for each in found.values()),
            seconds=sum(each.seconds for each in found.values()),
            labs=dict(sorted(found.items())),
        )
        for name, found in best.items()
    ]
    return Board(
        rows=tuple(sorted(rows, key=lambda row: (-row.points, row.seconds, row.learner))), ignored=tuple(ignored)
    )


def _rank(reached: Reached) -> tuple[int, float]:
    return reached.points, -reached.seconds


def _results(file: Path) -> Iterator[tuple[str, str, Reached]]:
    """Yield learner, lab and result. Raises ValueError for a file that has none."""
    with file.open("rb") as opened:
        text = opened.read(_MOST_BYTES)
    if file.name == _ACHIEVED:
        for lab, each in msgspec.json.decode(text, type=dict[str, Achieved]).items():
            if not each.is_sealed(lab):
                raise ValueError(f"the result of {lab} was changed by hand")
            result = Reached(points=each.points, hints=each.hints, seconds=each.seconds, exam=each.exam)
            yield printable(file.parent.name, _SHOWN), printable(lab, _SHOWN), result
        return
    document = msgspec.json.decode(text, type=CheckDocument)
    if document.schema != CHECK:
        raise ValueError(f"its schema is not {CHECK}")
    if document.points is None:
        raise ValueError("it is from an exam that was not at its end")
    result = Reached(points=document.points, hints=document.hints, seconds=document.seconds, exam=document.exam)
    yield printable(document.learner or file.stem, _SHOWN), printable(document.lab, _SHOWN), result
