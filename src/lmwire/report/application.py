"""What the application shows, as lines: systems apart only where they differ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from lmwire.diagnosis.model import Shown
from lmwire.text import settled

__all__ = ["ALONE", "NOT_KNOWN", "WHOLE_PATH", "ApplicationLine", "application_lines"]

ALONE: Final = "With this server alone, the application shows"
WHOLE_PATH: Final = "With the whole license path, the application shows"
NOT_KNOWN: Final = "not known: no client was measured in such a combination"

_SYSTEMS: Final = {"linux": "Linux", "windows": "Windows"}


class ApplicationLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line: the code, when it comes, which clients show it, on what basis, and what it means."""

    code: str
    when: str
    clients: str
    basis: str
    meaning: str

    @property
    def words(self) -> str:
        """All but code and time, as one sentence."""
        meaning = f": {self.meaning}" if self.meaning else ""
        return f"{self.clients}, {self.basis}{meaning}"


def application_lines(shows: Iterable[Shown]) -> tuple[ApplicationLine, ...]:
    """Return the lines of several predictions. What two systems show alike is one line."""
    shows = tuple(shows)
    lines = []
    merged: set[int] = set()
    for index, shown in enumerate(shows):
        if index in merged:
            continue
        twin = next((other for other in range(index + 1, len(shows)) if _alike(shown, shows[other])), None)
        if twin is not None:
            merged.add(twin)
        lines.append(_line(shown, other=None if twin is None else shows[twin]))
    return tuple(lines)


def _alike(shown: Shown, other: Shown) -> bool:
    """Whether the clients of another system show the same, as far as a reader cares."""
    if not shown.system or not other.system or shown.system == other.system:
        return False
    same = (shown.code, shown.generations, shown.basis, shown.note, shown.vendor)
    return same == (other.code, other.generations, other.basis, other.note, other.vendor) and (
        _when(shown) == _when(other)
    )


def _line(shown: Shown, other: Shown | None) -> ApplicationLine:
    vendor = f"{settled(shown.vendor)}: " if shown.vendor else ""
    system = "" if other is not None or not shown.system else f", {_SYSTEMS.get(shown.system, shown.system)}"
    return ApplicationLine(
        code=settled(shown.code or "none"),
        when=_when(shown),
        clients=f"{vendor}{_clients(shown)}{system}",
        basis=shown.basis,
        meaning=settled(shown.note or _system_error(shown, other)),
    )


def _system_error(shown: Shown, other: Shown | None) -> str:
    error = shown.system_error
    if error is None or other is not None:
        return ""
    words = f' "{error.words}"' if error.words else ""
    return f"System Error: {error.number}{words}"


def _when(shown: Shown) -> str:
    """Return after how long the application shows it, in words; empty where that is not known."""
    if shown.after_seconds is None:
        return ""
    time = "at once" if shown.after_seconds < 1 else f"after {shown.after_seconds:.0f} s"
    return time if shown.code else f"works {time}"


def _clients(shown: Shown) -> str:
    """Return the clients in words: `FlexNet 11.16 to 11.19`, `older FlexNet, Windows`."""
    generations = shown.generations
    if len(generations) > 2:  # noqa: PLR2004 - two are joined by "and"
        return f"FlexNet {generations[0]} to {generations[-1]}"
    head, comma, rest = shown.flexnet.partition(",")
    name = f"FlexNet {head}" if head[:1].isdigit() else f"{head} FlexNet"
    return settled(name + comma + rest)
