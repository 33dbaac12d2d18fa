"""From a target to how long its path remembers a silent connection: what `lmwire idle` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from lmwire.addresses import address_used
from lmwire.defaults import ANSWER_WAIT, CONNECT_WAIT, IDLE_UP_TO, IDLE_WAIT
from lmwire.errors import argument
from lmwire.evidence import Via
from lmwire.idle.errors import IdleError
from lmwire.idle.introduction import OtherEnd
from lmwire.idle.judging import judge
from lmwire.idle.measure import Tell, measure
from lmwire.idle.model import AGES, IdleResult
from lmwire.idle.sentences import headline_of, remedies_of, sentences_of
from lmwire.probe import Resolver, this_machine
from lmwire.probe.settings import RESOLVE_WAIT
from lmwire.text import printable
from lmwire.workflows.event_loop import run_blocking
from lmwire.workflows.one_server import one_server
from lmwire.workflows.settings import LONGEST_WAIT, SettingError, check_family, check_wait

__all__ = ["measure_idle"]

_MOST: Final = 32
"""Connections that grow old; the other end allows 64."""

_INSTEAD: Final = "await asyncio.to_thread(lmwire.workflows.measure_idle, …), with the same arguments"


def measure_idle(
    target: str,
    *,
    ages: Sequence[float] = (),
    up_to: float = IDLE_UP_TO,
    wait: float = IDLE_WAIT,
    family: int | None = None,
    on_start: Callable[[float], None] | None = None,
    progress: Tell | None = None,
) -> IdleResult:
    """Find after how many seconds of silence the path to a gateway or a mock forgets a connection.

    Opens one connection for each silence, all at once, and sends one byte on each when its time has come. The other end
    has to say first that it takes part; a license server does not, and gets one question. Blocks for as long as the
    longest silence, unless a shorter one is too long for the path.

    Args:
        target: the gateway or mock: `27000@gateway`.
        ages: seconds of silence to try. Empty: a ladder from 15 s to `up_to`.
        up_to: the longest silence of the ladder.
        wait: seconds to wait for each byte to come back.
        family: 4 or 6 to use only addresses of that IP version.
        on_start: called with the seconds that it takes, once the other end has said that it takes part.
        progress: called every second: seconds so far, seconds in all, the longest silence that was survived.

    Raises:
        LmwireError: the target is written wrong, cannot be reached or does not take part (IdleError), a setting cannot
            be used, or an event loop runs in this thread.
    """
    check_wait("wait", wait)
    check_wait("up_to", up_to)
    check_family(family)
    chosen = _checked(ages) if ages else _ladder(up_to)
    server = one_server(target, "name one gateway or mock, as in 27000@gateway")
    if not server.port:
        raise SettingError("target", f"{printable(target, 200)} names no port", "write it: 27000@gateway")

    async def run() -> IdleResult:
        found = await Resolver(family=family, wait=RESOLVE_WAIT).look_up(server.host, Via.TARGET)
        if not found.addresses:
            raise IdleError(f"{printable(server.host, 100)} does not resolve to an address that can be used")
        end = OtherEnd(
            host=server.host,
            address=address_used(found.addresses),
            port=server.port or 0,
            connect_wait=CONNECT_WAIT,
            answer_wait=ANSWER_WAIT,
            wait=wait,
            identity=this_machine(),
        )
        await end.check()
        if on_start is not None:
            on_start(max(chosen))
        measured = await measure(end, chosen, progress or _no_progress)
        judged = judge(measured)
        return IdleResult(
            target=target,
            address=end.address,
            port=end.port,
            judged=judged,
            headline=headline_of(judged),
            sentences=sentences_of(judged, measured),
            remedies=remedies_of(judged, printable(target, 100)),
            probes=measured.probes,
        )

    return run_blocking("measure_idle", _INSTEAD, run)


def _checked(ages: Sequence[float]) -> tuple[float, ...]:
    wrong = [age for age in ages if not 0 < age <= LONGEST_WAIT]  # NaN, too
    if wrong:
        raise SettingError(
            "ages", f"{argument('ages')} has {wrong[0]}: each must be above 0 and at most {LONGEST_WAIT}"
        )
    chosen = tuple(sorted(set(ages)))
    if len(chosen) > _MOST:
        raise SettingError("ages", f"{argument('ages')} has {len(chosen)} values: at most {_MOST} are possible")
    return chosen


def _ladder(up_to: float) -> tuple[float, ...]:
    return (*(float(age) for age in AGES if age < up_to), float(up_to))


def _no_progress(_done: float, _total: float, _survived: float | None) -> None:
    """Report nothing."""
