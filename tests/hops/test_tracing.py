"""The walk with somebody who connects by a script: what is asked, how often, and when it stops."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from lmwire.evidence import Icmp
from lmwire.hops.hop_trace import TraceLimits, trace
from lmwire.hops.judging import judge
from lmwire.hops.model import ConnectTry, Fate, Seen, Trace, Way

CONTROL, PORT = 27000, 27001
SILENT = Seen(fate=Fate.SILENT)


def passed(hop: int) -> Seen:
    return Seen(fate=Fate.PASSED, icmp=Icmp(type=11, code=0, sender=f"192.0.2.{hop}"))


class Script:
    """Answers as told: from a connect, and how often the same was asked before, to what is seen."""

    def __init__(self, answer: Callable[[ConnectTry, int], Seen], leaves: bool | None = True) -> None:
        self.answer, self.leaving = answer, leaves
        self.asked: Counter[ConnectTry] = Counter()

    async def try_all(self, connects: Sequence[ConnectTry], wait: float) -> list[Seen]:
        assert wait > 0
        seen = []
        for connect in connects:
            seen.append(self.answer(connect, self.asked[connect]))
            self.asked[connect] += 1
        return seen

    async def leaves(self, port: int, wait: float) -> bool | None:
        assert (port, wait > 0) == (PORT, True)
        return self.leaving


class Patient(Script):
    """The same, but every answer takes all the time there is."""

    async def try_all(self, connects: Sequence[ConnectTry], wait: float) -> list[Seen]:
        seen = await super().try_all(connects, wait)
        await asyncio.sleep(wait)
        return seen


async def walk(script: Script, control: int | None = CONTROL, limits: TraceLimits | None = None) -> Trace:
    return await trace(script, "192.0.2.99", PORT, control, limits=limits)


def way(length: int, blocked: int = 0, end: Fate = Fate.ACCEPTED) -> Callable[[ConnectTry, int], Seen]:
    """A way of so many hops, the last of which is the server; `PORT` is eaten from hop `blocked` on."""

    def answer(connect: ConnectTry, _times: int) -> Seen:
        life = connect.life or 64
        if connect.port == PORT and blocked and life >= blocked:
            return SILENT
        return passed(life) if life < length else Seen(fate=end)

    return answer


@pytest.mark.parametrize("length", [1, 2, 6, 7, 12, 30])
async def test_every_hop_is_seen_and_none_behind_the_server(length: int) -> None:
    script = Script(way(length))
    found = await walk(script)
    assert [hop.number for hop in found.hops] == list(range(1, length + 1))
    assert judge(found).way is Way.OPEN
    assert set(script.asked.values()) == {1}  # what was answered is not asked again


async def test_what_is_silent_is_asked_three_times_and_no_more() -> None:
    script = Script(way(5, blocked=3))
    found = await walk(script)
    assert [script.asked[ConnectTry(PORT, life)] for life in (1, 2, 3, 4, 5)] == [1, 1, 3, 3, 3]
    assert script.asked[ConnectTry(CONTROL, 3)] == 1
    assert found.leaves is None  # it was seen to leave


async def test_a_router_that_answers_the_third_time_is_heard() -> None:
    at_last = way(5, blocked=4)
    found = await walk(
        Script(lambda connect, times: at_last(connect, times) if times == 2 or connect.life != 3 else SILENT)
    )
    assert found.hops[2].port.fate is found.hops[2].control.fate is Fate.PASSED


async def test_where_nothing_comes_back_it_is_asked_whether_anything_leaves() -> None:
    assert (await walk(Script(way(3, blocked=1), leaves=False))).leaves is False


@pytest.mark.parametrize("control", [CONTROL, None])
async def test_packets_are_bounded_when_nobody_ever_answers(control: int | None) -> None:
    script = Script(lambda _try_all, _times: SILENT)
    found = await walk(script, control)
    assert judge(found).way is Way.NO_CONTROL
    assert found.sent == script.asked.total() + 1
    assert found.sent <= 80  # thirty hops, two ports, and a few again


@pytest.mark.parametrize("control", [CONTROL, None])
@pytest.mark.parametrize("fate", [Fate.UNREACHABLE, Fate.DENIED])
async def test_what_this_machine_says_itself_is_asked_of_no_more_hops(fate: Fate, control: int | None) -> None:
    found = await walk(Script(lambda _try_all, _times: Seen(fate=fate)), control)
    assert len(found.hops) == 1
    assert found.sent <= 14  # one wave, whose first question is about no hop in particular


@pytest.mark.parametrize("control", [CONTROL, None])
async def test_behind_who_rejects_every_port_nobody_is_asked(control: int | None) -> None:
    said = Seen(fate=Fate.REJECTED, icmp=Icmp(type=3, code=0, sender="192.0.2.3"))
    found = await walk(Script(lambda connect, _times: passed(connect.life) if 0 < connect.life < 3 else said), control)
    assert [hop.port.fate for hop in found.hops] == [Fate.PASSED, Fate.PASSED, Fate.REJECTED]
    assert found.sent <= 14


async def test_packets_are_bounded_when_everything_is_reset_at_every_life() -> None:
    found = await walk(Script(lambda _try_all, _times: Seen(fate=Fate.RESET)))
    assert found.sent <= 80
    assert found.reset_left == 255


async def test_the_number_of_hops_is_bounded() -> None:
    script = Script(way(64))
    found = await walk(script, limits=TraceLimits(max_hops=9))
    assert len(found.hops) <= 10
    assert max(connect.life for connect in script.asked) == 9


async def test_time_is_bounded() -> None:
    found = await walk(Patient(way(40, blocked=1)), limits=TraceLimits(wait=0.02, total=0.05))
    assert not found.complete
    assert found.seconds < 1


@pytest.mark.parametrize("left", [1, 15, 16, 17, 61, 64, 128, 240, 254, 255])
async def test_the_life_that_resets_have_left_is_found(left: int) -> None:
    def answer(connect: ConnectTry, _times: int) -> Seen:
        if connect.life and connect.life < 3:
            return passed(connect.life)
        if connect.port == CONTROL:
            return Seen(fate=Fate.ACCEPTED) if connect.floor <= 61 else SILENT
        return Seen(fate=Fate.RESET) if connect.floor <= left else SILENT

    found = await walk(Script(answer))
    assert (found.reset_left, found.reset_as_control) == (left, left == 61)


async def test_one_lost_packet_does_not_move_the_sender_of_a_reset() -> None:
    def answer(connect: ConnectTry, times: int) -> Seen:
        if connect.life and connect.life < 3:
            return passed(connect.life)
        if connect.port == CONTROL:
            return Seen(fate=Fate.ACCEPTED) if connect.floor <= 62 else SILENT
        lost = connect.floor == 62 and times == 0
        return Seen(fate=Fate.RESET) if connect.floor <= 62 and not lost else SILENT

    found = await walk(Script(answer))
    assert (found.reset_left, found.reset_as_control) == (62, True)


async def test_answers_that_bring_their_life_along_are_taken_by_it() -> None:
    script = Script(lambda connect, _times: Seen(fate=Fate.RESET if connect.port == PORT else Fate.ACCEPTED, left=60))
    found = await walk(script)
    assert (found.reset_left, found.reset_as_control) == (60, True)
    assert not any(connect.floor for connect in script.asked)
