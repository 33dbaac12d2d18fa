"""Check what the hops of a trace can't show: other own ports, a port that must be closed, a talk on the connection.

- Routers that balance load choose one of several paths by the ports of a connection. So connects from several own
  ports take several paths, and those from one own port all take one.
- A device may accept every connection in the server's place. Then it also accepts a port that nobody announces.
- Only a license server answers a hello. So only its answer shows that the port leads to one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from secrets import randbelow
from typing import Final

import msgspec

from lmwire.evidence import Asked, Connect, Dialogue, Role, Via
from lmwire.hops.connect_probe import ConnectProbe
from lmwire.hops.hop_trace import TraceLimits
from lmwire.hops.model import Checks, ConnectTry, Fate, Hop, Reply, Seen, Trace
from lmwire.probe import Settings
from lmwire.probe.concurrency import together
from lmwire.probe.leg import Question, ask

__all__ = ["SOURCES", "Talk", "check", "say_hello"]

SOURCES: Final = 16
"""Own ports to connect from: of two paths, one is missed once in 30,000 times; of four, once in a hundred."""

_FIRST_SOURCE: Final = 49_152
_COUNT_OF_SOURCES: Final = 16_000
_LAST_PORT: Final = 65_535
_TRIES: Final = 3
_KNOCKS: Final = 2
_BRANCHES: Final = 12
"""Hops at which several routers are looked for."""
_QUIET: Final = 2
"""Silent hops in a row after which a flow is followed no further."""
_REPLIES: Final = {
    Dialogue.ANSWERED: Reply.FLEXNET,
    Dialogue.ERROR: Reply.FLEXNET,
    Dialogue.GARBLED: Reply.OTHER,
    Dialogue.FOREIGN: Reply.OTHER,
    Dialogue.SILENT: Reply.NONE,
    Dialogue.LOST: Reply.NONE,
    Dialogue.CLOSED: Reply.CLOSED,
    Dialogue.RESET: Reply.CLOSED,
}

Talk = Callable[[str, int, str], Awaitable[Reply]]
"""Address, port, vendor daemon → the answer to a hello there."""


async def check(
    probe: ConnectProbe, trace: Trace, limits: TraceLimits, talk: Talk | None = None, vendor: str = ""
) -> Checks:
    """Return what more connects to the port of `trace` show; nothing where no packet gets through to begin with.

    Raises:
        LocateError: this machine cannot continue.
    """
    seen = (trace.end.port, *(hop.port for hop in trace.hops))
    accepted = any(one.fate is Fate.ACCEPTED for one in seen)
    blocked_here = trace.leaves is False or any(one.fate is Fate.DENIED for one in seen)
    if blocked_here or not (accepted or trace.end.control.arrived) or not trace.complete:
        return Checks()
    checker = _Checker(probe, trace, limits)
    if not accepted:
        return await checker.by_sources()
    by_sources, knock, talked = await together((checker.by_sources(), checker.knock(), _talk(talk, trace, vendor)))
    return msgspec.structs.replace(
        by_sources, stray_port=knock.stray_port, stray_accepts=knock.stray_accepts, reply=talked.reply
    )


async def say_hello(address: str, port: int, vendor: str, settings: Settings) -> Reply:
    """Connect and say a client's hello; up to three times, because one of several paths may lose it."""
    question = Question(
        role=Role.VENDOR, via=Via.TARGET, host=address, address=address, port=port, asked=Asked.HELLO, vendor=vendor
    )
    reply = Reply.NOT_ASKED
    for _ in range(_TRIES):
        leg = (await ask(question, settings, began=asyncio.get_running_loop().time())).leg
        if leg.connect is not Connect.ESTABLISHED:
            continue
        reply = _REPLIES.get(leg.dialogue, Reply.NONE) if leg.dialogue else Reply.NONE
        if reply is not Reply.CLOSED:
            break
    return reply


async def _talk(talk: Talk | None, trace: Trace, vendor: str) -> Checks:
    return Checks(reply=await talk(trace.address, trace.port, vendor)) if talk else Checks()


