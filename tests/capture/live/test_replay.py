"""Captures played as if they were live: recorded and watched, they tell what their analysis tells."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import pytest

from lmwire.capture import Case, analyze
from lmwire.capture.files.reader import CaptureFile
from lmwire.capture.live.live_analysis import Stories
from lmwire.capture.live.sieve import Sieve
from lmwire.capture.live.source import LivePacket
from lmwire.capture.live.writer import LiveWriter
from lmwire.diagnosis import diagnose

FILES = sorted((Path(__file__).resolve().parents[3] / "captures" / "real-client").glob("*.pcap*"))

Told = list[tuple[str, str, str, int]]
"""Client, target, verdict, attempts."""


def told(cases: Iterable[Case]) -> Told:
    return sorted(
        (case.client, case.evidence.target, diagnose(case.evidence).verdict.id, case.attempts) for case in cases
    )


def live(file: Path) -> list[LivePacket]:
    with CaptureFile(file) as packets:
        return [LivePacket(round(when * 1e9), link, data, size, "eth0") for when, link, data, size in packets]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_recording_of_it_tells_the_same(file: Path) -> None:
    out, sieve = io.BytesIO(), Sieve()
    writer = LiveWriter(out)
    for packet in live(file):
        writer.write(sieve.take([packet]))
    writer.write(sieve.finish())
    out.seek(0)
    assert told(analyze(out).cases) == told(analyze(file).cases)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_who_watches_it_hears_of_each_story_once_and_whole(file: Path) -> None:
    packets, stories, heard = live(file), Stories(), []
    now = packets[0].when / 1e9
    for packet in packets:
        while now + 0.5 < packet.when / 1e9:
            now += 0.5
            heard += stories.over(now)
        stories.take([packet])
    for seconds in range(1, 120):
        heard += stories.over(now + seconds)
    # A name that leads nowhere is no conversation.
    assert told(heard) == told(case for case in analyze(file).cases if case.evidence.legs)
    assert stories.under_way == 0
