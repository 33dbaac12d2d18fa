"""Every capture of the repository, analyzed; the dissector; copies with stand-ins for names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from tests.outputs.session import CAPTURES, Session, Setting

__all__ = ["anonymized", "jobs"]

_ANONYMIZED: Final = 6
"""One capture of so many is copied with stand-ins."""


def jobs(_: Setting) -> Iterator[tuple[str, Any]]:
    """Name the captures: our own in all formats, the real client's in text and JSON."""
    for name, path in _captures():
        forms = ("text", "json") if "/" in name else ("text", "json", "markdown", "junit")
        yield name, partial(_analyze, path=path, forms=forms)
    yield "others", _others


def anonymized(_: Setting) -> Iterator[tuple[str, Any]]:
    """Name the captures that are copied."""
    for name, path in list(_captures())[::_ANONYMIZED]:
        yield name, partial(_anonymize, path=path)


def _captures() -> Iterator[tuple[str, str]]:
    for path in sorted(CAPTURES.rglob("*.pcap*")):
        inside = path.relative_to(CAPTURES)
        yield inside.with_suffix("").as_posix(), f"captures/{inside.as_posix()}"


def _analyze(session: Session, path: str, forms: tuple[str, ...]) -> None:
    for form in forms:
        session.run(form, "capture", "analyze", path, "--format", form)


def _anonymize(session: Session, path: str) -> None:
    session.run("copy", "capture", "analyze", path, "--anonymize", "copy.pcapng")


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
