"""Two recordings, file by file."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.outputs.volatile import settle

__all__ = ["Difference", "compare", "report"]

_SECTION: Final = re.compile(r"^--- (?=standard|exit|file)", re.MULTILINE)


@dataclass(frozen=True)
class Difference:
    """An output that is not the same in both recordings.

    Attributes:
        name: of its file, such as `scenarios/healthy/json.txt`.
        kind: what is not the same: `standard output`, `missing`, ….
        diff: a unified diff.
    """

    name: str
    kind: str
    diff: str

    @property
    def group(self) -> str:
        """The group of outputs that it belongs to."""
        return self.name.partition("/")[0]


def compare(old: Path, new: Path) -> tuple[int, list[Difference]]:
    """Return how many outputs there are in all, and those that differ."""
    names = sorted({path.relative_to(side).as_posix() for side in (old, new) for path in side.rglob("*.txt")})
    found = [_compare_file(old, new, name) for name in names]
    return len(names), [each for each in found if each is not None]


def _compare_file(old: Path, new: Path, name: str) -> Difference | None:
    before, after = (_settled(side, name) for side in (old, new))
    if before == after:
        return None
    lines = difflib.unified_diff(
        (before or "").split("\n"), (after or "").split("\n"), f"old/{name}", f"new/{name}", lineterm=""
    )
    return Difference(name, _kind(before, after), "\n".join(lines))


def _settled(side: Path, name: str) -> str | None:
    try:
        data = (side / name).read_bytes()
    except FileNotFoundError:
        return None
    return settle(name.partition("/")[0], data.decode("utf-8", "surrogateescape"))


def _kind(before: str | None, after: str | None) -> str:
    if before is None:
        return "only in the new recording"
    if after is None:
        return "only in the old recording"
    old, new = _sections(before), _sections(after)
    return ", ".join(name for name in {**old, **new} if old.get(name) != new.get(name))


def _sections(text: str) -> dict[str, str]:
    """The parts of an output by name: command, exit status, standard output, standard error, files."""
    found = {}
    for part in _SECTION.split(f"command\n{text}"):
        head, _, rest = part.partition("\n")
        name, _, status = head.partition(" status ")
        found["exit status" if status else name] = status or rest
    return found


def report(total: int, differences: list[Difference], *, fold: bool) -> Iterator[str]:
    """Yield the diffs, then a summary; with `fold`, a diff that is the same in many files is shown once."""
    shown: dict[tuple[str, ...], list[Difference]] = {}
    for each in differences:
        shown.setdefault(_change(each) if fold else (each.name,), []).append(each)
    for alike in shown.values():
        yield alike[0].diff
        if others := [each.name for each in alike[1:]]:
            yield f"The same change in {len(others)} more: {', '.join(others)}"
        yield ""
    counts = Counter((each.group, Path(each.name).stem, each.kind) for each in differences)
    for (group, what, kind), count in sorted(counts.items()):
        yield f"{count:5}  {group}: {what}: {kind}"
    yield f"{len(differences)} of {total} outputs differ"


def _change(difference: Difference) -> tuple[str, ...]:
    """What was taken away and what was added, without where."""
    return tuple(line for line in difference.diff.split("\n")[2:] if line[:1] in {"-", "+"})
