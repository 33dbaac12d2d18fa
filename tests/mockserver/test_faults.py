from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire_mockserver.fault_pipeline import FaultPipeline
from lmwire_mockserver.faults import (
    Chop,
    CloseAfter,
    ConnectionEnd,
    Corrupt,
    Delay,
    Fault,
    FaultStage,
    StreamItem,
    Truncate,
    Wait,
    compose,
)

CHUNKS = st.lists(st.binary(min_size=1, max_size=20), max_size=8)


def through(stages: Iterable[FaultStage], steps: Iterable[StreamItem]) -> list[StreamItem]:
    found = list(steps)
    for stage in stages:
        found = [changed for step in found for changed in stage(step)]
    return found


def payload(steps: Iterable[StreamItem]) -> bytes:
    return b"".join(step for step in steps if isinstance(step, bytes))


@given(CHUNKS, st.integers(1, 9))
def test_chopping_changes_no_byte(chunks: list[bytes], size: int) -> None:
    steps = through([Chop(size=size, gap=0.5).start()], chunks)
    assert payload(steps) == b"".join(chunks)
    assert all(len(step) <= size for step in steps if isinstance(step, bytes))


@given(CHUNKS, st.integers(0, 100), st.integers(1, 255))
def test_corrupting_changes_one_byte_however_the_stream_is_cut(chunks: list[bytes], offset: int, mask: int) -> None:
    before = b"".join(chunks)
    after = payload(through([Corrupt(offset=offset, mask=mask).start()], chunks))
    different = [(at, old ^ new) for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert different == ([(offset, mask)] if offset < len(before) else [])


@given(CHUNKS, st.integers(0, 100))
def test_truncating_lets_a_prefix_through_and_hides_the_end(chunks: list[bytes], size: int) -> None:
    steps = through([Truncate(size=size).start()], [*chunks, ConnectionEnd.CLOSE])
    whole = b"".join(chunks)
    assert payload(steps) == whole[:size]
    assert (ConnectionEnd.CLOSE in steps) == (len(whole) < size or not chunks)


@given(CHUNKS, st.integers(0, 100))
def test_closing_after_some_bytes_closes_once_and_says_nothing_more(chunks: list[bytes], size: int) -> None:
    steps = through([CloseAfter(size=size).start()], chunks)
    whole = b"".join(chunks)
    assert payload(steps) == whole[:size]
    assert steps.count(ConnectionEnd.CLOSE) == (1 if chunks and len(whole) >= size else 0)
    assert ConnectionEnd.CLOSE not in steps[:-1]


def test_a_delay_comes_before_each_message_and_before_no_end() -> None:
    steps = through([Delay(seconds=2.0).start()], [b"one", b"two", ConnectionEnd.CLOSE])
    assert steps == [Wait(2.0), b"one", Wait(2.0), b"two", ConnectionEnd.CLOSE]


def test_faults_compose_in_their_order() -> None:
    faults: tuple[Fault, ...] = (Truncate(size=3), Chop(size=2, gap=1.0), Delay(seconds=9.0, direction="request"))
    assert through(compose(faults, "answer"), [b"abcdef"]) == [b"ab", Wait(1.0), b"c"]
    assert through(compose(faults, "request"), [b"abcdef"]) == [Wait(9.0), b"abcdef"]


def test_one_setting_serves_two_connections() -> None:
    setting = Truncate(size=2)
    assert [through([setting.start()], [b"abc"]) for _ in range(2)] == [[b"ab"], [b"ab"]]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Delay(seconds=-1.0), "seconds must be"),
        (lambda: Chop(size=0), "size must be"),
        (lambda: Chop(gap=-1.0), "gap must be"),
        (lambda: Truncate(size=-1), "size must be"),
        (lambda: CloseAfter(size=-1), "size must be"),
        (lambda: Corrupt(offset=-1), "offset must be"),
        (lambda: Corrupt(offset=0, mask=0), "mask must be"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(make: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()  # type: ignore[operator]


async def test_a_pipe_keeps_order_and_time() -> None:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    seen: list[bytes | ConnectionEnd] = []

    def sink(step: bytes | ConnectionEnd) -> None:
        seen.append(step)
        if step is ConnectionEnd.CLOSE:
            done.set_result(None)

    pipe = FaultPipeline([Delay(seconds=0.02).start()], sink, loop)
    started = loop.time()
    for step in (b"one", b"two", ConnectionEnd.CLOSE):
        pipe.feed(step)
    assert (seen, pipe.idle) == ([], False)
    await done
    assert (seen, pipe.idle) == ([b"one", b"two", ConnectionEnd.CLOSE], True)
    assert loop.time() - started >= 0.039  # the clock may be a little coarse


async def test_a_reset_overtakes_what_waits() -> None:
    seen: list[bytes | ConnectionEnd] = []
    pipe = FaultPipeline([Delay(seconds=60.0).start()], seen.append, asyncio.get_running_loop())
    pipe.feed(b"never")
    pipe.feed(ConnectionEnd.RESET)
    assert (seen, pipe.idle) == ([ConnectionEnd.RESET], True)


async def test_a_stopped_pipe_says_nothing_more() -> None:
    seen: list[bytes | ConnectionEnd] = []
    pipe = FaultPipeline([Delay(seconds=60.0).start()], seen.append, asyncio.get_running_loop())
    pipe.feed(b"never")
    pipe.stop()
    assert (seen, pipe.idle) == ([], True)
