"""Collects the facts about one vendor daemon while a log is read. Memory stays bounded for a log of any length."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from lmwire.serverlog.clock import Moment
from lmwire.serverlog.events import Exited
from lmwire.serverlog.model import Daemon, Exits, Loop, NameCount, PortSource, PortUse, State, When
from lmwire.serverlog.top_counts import TopCounts

__all__ = ["DaemonRecord", "top_names", "when"]

_FIRST_PORTS: Final = 5
_LAST_PORTS: Final = 20
_KINDS_OF_EXIT: Final = 20
_TOP: Final = 10

LOOP_EXITS: Final = 3
"""This many exits in a row are a crash loop."""

LOOP_GAP: Final = 600
"""Two exits belong to one crash loop when at most this many seconds lie between them."""

_BEST: Final = list(PortSource)

_OWN_STATUSES: Final = 27
"""From this number on, the number after EXITING DUE TO SIGNAL is FlexNet's own exit status, not a signal."""


def when(moment: Moment | None) -> When | None:
    """Return a moment as the summary shows it."""
    return None if moment is None else When(date=moment.date, time=moment.time, inferred=moment.inferred)


def top_names(tally: TopCounts[str], count: int = _TOP) -> tuple[NameCount, ...]:
    """Return the most frequent names."""
    return tuple(NameCount(name=name, count=number) for name, number in tally.top(count))


@dataclass(slots=True)
class _Chain:
    """Exits of a daemon that follow each other closely."""

    count: int
    first: Moment | None
    last: Moment | None

    @property
    def seconds(self) -> int:
        return 0 if self.first is None or self.last is None else self.last.at - self.first.at


@dataclass(slots=True)
class _Exit:
    count: int
    first: Moment | None
    last: Moment | None


