"""Every capture of the repository, analyzed; the dissector; copies with stand-ins for names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from tests.outputs.session import CAPTURES, Session, Setting

__all__ = ["jobs"]

_ANONYMIZED: Final = 6
"""One capture of so many is copied with stand-ins."""


def jobs(_: Setting) -> Iterator[tuple[str, Any]]:
    """Name the captures: our own in all formats, the real client's in text and JSON."""
    for folder, forms in ((CAPTURES, ("text", "json", "markdown", "junit")), (CAPTURES / "real-client", ("text", "json"))):
        for at, path in enumerate(sorted(folder.glob("*.pcap*"))):
            shown = path.relative_to(CAPTURES.parent).as_posix()
            name = "real-client/" * (folder is not CAPTURES) + path.stem
            yield name, partial(_analyze, path=shown, forms=forms, copy=at % _ANONYMIZED == 0)
    yield "others", _others


def _analyze(session: Session, path: str, forms: tuple[str, ...], *, copy: bool) -> None:
    for form in forms:
        session.run(form, "capture", "analyze", path, "--format", form)
    if copy:
        session.run("anonymized", "capture", "analyze", path, "--anonymize", "copy.pcapng")


def _others(session: Session) -> None:
    healthy = (CAPTURES / "healthy.pcapng").read_bytes()
    session.run("dissector", "capture", "dissector")
    session.run("dissector-file", "capture", "dissector", "--output", "flexlm.lua")
    session.run("dissector-installed", "capture", "dissector", "--install")
    session.run("client", "capture", "analyze", "captures/healthy.pcapng", "--client", "192.0.2.77")
    session.run("standard-input", "capture", "analyze", "-", given=healthy)
    session.run("cut", "capture", "analyze", "-", given=healthy[:1500])
    session.run("empty", "capture", "analyze", "-")
    session.run("no-capture", "capture", "analyze", "inputs/licenses/triad.lic")
    session.run("colour", "capture", "analyze", "captures/vendor-filtered.pcapng", more={"FORCE_COLOR": "1"})
