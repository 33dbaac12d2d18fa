"""Turn events into a summary: each event changes the facts, and a new start clears those of the last run."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from lmwire.serverlog import events
from lmwire.serverlog.clock import Moment
from lmwire.serverlog.daemon import DaemonRecord, top_names, when
from lmwire.serverlog.events import Triad
from lmwire.serverlog.known_faults import FAULTS, FEATURELESS
from lmwire.serverlog.line_summary import lines_of
from lmwire.serverlog.model import DenialCount, LogSummary, PortSource, State, TriadCount
from lmwire.serverlog.problems import problems_of
from lmwire.serverlog.reader import LogEntry, Reader
from lmwire.serverlog.top_counts import TopCounts
from lmwire.serverlog.troubles import Troubles

__all__ = ["NAMES", "LogSummarizer"]

NAMES: Final = 500
"""How many different features, clients and reasons the summary counts by name."""

_MANAGERS: Final = ("lmgrd", "lmadmin")
_ENDS: Final = frozenset(fault.id for fault in FAULTS if fault.ends)
"""Faults after which the daemon that writes the line exits."""

_DAEMONS: Final = 64
_PINS: Final = 256
_TOP: Final = 10
_CODES: Final = 20
_LONGEST: Final = 1000
_VERSION: Final = re.compile(r"v?(\d{1,3})\.(\d{1,3})")
_TELLS_PINS: Final = (11, 14)
"""The oldest version that is known to log that a port came from the license file."""

_Code = tuple[str, str]


class LogSummarizer:
    """Takes entries in order, and returns the summary at any time. Its memory is bounded."""

    def __init__(self, limit: int = NAMES) -> None:
        self._limit = limit
        self._managers = frozenset(_MANAGERS)
        self._records: dict[str, DaemonRecord] = {}
        self._left_out = 0
        self._manager = self._version = self._host = self._platform = ""
        self._port: int | None = None
        self._configuration = self._files = self._command = ""
        self._starts = 0
        self._started: Moment | None = None
        self._state = State.UNKNOWN
        self._pins: set[int] = set()
        self._tells_pins = False
        self._announced: int | None = None
        self._codes: TopCounts[_Code] = TopCounts(limit)
        self._reasons: dict[_Code, str] = {}
        self._denied: TopCounts[tuple[str, str, str]] = TopCounts(limit)
        self._clients: TopCounts[str] = TopCounts(limit)
        self._triad: TopCounts[tuple[Triad, str]] = TopCounts(limit)
        self._triad_last: dict[tuple[Triad, str], Moment | None] = {}
        self._troubles = Troubles()
        self._exited: DaemonRecord | None = None
        self._take: dict[type[events.Event], Callable[[Any, str, Moment | None], None]] = {
            events.Use: self._use,
            events.Denied: self._turned_down,
            events.ManagerStarted: self._begin,
            events.ManagerPort: self._manager_port,
            events.Listening: self._listening,
            events.Configuration: self._configured,
            events.LicenseFiles: self._license_files,
            events.CommandLine: self._command_line,
            events.Starting: self._starting,
            events.PinnedPort: self._pin,
            events.VendorStarted: self._vendor_started,
            events.PortReported: self._reported,
            events.ServerStarted: self._server_started,
            events.DaemonVersion: self._daemon_version,
            events.Versions: self._versions,
            events.Exited: self._ended,
            events.Exiting: self._exiting,
            events.UnknownStatus: self._unknown_status,
            events.FaultLine: self._fault,
            events.FaultDetail: self._fault_detail,
            events.NoFeatures: self._no_features,
            events.GaveUp: self._gave_up,
            events.PortInUse: self._port_in_use,
            events.CantInitialize: self._cant_initialize,
            events.IllegalConnection: self._illegal,
            events.TriadEvent: self._among_three,
            events.SocketTrouble: self._socket,
            events.SlowPackets: self._slow,
            events.RunsAsRoot: self._as_root,
            events.ShutDown: self._shut_down,
        }

    def take(self, entry: LogEntry) -> None:
        """Take one entry."""
        handle = self._take.get(type(entry.event))
        if handle is not None:
            handle(entry.event, entry.daemon, entry.moment)

    def _record(self, name: str) -> DaemonRecord | None:
        """Return the record of a vendor daemon; None for the manager, and when there are too many daemons."""
        key = name.lower()  # "Flexsvr exited" is about flexsvr
        record = self._records.get(key)
        if record is None and name and name not in self._managers:
            if len(self._records) >= _DAEMONS:
                self._left_out += 1
                return None
            record = self._records[key] = DaemonRecord(name, TopCounts(self._limit))
        if name in self._managers:
            self._manager = name
        return record

    def _whose(self, name: str) -> str:
        """Return the name under which a daemon is known; empty for the manager."""
        record = self._record(name)
        return "" if name in self._managers else record.name if record is not None else name

    def _use(self, event: events.Use, by: str, _now: Moment | None) -> None:
        record = self._records.get(by) or self._record(by)
        if record is None:
            return
        if event.out:  # a daemon that goes down checks licenses in, so IN is not a sign of life
            record.serves()
            record.outs += event.count
            record.features.add(event.feature, event.count)
        else:
            record.ins += event.count

    def _turned_down(self, event: events.Denied, by: str, _now: Moment | None) -> None:
        record = self._record(by)
        if record is not None:
            record.denied += 1
            record.serves()
        key = (event.kind, event.code)
        self._codes.add(key)
        if key not in self._reasons and len(self._reasons) <= 2 * self._limit:
            self._reasons[key] = event.reason
        if event.feature:
            self._denied.add((*key, event.feature))
        if event.client:
            self._clients.add(event.client)

    def _begin(self, event: events.ManagerStarted, by: str, now: Moment | None) -> None:
        self._managers = frozenset((*_MANAGERS, by))
        self._manager, self._version, self._host, self._platform = by, event.version, event.host, event.platform
        self._starts += 1
        self._started, self._state = now, State.UP
        self._pins.clear()
        self._announced = self._exited = None
        match = _VERSION.match(event.version)
        if match is not None and tuple(map(int, match.groups())) >= _TELLS_PINS:
            self._tells_pins = True
        self._troubles.manager_started()
        for record in self._records.values():
            record.manager_started()

    def _manager_works(self) -> None:
        if self._state is State.EXITED:
            self._state = State.UP
        self._troubles.manager_works()

    def _manager_port(self, event: events.ManagerPort, by: str, _now: Moment | None) -> None:
        self._record(by)
        self._manager_works()
        self._port = event.port

    def _listening(self, event: events.Listening, by: str, now: Moment | None) -> None:
        record = self._record(by)
        if record is not None:
            self._at_port(record, event.port, PortSource.LISTENING, now)
        elif by in self._managers:
            self._port = event.port

    def _configured(self, event: events.Configuration, _by: str, _now: Moment | None) -> None:
        self._configuration = event.text

    def _license_files(self, event: events.LicenseFiles, by: str, _now: Moment | None) -> None:
        if by in self._managers:
            self._files = event.text[:_LONGEST]

    def _command_line(self, event: events.CommandLine, _by: str, _now: Moment | None) -> None:
        self._command = event.text[:_LONGEST]

    def _starting(self, event: events.Starting, _by: str, _now: Moment | None) -> None:
        self._announced = event.port

    def _pin(self, event: events.PinnedPort, _by: str, _now: Moment | None) -> None:
        self._tells_pins = True
        if len(self._pins) < _PINS:
            self._pins.add(event.port)

    def _vendor_started(self, event: events.VendorStarted, _by: str, now: Moment | None) -> None:
        announced, self._announced = self._announced, None
        self._manager_works()
        self._troubles.vendor_started()
        record = self._record(event.daemon)
        if record is None:
            return
        record.start(again=event.again)
        if event.port is not None:
            self._at_port(record, event.port, PortSource.STARTED, now)
        elif announced is not None:
            self._at_port(record, announced, PortSource.ANNOUNCED, now)

    def _reported(self, event: events.PortReported, _by: str, now: Moment | None) -> None:
        record = self._record(event.daemon)
        if record is not None:
            self._at_port(record, event.port, PortSource.REPORTED, now)

    def _at_port(self, record: DaemonRecord, port: int, source: PortSource, now: Moment | None) -> None:
        pinned = True if port in self._pins else False if self._tells_pins and record.started else None
        record.at_port(port, source, pinned, now)

    def _server_started(self, event: events.ServerStarted, by: str, _now: Moment | None) -> None:
        record = self._record(by)
        if record is not None:
            record.serves()
            record.host = event.host
            self._troubles.server_started(record.name)
        self._host = self._host or event.host

    def _daemon_version(self, event: events.DaemonVersion, by: str, _now: Moment | None) -> None:
        record = self._record(by)
        if record is not None:
            record.version = event.version[:_LONGEST]
            self._troubles.daemon_begins(record.name)

    def _versions(self, event: events.Versions, _by: str, _now: Moment | None) -> None:
        record = self._record(event.daemon)
        if record is not None:
            record.version = record.version or event.version
        self._version = self._version or event.manager

    def _ended(self, event: events.Exited, _by: str, now: Moment | None) -> None:
        record = self._record(event.daemon)
        if record is not None:
            record.exit(event, now)
            self._exited = record
            if event.status in FEATURELESS:
                self._troubles.no_features(record.name)

    def _exiting(self, event: events.Exiting, by: str, now: Moment | None) -> None:
        self._goes_down(by, event.signal, event.reason, now)

    def _goes_down(self, by: str, signal: int | None, reason: str, now: Moment | None) -> None:
        record = self._record(by)
        if record is not None:
            record.announce_exit(signal, reason[:_LONGEST], now)
            if signal in FEATURELESS:
                self._troubles.no_features(record.name)
        elif by in self._managers:
            self._state = State.EXITED
            self._troubles.manager_exits(signal, reason[:_LONGEST])

    def _unknown_status(self, _event: events.UnknownStatus, _by: str, _now: Moment | None) -> None:
        if self._exited is not None:
            self._exited.exit_was_not_asked_for()

    def _fault(self, event: events.FaultLine, by: str, now: Moment | None) -> None:
        self._troubles.fault(event, self._whose(event.daemon or by))
        if event.fault == "multiple-servers":
            self._among_three(events.TriadEvent(Triad.MULTIPLE, event.daemon), by, now)
        if event.fault in _ENDS or event.line.lower().rstrip(".!").endswith("exiting"):
            self._goes_down(by, None, "", now)

    def _fault_detail(self, event: events.FaultDetail, by: str, _now: Moment | None) -> None:
        self._troubles.fault_detail(event, self._whose(by))

    def _no_features(self, event: events.NoFeatures, by: str, now: Moment | None) -> None:
        if by not in self._managers:
            self._troubles.no_features(self._whose(by))
            if event.exits:
                self._goes_down(by, None, "", now)
        elif self._exited is not None:
            self._troubles.no_features(self._exited.name)

    def _gave_up(self, _event: events.GaveUp, _by: str, now: Moment | None) -> None:
        if self._exited is not None:
            self._exited.state = State.GIVEN_UP
        self._troubles.gave_up(self._exited.name if self._exited else "", now)

    def _port_in_use(self, event: events.PortInUse, by: str, _now: Moment | None) -> None:
        self._troubles.port_in_use(self._whose(by), event)

    def _cant_initialize(self, event: events.CantInitialize, _by: str, now: Moment | None) -> None:
        self._troubles.cant_initialize(event.reason[:_LONGEST], now)

    def _illegal(self, event: events.IllegalConnection, by: str, _now: Moment | None) -> None:
        record = self._record(by) or self._record(event.daemon)
        if record is not None:
            record.misdirected += 1

    def _among_three(self, event: events.TriadEvent, _by: str, now: Moment | None) -> None:
        key = (event.kind, event.whom)
        self._triad.add(key)
        if len(self._triad_last) > 2 * self._limit:
            self._triad_last.clear()
        self._triad_last[key] = now
        self._troubles.among_three(event.kind)

    def _socket(self, event: events.SocketTrouble, _by: str, _now: Moment | None) -> None:
        self._troubles.socket(f"{event.call}: {event.reason}"[:_LONGEST])

    def _slow(self, _event: events.SlowPackets, _by: str, _now: Moment | None) -> None:
        self._troubles.slow_packets = True

    def _as_root(self, _event: events.RunsAsRoot, _by: str, _now: Moment | None) -> None:
        self._troubles.as_root = True

    def _shut_down(self, event: events.ShutDown, by: str, _now: Moment | None) -> None:
        whom = event.daemon or by
        if whom in self._managers:
            self._state = State.SHUT_DOWN
        self._record(whom)
        for record in self._records.values():
            if record.state in (State.UP, State.UNKNOWN) and (
                whom.lower() == record.name.lower() or whom in self._managers
            ):
                record.state = State.SHUT_DOWN

    def summary(self, reader: Reader, files: Sequence[str], notes: Sequence[str] = ()) -> LogSummary:
        """Return the summary of all entries so far."""
        counts = reader.counts
        summary = LogSummary(
            files=tuple(files),
            first=when(reader.first),
            last=when(reader.last),
            manager=self._manager,
            version=self._version,
            host=self._host,
            platform=self._platform,
            lmgrd_port=self._port,
            configuration=self._configuration,
            license_files=self._files,
            command_line=self._command,
            starts=self._starts,
            started=when(self._started),
            state=self._state,
            daemons=tuple(record.summary(reader.last) for record in self._records.values()),
            daemons_left_out=self._left_out,
            denials=self._denials(),
            denials_others=self._codes.others(_CODES),
            denied_clients=top_names(self._clients),
            denied_clients_others=self._clients.others(_TOP),
            triad=tuple(
                TriadCount(kind=key[0].value, whom=key[1], count=count, last=when(self._triad_last.get(key)))
                for key, count in self._triad.top(_TOP)
            ),
            lines=lines_of(counts, files),
            problems=(),
            notes=tuple(notes),
        )
        return msgspec.structs.replace(summary, problems=problems_of(summary, self._troubles))

    def _denials(self) -> tuple[DenialCount, ...]:
        found = []
        by_code: dict[_Code, TopCounts[str]] = {}
        for (kind, code, feature), count in self._denied.top(self._limit):
            by_code.setdefault((kind, code), TopCounts(self._limit)).add(feature, count)
        for key, count in self._codes.top(_CODES):
            of_code = by_code.get(key, TopCounts(self._limit))
            top = top_names(of_code, 5)
            found.append(
                DenialCount(
                    kind=key[0],
                    code=key[1],
                    reason=self._reasons.get(key, ""),
                    count=count,
                    features=top,
                    features_others=0 if key[0] == "too new" else count - sum(name.count for name in top),
                )
            )
        return tuple(found)
