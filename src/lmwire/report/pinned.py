"""What pinning ports in a license file did, in words."""

from __future__ import annotations

from collections.abc import Sequence

from lmwire.licensefile import PinChange
from lmwire.report.look import PLAIN, Look
from lmwire.text import printable
from lmwire.workflows.documents import PinnedFile

__all__ = ["as_text"]


def as_text(file: PinnedFile, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the lines that were changed, when a file was written, and what to do now. No line is wrapped."""
    changes = file.pinned.changes
    changed = any(change.before != change.after for change in changes)
    lines = []
    if file.written:
        lines += [f"Wrote {printable(file.written, 200)}:", *(f"  {_change(change)}" for change in changes)]
        if changed:
            lines.append("Restart the license service, and open the port on every firewall between clients and server.")
    if not changed:
        lines.append("Nothing changed: what was asked for is in the license file already.")
    return "".join(f"{line}\n" for line in lines)


def _change(change: PinChange) -> str:
    was = "chosen by the system" if change.was is None else change.was
    before = "as before" if change.before == change.after else f"before: {was}"
    return f"line {change.line}: {change.daemon} on port {change.port}, {before}"
