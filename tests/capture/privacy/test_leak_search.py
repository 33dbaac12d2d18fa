"""The search for what must not be in a copy: finds what a plain search finds, however many there are to find."""

from __future__ import annotations

import random
import time

import pytest

from lmwire.capture.privacy.leak_check import Needles


def test_it_finds_what_a_plain_search_finds() -> None:
    chance = random.Random(5)  # noqa: S311 # repeatable, and nobody's secret
    for _ in range(300):
        data = bytes(chance.choices(b"abc\0", k=chance.randrange(60)))
        needles = {bytes(chance.choices(b"abc\0", k=chance.randrange(1, 9))) for _ in range(6)}
        assert set(Needles(needles).found_in(data)) == {needle for needle in needles if needle in data}


@pytest.mark.parametrize("data", [b"", b"abc", b"xabcd"])
def test_needles_at_the_very_ends(data: bytes) -> None:
    assert list(Needles([b"abcd"]).found_in(data)) == ([b"abcd"] if data.endswith(b"abcd") else [])
    assert not list(Needles([]).found_in(data))
    assert not list(Needles([b""]).found_in(data))


def test_eight_times_the_needles_take_hardly_longer() -> None:
    """All begin alike, as names of machines do; searched one after the other, they would take eight times as long."""
    data = b"".join(b"client%05x," % number for number in range(20_000))

    def seconds(count: int) -> float:
        needles = Needles(b"client%05d-x" % number for number in range(count))
        began = time.process_time()
        assert not list(needles.found_in(data))
        return time.process_time() - began

    assert min(seconds(4000) for _ in range(3)) < 4 * min(seconds(500) for _ in range(3))
