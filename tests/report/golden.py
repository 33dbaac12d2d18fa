"""What the renderers are known to give: one file a case. `python -m tests.report.golden` writes them anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from lmwire.report import Format, Look, render
from tests.report.samples import CLIENT_SIDE, WALKS, alternatives, report, triad

FOLDER: Final = Path(__file__).parent / "golden"
_NARROW: Final = ("vendor-filtered", "referral-unresolvable", "range-shadowed", "lmgrd-rejected")


def _of(verdict: str, form: Format = Format.TEXT, look: Look | None = None) -> Callable[[], str]:
    return lambda: render(report(WALKS[verdict]), form, look or Look())


CASES: Final[dict[str, Callable[[], str]]] = {
    **{f"{verdict}.txt": _of(verdict) for verdict in WALKS},
    **{f"{verdict}.40.txt": _of(verdict, look=Look(width=40)) for verdict in _NARROW},
    "vendor-filtered.ascii.txt": _of("vendor-filtered", look=Look(unicode=False)),
    "vendor-filtered.colour.txt": _of("vendor-filtered", look=Look(colour=True)),
    "vendor-filtered.md": _of("vendor-filtered", Format.MARKDOWN),
    "vendor-filtered.xml": _of("vendor-filtered", Format.JUNIT),
    "vendor-filtered.json": _of("vendor-filtered", Format.JSON),
    "measured.md": lambda: render(report(WALKS["vendor-filtered"], client=CLIENT_SIDE), Format.MARKDOWN, Look()),
    "measured.json": lambda: render(report(WALKS["vendor-filtered"], client=CLIENT_SIDE), Format.JSON, Look()),
    "triad.txt": lambda: render(triad(), Format.TEXT, Look()),
    "triad.md": lambda: render(triad(), Format.MARKDOWN, Look()),
    "alternatives.txt": lambda: render(alternatives(), Format.TEXT, Look()),
    "alternatives.md": lambda: render(alternatives(), Format.MARKDOWN, Look()),
    "alternatives.xml": lambda: render(alternatives(), Format.JUNIT, Look()),
}
"""File name → what it must hold."""

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for stale in FOLDER.iterdir():
        stale.unlink()
    for name, make in CASES.items():
        (FOLDER / name).write_text(make(), encoding="utf-8")