class _Checker:
    def __init__(self, probe: ConnectProbe, trace: Trace, limits: TraceLimits) -> None:
        self._probe, self._trace, self._limits = probe, trace, limits

    async def knock(self) -> Checks:
        """Try a port that nobody announces; where it accepts, another one, for one may be somebody's."""
        known = {self._trace.port, self._trace.control}
        port = 0
        for _ in range(_KNOCKS):
            port = next(one for one in iter(_high_port, 0) if one not in known)
            if (await self._try([ConnectTry(port)]))[0].fate is not Fate.ACCEPTED:
                return Checks(stray_port=port)
        return Checks(stray_port=port, stray_accepts=True)

    async def by_sources(self) -> Checks:
        """Connect from several own ports; where some fail, again from each of them, to see whether it decides."""
        sources, control = _sources(), self._trace.control
        rounds = [await self._accepted(self._trace.port, sources)]
        beside: list[bool] = []
        if any(rounds[0]) and not all(rounds[0]):
            rounds += [await self._accepted(self._trace.port, sources) for _ in range(_TRIES - 1)]
            for _ in range(_TRIES if control else 0):
                beside += await self._accepted(control or 0, sources)
        results = list(zip(*rounds, strict=True))
        good = [source for source, one in zip(sources, results, strict=True) if all(one)]
        bad = [source for source, one in zip(sources, results, strict=True) if not any(one)]
        checks = Checks(
            sources=len(sources),
            passed=len(good),
            failed=len(bad),
            connects=len(rounds) * len(sources),
            accepted=sum(map(sum, rounds)),
            control_connects=len(beside),
            control_accepted=sum(beside),
        )
        if checks.by_source:
            return msgspec.structs.replace(checks, flows=await self._follow(good[0], bad[0]))
        if checks.disagree:
            branch, branches = await self._branches()
            return msgspec.structs.replace(checks, branch=branch, branches=branches)
        return checks

    async def _branches(self) -> tuple[int, tuple[str, ...]]:
        """Return the first hop at which packets to the port take several routers, and these."""
        for hop in self._trace.hops[:_BRANCHES]:
            connects = [ConnectTry(self._trace.port, hop.number, source=source) for source in _sources()]
            senders = {seen.sender for seen in await self._try(connects) if seen.fate is Fate.PASSED}
            senders |= {seen.sender for seen in (hop.control, hop.port) if seen.fate is Fate.PASSED}
            if len(senders) > 1:
                return hop.number, tuple(sorted(senders))
        return 0, ()

    async def _accepted(self, port: int, sources: Sequence[int]) -> list[bool]:
        seen = await self._try([ConnectTry(port, source=source) for source in sources])
        return [one.fate is Fate.ACCEPTED for one in seen]

    async def _follow(self, good: int, bad: int) -> tuple[Hop, ...]:
        """Trace the port from an own port that is accepted and from one that fails, one packet of each at a time."""
        hops: list[Hop] = []
        quiet = 0
        for life in (0, *range(1, self._limits.max_hops + 1)):
            one, other = await self._pair(life, good, bad)
            hops.append(Hop(number=life, control=one, port=other))
            quiet = quiet + 1 if life and other.fate is Fate.SILENT else 0
            if life and (one.arrived or other.fate not in (Fate.PASSED, Fate.SILENT) or quiet == _QUIET):
                break
        return tuple(hops)

    async def _pair(self, life: int, good: int, bad: int) -> tuple[Seen, Seen]:
        seen = {source: Seen(fate=Fate.SILENT) for source in (good, bad)}
        for _ in range(_TRIES):
            left = [source for source, one in seen.items() if one.fate is Fate.SILENT]
            if not left:
                break
            connects = [ConnectTry(self._trace.port, life, source=source) for source in left]
            seen |= dict(zip(left, await self._try(connects), strict=True))
        return seen[good], seen[bad]

    async def _try(self, connects: Iterable[ConnectTry]) -> list[Seen]:
        return await self._probe.try_all(list(connects), self._limits.wait)


def _high_port() -> int:
    return _LAST_PORT - randbelow(_LAST_PORT - _FIRST_SOURCE)


def _sources() -> list[int]:
    first = randbelow(_COUNT_OF_SOURCES)
    # Neighbouring numbers, an odd step apart: a hash by the last bits sees all of them.
    return [_FIRST_SOURCE + (first + 7 * number) % _COUNT_OF_SOURCES for number in range(SOURCES)]
