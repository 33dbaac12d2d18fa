"""Writes a copy of a capture that can be sent to a stranger: the same license story without names and addresses.

    copied = anonymize(Path("ticket-4711.pcapng"), Path("for-the-vendor.pcapng"))

It replaces names of users, hosts and displays, and all addresses, everywhere and always by the same stand-in. It leaves
out packets that are not license traffic. Then it reads the copy as it read the original. It keeps the copy only when
that tells the same story and holds nothing that was replaced.
"""

from __future__ import annotations

import contextlib
import random
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from lmwire.capture.analyze import Progress, analyze
from lmwire.capture.errors import CaptureError
from lmwire.capture.privacy.anonymous_writer import AnonymousWriter
from lmwire.capture.privacy.copying import Copier
from lmwire.capture.privacy.leak_check import StoryCounts, leak_in, story_counts
from lmwire.capture.privacy.pseudonyms import Pseudonyms
from lmwire.capture.privacy.selection import select_packets

__all__ = ["Anonymized", "anonymize"]


class Anonymized(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an anonymous copy.

    Attributes:
        packets: how many are in the copy.
        others: how many were left out because they do not belong to license traffic.
        unreadable: how many of license traffic were left out because they could not be read, so that what they name
            could not be replaced for sure.
        same: whether the copy tells what the capture told. Else other traffic had a part in that: it may have been so
            much that look-ups were forgotten over it.
        broken: why the capture could not be read to its end, where the copy ends, too; None when it could.
    """

    packets: int
    others: int
    unreadable: int
    same: bool
    broken: CaptureError | None


def anonymize(
    source: Path,
    target: Path,
    *,
    progress: Progress = lambda _done, _total: None,
    chance: random.Random | None = None,
) -> Anonymized:
    """Write a copy of the capture `source` to `target`, which is there whole and checked, or not at all.

    Args:
        source: a file; it is read several times.
        target: written as pcapng; a file of that name is replaced, as that of any result is.
        progress: called while the capture is read the first time, as by `analyze`.
        chance: what stand-ins are drawn from; the system's, which cannot be foreseen, unless a test wants the same.

    Raises:
        CaptureError: the capture cannot be read, holds no license traffic, or cannot be copied without telling names or
            another story.
        OSError: the copy cannot be written.
    """
    if source.exists() and not source.is_file() and not source.is_dir():
        raise CaptureError("lmwire reads it several times, and it is a pipe or device: save it to a file first")
    target = target.resolve()
    with contextlib.suppress(OSError):
        if target.exists() and source.samefile(target):
            raise CaptureError("the copy would be written over the capture itself")
        if target.exists() and not target.is_file():
            raise CaptureError("the copy would replace something that is not a file")
    analysis = analyze(source, progress)
    if not analysis.cases:
        raise CaptureError(f"it holds no license traffic ({analysis.packets} packets): there is nothing to copy")
    names = Pseudonyms(chance or secrets.SystemRandom())
    copier = Copier(source, select_packets(source, analysis), names)
    copier.collect()
    names.settle()
    with _replacing(target) as draft:
        with draft.open("wb") as file, tempfile.TemporaryFile() as originals:
            copier.copy(AnonymousWriter(file), AnonymousWriter(cast("BinaryIO", originals)))
            originals.seek(0)
            selected = story_counts(analyze(cast("BinaryIO", originals)), names)
        _check(draft, selected, names, copier)
    return Anonymized(
        packets=copier.copied,
        others=copier.others,
        unreadable=copier.unreadable,
        same=selected == story_counts(analysis, names),
        broken=analysis.broken,
    )


def _check(draft: Path, expected: StoryCounts, names: Pseudonyms, copier: Copier) -> None:
    """Raise CaptureError unless the copy tells the expected story, and has no real names."""
    again = analyze(draft)
    if story_counts(again, None) != expected:
        raise CaptureError("a copy of it would not tell the same story; lmwire wrote no copy")
    seen = Pseudonyms(random.Random(0))  # noqa: S311 # draws nothing: it only collects
    Copier(draft, select_packets(draft, again), seen).collect()
    leak = leak_in(draft, names, seen, copier.masks.kept)
    if leak:
        raise CaptureError(f"a copy of it would still hold {leak}; lmwire wrote no copy")


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Give a draft beside `target`; put it in its place at the end, or away when anything goes wrong."""
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
        draft = Path(folder) / "draft"
        yield draft
        draft.replace(target)
