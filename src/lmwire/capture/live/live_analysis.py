"""Live: license stories as they end, one after the other.

A capture file has an end; a wire has none. So a story is over when its client is quiet, for as long as the client could
still come back to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from lmwire.capture.follow.flows import TcpFlow
from lmwire.capture.follow.hosts import Hosts
from lmwire.capture.follow.tracker import Tracker
from lmwire.capture.live.source import LivePacket
from lmwire.capture.story.cases import Case, CaseCollector
from lmwire.evidence import Dialogue
from lmwire.ports import port_dialled

__all__ = ["Stories"]

QUIET: Final = 3.0
"""Seconds of quiet after which a client whose connections all came to an end has done what it wanted."""

_FOLLOW: Final = 30.0
"""Seconds that a client may need to look up where it was referred to, twice what a dead name server costs."""

_AGAIN: Final = 1e-6
"""Seconds after itself at which a connection to the same port is another one: captures tell no shorter times."""

_NOT_UNDERSTOOD: Final = frozenset({Dialogue.FOREIGN, Dialogue.GARBLED})
_STUBBORN: Final = 12.0
"""Seconds after another protocol's answer; for 10 a real client waits for a better one, then it tries again. [obs]"""

_SLACK: Final = 3.0
"""Seconds by which a repeated SYN may be late. Each waits twice as long as the one before."""

_OPEN: Final = 60.0
"""Seconds after which a connection on which nothing happens any more is left at that."""


class Stories:
    """Takes packets, tells of license stories once they are over. Bounded, whatever comes."""

    def __init__(self) -> None:
        self._tracker = Tracker()

    def take(self, batch: Iterable[LivePacket]) -> None:
        """Take packets, oldest first."""
        raw = [packet.raw for packet in batch]
        self._tracker.packets(raw)
        self._tracker.counts.packets += len(raw)

    @property
    def packets(self) -> int:
        """How many packets were taken."""
        return self._tracker.counts.packets

    @property
    def under_way(self) -> int:
        """How many clients have stories that are not over."""
        return len(self._tracker.clients)

    def over(self, now: float) -> tuple[Case, ...]:
        """Return what is over at Unix time `now`, each story once. What it holds is forgotten."""
        tracker = self._tracker
        tracker.now = max(tracker.now, now)
        handed = tracker.settled()  # of a client that never rests
        for machine in Hosts(tracker.clients, tracker.links).groups():
            if all(_is_over(tracker.clients[client], tracker.now) for client in machine):
                handed.extend(map(tracker.hand_out, machine))
        return self._told(handed)

    def finish(self) -> tuple[Case, ...]:
        """Return what is under way when nothing more is heard."""
        return self._told(self._tracker.finish())

    def _told(self, handed: list[tuple[bytes, list[TcpFlow]]]) -> tuple[Case, ...]:
        if not handed:
            return ()
        collector = CaseCollector()
        collector.take(handed, self._tracker)
        return collector.cases()


def _is_over(flows: list[TcpFlow], now: float) -> bool:
    latest: dict[int, float] = {}
    for flow in flows:
        latest[flow.server_port] = max(latest.get(flow.server_port, 0.0), flow.syn_at)
    return all(now - _last(flow) >= _patience(flow, latest) for flow in flows)


def _last(flow: TcpFlow) -> float:
    return max(flow.last, flow.ended_at)


def _patience(flow: TcpFlow, latest: Mapping[int, float]) -> float:
    """Return for how many seconds of quiet a connection may still have something to come.

    Args:
        flow: the connection.
        latest: when its client last turned to each port.
    """
    end = flow.talk_end
    if end is not None and end.referral is not None:
        port = port_dialled(end.referral.port)
        followed = latest.get(port, 0.0) >= flow.syn_at + (port == flow.server_port) * _AGAIN
        return QUIET if followed else _FOLLOW
    if end is not None and end.dialogue in _NOT_UNDERSTOOD:
        return _STUBBORN
    if flow.over or flow.error is not None:
        return QUIET
    if not flow.established and flow.answered_at is None:
        return flow.last_syn - flow.syn_at + 1.0 + _SLACK
    return _OPEN
