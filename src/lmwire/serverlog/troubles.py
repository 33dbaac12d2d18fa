"""Troubles that a log reports, as far as nothing later in the log has solved them. Their number is bounded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from lmwire.serverlog.clock import Moment
from lmwire.serverlog.events import FaultDetail, FaultLine, PortInUse, Triad
from lmwire.serverlog.known_faults import FAULTS

__all__ = ["FaultSeen", "Troubles"]

_KEPT: Final = 16
_MOST_FAULTS: Final = 128
_ENDS: Final = frozenset(fault.id for fault in FAULTS if fault.ends)


@dataclass(slots=True)
class FaultSeen:
    """Lines that name one fault of one daemon: the first of them, what they name, and what later lines add."""

    line: str
    count: int = 0
    things: dict[str, None] = field(default_factory=dict)
    details: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class Troubles:
    """Problems since the manager's last start that nothing in the log has solved."""

    faults: dict[tuple[str, str], FaultSeen] = field(default_factory=dict)
    manager_exit: tuple[int | None, str] | None = None
    ports: dict[tuple[str, int | None], bool] = field(default_factory=dict)
    conflicts: int = 0
    given_up: str | None = None
    init: str | None = None
    featureless: dict[str, None] = field(default_factory=dict)
    quorum_lost: bool = False
    sockets: int = 0
    socket_sample: str = ""
    slow_packets: bool = False
    as_root: bool = False

    def manager_started(self) -> None:
        """Forget the problems of the last run."""
        self.vendor_started()
        self.faults.clear()
        self.manager_exit = None
        self.featureless.clear()
        self.quorum_lost = self.slow_packets = self.as_root = False

    def manager_works(self) -> None:
        """A line shows that the manager works."""
        self.manager_exit = None
        self._forget("", _ENDS)

    def daemon_begins(self, daemon: str) -> None:
        """A vendor daemon begins a new run."""
        for key in [key for key in self.faults if key[1] == daemon]:
            del self.faults[key]

    def manager_exits(self, signal: int | None, reason: str) -> None:
        """The manager says that it exits."""
        known = self.manager_exit or (None, "")
        self.manager_exit = signal if signal is not None else known[0], known[1] or reason

    def fault(self, event: FaultLine, daemon: str) -> None:
        """A line names a fault of a daemon; of the manager when the name is empty."""
        if (event.fault, daemon) not in self.faults and len(self.faults) >= _MOST_FAULTS:
            return
        seen = self.faults.setdefault((event.fault, daemon), FaultSeen(event.line))
        seen.count += 1
        if event.what and len(seen.things) < _KEPT:
            seen.things[event.what] = None

    def fault_detail(self, event: FaultDetail, daemon: str) -> None:
        """A line adds to a fault."""
        seen = self.faults.get((event.fault, daemon))
        if seen is not None and len(seen.details) < _KEPT:
            seen.details[event.what] = None

    def _forget(self, daemon: str, faults: Iterable[str]) -> None:
        for fault in faults:
            self.faults.pop((fault, daemon), None)

    def vendor_started(self) -> None:
        """The manager starts a vendor daemon."""
        self.ports.clear()
        self.given_up = self.init = None

    def server_started(self, daemon: str) -> None:
        """A vendor daemon has features to serve, and its port."""
        self.featureless.pop(daemon, None)
        self._forget("", {"server-order"})

    def no_features(self, daemon: str) -> None:
        """A vendor daemon has nothing to serve."""
        if len(self.featureless) < _KEPT:
            self.featureless[daemon] = None

    def gave_up(self, daemon: str, _moment: Moment | None) -> None:
        """The manager gave up."""
        self.given_up = daemon

    def port_in_use(self, daemon: str, event: PortInUse) -> None:
        """A daemon could not open its port."""
        self.conflicts += event.in_use
        if event.port is None and any(whose == daemon for whose, _ in self.ports):
            return  # an earlier line of the same failure named the port
        if len(self.ports) < _KEPT:
            self.ports[daemon, event.port] = event.in_use

    def cant_initialize(self, reason: str, _moment: Moment | None) -> None:
        """The manager did not start, for this reason."""
        self.init = reason

    def among_three(self, kind: Triad) -> None:
        """An event in a triad."""
        if kind is Triad.LOST_QUORUM:
            self.quorum_lost = True
        elif kind is Triad.MASTER_IS:
            self.quorum_lost = False
            self._forget("", {"server-order"})

    def socket(self, text: str) -> None:
        """A call to the operating system failed."""
        self.sockets += 1
        self.socket_sample = self.socket_sample or text