@dataclass(slots=True)
class DaemonRecord:
    """The facts about one vendor daemon."""

    name: str
    features: TopCounts[str]
    state: State = State.UNKNOWN
    host: str = ""
    version: str = ""
    starts: int = 0
    restarts: int = 0
    started: bool = False  # since the manager's last start
    outs: int = 0
    ins: int = 0
    denied: int = 0
    misdirected: int = 0
    port: int | None = None
    source: PortSource | None = None
    pinned: bool | None = None
    cause: str = ""  # the line in which it says why it exits
    _announced: tuple[Exited, Moment | None] | None = None  # an exit that its own line announced
    _shutdown_requested: bool = False
    _ports: list[PortUse] = field(default_factory=list)
    _left_out: int = 0
    _exits: dict[tuple[int, int | None, str, bool], _Exit] = field(default_factory=dict)
    _other_exits: int = 0
    _chain: _Chain | None = None
    _longest: _Chain | None = None

    def manager_started(self) -> None:
        """The license server manager starts again: nothing is known of this run yet."""
        self._settle()
        self.state, self.started, self._chain = State.UNKNOWN, False, None
        self.cause = ""
        self.source = None  # the next port, whatever its source, belongs to the next run

    def start(self, *, again: bool) -> None:
        """The manager started the daemon."""
        self._settle()
        self.cause = ""
        self.starts += 1
        self.restarts += again
        self.state, self.started, self.source = State.UP, True, None

    def at_port(self, port: int, source: PortSource, pinned: bool | None, moment: Moment | None) -> None:
        """Record its port, unless a more trustworthy line of the same run already named it."""
        same_run = self.source is not None
        if self.source is not None and _BEST.index(source) > _BEST.index(self.source):
            return
        if pinned is None and self.port is not None and port != self.port and not same_run:
            pinned = False  # it moved from one start to the next
        last = self._ports[-1] if self._ports else None
        since = when(moment)
        if last is not None and (same_run or last.port == port):
            since = last.since
            self._ports.pop()
            if pinned is None and last.port == port:
                pinned = last.pinned
        self._ports.append(PortUse(port=port, source=source, pinned=pinned, since=since))
        if len(self._ports) > _FIRST_PORTS + _LAST_PORTS:
            del self._ports[_FIRST_PORTS]
            self._left_out += 1
        self.port, self.source, self.pinned = port, source, pinned

    def announce_exit(self, signal: int | None, reason: str, moment: Moment | None) -> None:
        """Record that the daemon says it exits. The manager's line on the same exit may follow."""
        self.cause = self.cause or reason
        if signal is not None or self._announced is None:
            status = 0 if signal is None else signal
            by_signal = signal if signal is not None and signal < _OWN_STATUSES else None
            self._announced = Exited(self.name, status, by_signal, ""), moment
        self.state = State.EXITED

    def exit_was_not_asked_for(self) -> None:
        """The manager does not know the last exit status, so that nobody asked for the exit."""
        key = next((key for key in self._exits if key[0] == 0 and key[3]), None)
        if self.state is not State.SHUT_DOWN or key is None or self._shutdown_requested:
            return
        seen = self._exits.pop(key)
        self._exits[(*key[:3], False)] = seen
        self.state = State.EXITED
        self._link(seen.last)

    def serves(self) -> None:
        """The daemon works: an exit that it announced is over."""
        self._settle()
        self.state = State.UP

    def _settle(self) -> None:
        """Record an announced exit on which the manager wrote no line."""
        if self._announced is not None:
            event, moment = self._announced
            self._announced = None
            self._record_exit(event, moment, asked_for=False)

    def exit(self, event: Exited, moment: Moment | None) -> None:
        """Record an exit."""
        announced, self._announced = self._announced, None
        asked_for = announced is None and (
            self.state is State.SHUT_DOWN or (event.status == 0 and event.signal is None)
        )
        self._shutdown_requested = self.state is State.SHUT_DOWN
        self._record_exit(event, moment, asked_for=asked_for)

    def _record_exit(self, event: Exited, moment: Moment | None, *, asked_for: bool) -> None:
        self.state = State.SHUT_DOWN if asked_for else State.EXITED
        key = (event.status, event.signal, event.reason, asked_for)
        known = self._exits.get(key)
        if known is not None:
            known.count, known.last = known.count + 1, moment
        elif len(self._exits) < _KINDS_OF_EXIT:
            self._exits[key] = _Exit(1, moment, moment)
        else:
            self._other_exits += 1
        if not asked_for:
            self._link(moment)

    def _link(self, moment: Moment | None) -> None:
        chain = self._chain
        if chain is None or (moment and chain.last and not 0 <= moment.at - chain.last.at <= LOOP_GAP):
            chain = self._chain = _Chain(1, moment, moment)
        else:
            chain.count, chain.last = chain.count + 1, moment
        if self._longest is None or chain.count >= self._longest.count:
            self._longest = chain

    def _loop(self, now: Moment | None) -> Loop | None:
        """Return the crash loop that the daemon is in, else its longest earlier one."""
        over = False
        chain = self._chain
        if chain is None or chain.count < LOOP_EXITS or self._got_over(chain, now):
            chain, over = self._longest, True
        if chain is None or chain.count < LOOP_EXITS:
            return None
        every = chain.seconds / (chain.count - 1)
        return Loop(exits=chain.count, every_seconds=every, first=when(chain.first), last=when(chain.last), over=over)

    def _got_over(self, chain: _Chain, now: Moment | None) -> bool:
        if self.state in (State.SHUT_DOWN, State.GIVEN_UP):
            return True
        return (
            self.state is State.UP
            and now is not None
            and chain.last is not None
            and (now.at - chain.last.at > LOOP_GAP)
        )

    def summary(self, now: Moment | None) -> Daemon:
        """Return all facts as a value; `now` is the moment of the log's last line."""
        if self.state is State.EXITED:
            self._settle()
        return Daemon(
            name=self.name,
            state=self.state,
            host=self.host,
            version=self.version,
            port=self.port,
            port_source=self._ports[-1].source if self._ports else None,
            pinned=self.pinned,
            ports=tuple(self._ports),
            ports_left_out=self._left_out,
            starts=self.starts,
            restarts=self.restarts,
            exits=tuple(
                Exits(
                    status=status,
                    signal=signal,
                    reason=reason,
                    asked_for=asked_for,
                    count=seen.count,
                    first=when(seen.first),
                    last=when(seen.last),
                )
                for (status, signal, reason, asked_for), seen in self._exits.items()
            ),
            exits_others=self._other_exits,
            loop=self._loop(now),
            outs=self.outs,
            ins=self.ins,
            denied=self.denied,
            features=top_names(self.features),
            features_others=self.features.others(_TOP),
            misdirected=self.misdirected,
            cause=self.cause,
        )
