"""Each packet of each capture is lost once: the verdict stays what it was, or becomes inconclusive."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import pytest

from lmwire.capture import analyze
from lmwire.capture.files.reader import CaptureFile
from lmwire.capture.files.records import RawPacket
from lmwire.capture.privacy.anonymous_writer import AnonymousWriter
from lmwire.diagnosis import diagnose

CAPTURES: Final = sorted(path.name for path in Path("captures").glob("*.pcap*"))


def _file(packets: Sequence[RawPacket]) -> io.BytesIO:
    file = io.BytesIO()
    writer = AnonymousWriter(file)
    for when, link, data, wire in packets:
        writer.packet(Fraction(when), link, data, wire)
    file.seek(0)
    return file


def _told(packets: Sequence[RawPacket]) -> set[str]:
    return {diagnose(case.evidence).verdict.id for case in analyze(_file(packets)).cases}


@pytest.mark.parametrize("name", CAPTURES)
def test_no_lost_packet_makes_another_verdict(name: str) -> None:
    with CaptureFile(Path("captures") / name, exact=True) as file:
        packets = list(file)
    whole = _told(packets)
    allowed = whole | {"inconclusive"}
    others = {at: _told(packets[:at] + packets[at + 1 :]) - allowed for at in range(len(packets))}
    assert {at: verdicts for at, verdicts in others.items() if verdicts} == {}
