"""The gateway's log: a line for each session, and for what happens to the servers. As text, or as lines of JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

import msgspec

from lmwire.diagnosis import Report
from lmwire.errors import LmwireError
from lmwire.gateway.plan import LogForm
from lmwire.gateway.records import EndedBy, Ready, SessionRecord
from lmwire.gateway.routes import Route
from lmwire.text import printable

__all__ = ["Diagnose", "Journal", "Write"]

Write = Callable[[str], None]
Diagnose = Callable[[str, str], Awaitable[Report]]
"""Walks to a license path and a vendor daemon."""

_BETWEEN: Final = 60.0
"""Seconds between two diagnoses of one server: a probe costs a license server a conversation."""


_MOST_TURNED_AWAY: Final = 60
"""Lines a minute for clients that were turned away before they asked for anything: a flood must not hide the others."""


class _Note(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line about a server, or about the gateway.

    Attributes:
        verdict: the id of a diagnosis.
        cause: in words, and what to change.
        before: the vendor daemon's port until now.
    """

    time: datetime
    note: str
    server: str = ""
    vendor: str = ""
    verdict: str = ""
    headline: str = ""
    cause: str = ""
    remedy: str = ""
    before: int | None = None
    port: int | None = None


class Journal:
    """Writes the log. Hears of everything as the gateway's watcher.

    Args:
        write: takes a line; must not wait.
        diagnose: finds out why a server cannot be reached; None: the log only says so.
    """

    def __init__(self, form: LogForm, write: Write, diagnose: Diagnose | None = None) -> None:
        self.form = form
        self._write = write
        self._diagnose = diagnose
        self._looked: dict[str, float] = {}
        self._minute = -_BETWEEN
        self._turned_away = 0
        self._looking: set[asyncio.Task[None]] = set()

    def ended(self, record: SessionRecord) -> None:
        """See `Watcher`. Of clients that were turned away before a request, a minute has so many lines."""
        if record.ended_by is EndedBy.GATEWAY and not record.asked and not self._counted():
            return
        self._write(record.as_json() if self.form is LogForm.JSON else record.as_text())

    def _counted(self) -> bool:
        """Whether one more client that was turned away has a line; how many had none is told a minute later."""
        now = asyncio.get_running_loop().time()
        if now - self._minute > _BETWEEN:
            if self._turned_away > _MOST_TURNED_AWAY:
                self._note(f"{self._turned_away - _MOST_TURNED_AWAY} more clients were turned away without a request")
            self._minute, self._turned_away = now, 0
        self._turned_away += 1
        return self._turned_away <= _MOST_TURNED_AWAY

    def moved(self, route: Route, vendor: str, before: int | None, now: int) -> None:
        """See `Watcher`."""
        text = f"lmgrd refers {vendor} to port {now}" + (f" (before: {before})" if before is not None else "")
        self._note(text, server=route.name, vendor=vendor, before=before, port=now)

    def failed(self, route: Route, vendor: str) -> None:
        """See `Watcher`."""
        loop = asyncio.get_running_loop()
        if self._diagnose is None or loop.time() - self._looked.get(route.target, -_BETWEEN) < _BETWEEN:
            return
        self._looked[route.target] = loop.time()
        task = loop.create_task(self._find_out(self._diagnose, route, vendor))
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)

    async def _find_out(self, diagnose: Diagnose, route: Route, vendor: str) -> None:
        shown = printable(vendor, 60)
        try:
            report = await diagnose(route.target, vendor)
        except LmwireError as error:
            self._note(f"no diagnosis: {error.one_line}", server=route.name, vendor=shown)
            return
        for diagnosis in report.diagnoses:
            verdict = diagnosis.verdict
            remedy = verdict.remedies[0] if verdict.remedies else ""
            self._note(
                "diagnosis",
                server=route.name,
                vendor=shown,
                verdict=str(verdict.id),
                headline=verdict.headline,
                cause=verdict.cause,
                remedy=remedy,
            )

    def ready(self, ready: Ready) -> None:
        """Write the first line: every listener is there."""
        if self.form is LogForm.JSON:
            self._write(msgspec.json.encode(ready).decode())
            return
        for served in ready.served:
            self._note(f"ready on {', '.join(served.listens)} for {printable(served.server, 200)}")

    def say(self, text: str) -> None:
        """Write a line about the gateway itself."""
        self._note(text)

    def close(self) -> None:
        """Give up what is still being found out."""
        for task in self._looking:
            task.cancel()

    def _note(self, note: str, **facts: str | int | None) -> None:
        line = _Note(time=datetime.now(UTC), note=note, **facts)  # type: ignore[arg-type]  # names and types are _Note's
        if self.form is LogForm.JSON:
            self._write(msgspec.json.encode(line).decode())
            return
        words = [f"{line.verdict}: {line.headline}" if line.verdict else note, line.cause, line.remedy]
        where = f"{line.server}: " if line.server else ""
        self._write(f"{line.time:%Y-%m-%d %H:%M:%SZ} {where}{' '.join(filter(None, words))}")
