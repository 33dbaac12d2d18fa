"""License stories as they end, each with its diagnosis: what `lmwire capture watch` tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from lmwire.capture import Case
from lmwire.capture.live.live_analysis import Stories
from lmwire.capture.live.source import LivePacket
from lmwire.diagnosis import Diagnosis
from lmwire.workflows.diagnose_capture import diagnosed, of_client

__all__ = ["StoryWatch"]

_LOOK: Final = 0.5
"""Seconds after which stories are looked through for those that are over."""


class StoryWatch:
    """Takes packets as they come, and gives a diagnosis for each license story that is over.

    Args:
        client: the address of the only client to tell of; empty for all.
    """

    def __init__(self, client: str = "") -> None:
        self._client = client
        self._stories = Stories()
        self._looked = 0.0

    @property
    def packets(self) -> int:
        """How many packets were taken."""
        return self._stories.packets

    @property
    def under_way(self) -> int:
        """How many clients have stories that are not over."""
        return self._stories.under_way

    def take(self, batch: Iterable[LivePacket], now: float) -> list[Diagnosis]:
        """Take packets, oldest first, and return what is over at Unix time `now`."""
        self._stories.take(batch)
        if now - self._looked < _LOOK:
            return []
        self._looked = now
        return list(self._diagnoses(self._stories.over(now)))

    def finish(self) -> list[Diagnosis]:
        """Return what is under way when nothing more is heard."""
        return list(self._diagnoses(self._stories.finish()))

    def _diagnoses(self, cases: tuple[Case, ...]) -> Iterator[Diagnosis]:
        yield from map(diagnosed, sorted(of_client(cases, self._client), key=lambda case: case.last))
