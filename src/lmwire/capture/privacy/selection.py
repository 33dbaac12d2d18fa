"""Selects the packets of a capture that belong to its license stories: the copy leaves out the rest."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from lmwire.addresses import is_address
from lmwire.capture.analyze import Analysis
from lmwire.capture.errors import CaptureError
from lmwire.capture.files.reader import CaptureFile
from lmwire.capture.follow.flows import TcpFlow
from lmwire.capture.follow.tracker import Tracker

__all__ = ["Selection", "select_packets"]

_SWEEP: Final = 1 << 16

Ends = tuple[bytes, int, bytes, int]


class Selection:
    """What shows that a packet is license traffic.

    Attributes:
        flows: both directions of its connections → the client's end.
        names: that were looked up for it, in lower case.
        addresses: that have a part in it.
    """

    def __init__(self) -> None:
        self.flows: dict[Ends, tuple[bytes, int]] = {}
        self.names: set[str] = set()
        self.addresses: set[bytes] = set()

    def asks_for(self, name: str) -> bool:
        """Whether a look-up is for one of the names, as it is or with a domain of the search list."""
        parts = name.split(".")
        return any(".".join(parts[:count]) in self.names for count in range(1, len(parts) + 1))

    def take_flows(self, flows: Iterable[TcpFlow]) -> None:
        """Add connections, and where they led."""
        for flow in flows:
            client, server = (flow.client, flow.client_port), (flow.server, flow.server_port)
            self.flows[(*client, *server)] = self.flows[(*server, *client)] = client
            self.addresses.update((flow.client, flow.server))
            if flow.talk_end is not None and flow.talk_end.referral is not None:
                self.take_name(flow.talk_end.referral.host)

    def take_name(self, name: str) -> None:
        """Add a name, or an address as text."""
        if is_address(name):
            self.addresses.add(ipaddress.ip_address(name.partition("%")[0]).packed)
        elif name.strip("."):
            self.names.add(name.rstrip(".").lower())

    def take_cases(self, analysis: Analysis) -> None:
        """Add what an analysis names."""
        for evidence in (case.evidence for case in analysis.cases):
            for name in (evidence.host, *(look.name for look in evidence.resolutions)):
                self.take_name(name)
            for text in (one for look in evidence.resolutions for one in look.addresses):
                self.take_name(text)


def select_packets(path: Path, analysis: Analysis) -> Selection:
    """Read a capture for its license connections, by the tracker that an analysis uses.

    Raises:
        CaptureError: it cannot be opened. Where it breaks off, the story ends.
    """
    story, tracker = Selection(), Tracker()
    story.take_cases(analysis)
    with CaptureFile(path) as file:
        swept = read = 0
        try:
            for batch in file.batches():
                tracker.packets(batch)
                read += len(batch)
                if read - swept >= _SWEEP:
                    swept = read
                    for _, flows in tracker.settled():
                        story.take_flows(flows)
        except CaptureError as error:
            if analysis.broken is None:
                raise CaptureError(f"it changed while it was read: {error}") from error
    for _, flows in tracker.finish():
        story.take_flows(flows)
    return story
