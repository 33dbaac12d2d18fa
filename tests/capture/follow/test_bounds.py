"""However much a capture holds, and whoever made it: memory stays bounded, and what is left aside is said."""

from __future__ import annotations

import cProfile
import io
import pstats
import struct
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from lmwire.capture import analyze
from lmwire.capture.follow.tracker import Tracker
from lmwire.capture.live.live_analysis import Stories
from lmwire.capture.live.source import LivePacket
from lmwire.wire import MAGIC, header_sum
from tests.capture.telling import lmgrd, verdict
from tests.capture.wire import ACK, PSH, SERVER, SYN, Talk, dns, hello, ip, lookup, pcap, referral, tcp, udp

pytestmark = pytest.mark.slow

RAW = 101


def address(number: int) -> str:
    return ".".join(map(str, (10, *number.to_bytes(3))))


def peak(tracker: Tracker, packets: Iterator[tuple[float, bytes]]) -> int:
    """Return how many bytes a tracker had at most while it took these packets."""
    tracemalloc.start()
    for when, data in packets:
        tracker.packets([(when, RAW, data, len(data))])
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return highest


@pytest.mark.parametrize("port", [27000, 443])
def test_a_flood_of_connects(port: int) -> None:
    tracker = Tracker()
    flood = ((1000.0, ip(address(number), SERVER, 6, tcp((5000, port), number, 0, SYN))) for number in range(36_000))
    assert peak(tracker, flood) < 100 << 20
    assert tracker.counts.forgotten > 3000


def test_look_ups_without_end() -> None:
    def asked() -> Iterator[tuple[float, bytes]]:
        for number in range(36_000):
            client = address(number % 3000)
            yield (
                1000.0,
                ip(client, SERVER, 17, udp((5353, 53), dns(f"name{number}.example.net", number=number % 9999))),
            )

    assert peak(Tracker(), asked()) < 60 << 20


def test_answers_without_end() -> None:
    header = bytearray(struct.pack(">BBHHHI5sBBB", MAGIC, 0, 0, 0, 0x0146, 0, bytes(5), 2, 0, 0))
    header[1] = header_sum(header)

    def talks() -> Iterator[tuple[float, bytes]]:
        for number in range(350):
            talk = Talk(client=address(number)).connect().ask()
            talk.answer(bytes(header))
            for _ in range(90):
                talk.put(1, PSH | ACK, bytes(1300))
            yield from talk.packets

    assert peak(Tracker(), talks()) < 80 << 20


def test_talks_that_are_given_up_leave_it_open() -> None:
    tracker = Tracker()
    for when, data in Talk().connect().ask().packets:
        tracker.packets([(when, RAW, data, len(data))])
    (flow,) = next(iter(tracker.clients.values()))
    flow.abandon()
    for when, data in Talk().connect().ask().answer(hello()).packets[-2:]:
        tracker.packets([(when, RAW, data, len(data))])
    assert (flow.talk_end, flow.weight) == (None, 0)


def test_holes_without_end() -> None:
    def talks() -> Iterator[tuple[float, bytes]]:
        for number in range(80):
            talk = Talk(client=address(number)).connect().ask()
            for piece in range(200):
                talk.put(1, PSH | ACK, bytes(1200), at=5 + 1300 * piece)
            yield from talk.packets

    assert peak(Tracker(), talks()) < 20 << 20


def test_a_client_that_never_rests_is_told_in_the_end() -> None:
    packets = [
        packet
        for number in range(3000)
        for packet in Talk(when=1000.0 + 60 * number, client_port=1024 + number).syn().refuse().packets
    ]
    tracker = Tracker()
    for when, data in packets:
        tracker.packets([(when, RAW, data, len(data))])
    ((_, flows),) = tracker.settled()
    assert 2990 < len(flows) < 3000
    assert sum(map(len, tracker.clients.values())) == 3000 - len(flows)
    (case,) = analyze(io.BytesIO(pcap(packets))).cases
    assert (case.attempts, case.last - case.first) == (3000, 60 * 2999)


HOSTILE = {
    "one client, one server": lambda number: Talk(client_port=number).syn().refuse(),
    "one client, many servers": lambda number: Talk(client_port=number, server=address(number)).syn().refuse(),
    "one client, many referrals": lambda number: (
        Talk(client_port=number, server=address(number)).connect().ask().answer(referral("h", number)).close()
    ),
    "on loopback": lambda number: (
        Talk(client_port=number, client="127.0.0.1", server="127.0.0.1").connect().ask().answer(referral()).close()
    ),
    "many clients whose talks are cut": lambda number: Talk(client=address(number)).connect().ask(),
    "one client, many names": lambda number: Talk(packets=lookup(0.0, f"licsrv.{number}", SERVER, number=number)),
}


@pytest.mark.parametrize("play", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_anybody_sends_takes_time_by_its_number_not_its_square(play: Callable[[int], Talk]) -> None:
    def calls(count: int) -> int:
        """Return how many calls it takes to analyze so many connections, 100 a second."""
        packets = [(when + n / 100, data) for n in range(count) for when, data in play(1024 + n).packets]
        profile = cProfile.Profile()
        profile.runcall(analyze, io.BytesIO(pcap(packets)))
        return int(pstats.Stats(profile).total_calls)

    assert calls(1600) < 5 * calls(400)


@pytest.mark.parametrize("play", HOSTILE.values(), ids=HOSTILE.keys())
def test_and_so_it_does_live(play: Callable[[int], Talk]) -> None:
    def calls(count: int) -> int:
        """Return how many calls it takes to look through so many connections, 100 a second, and then to tell them."""
        stories = Stories()
        packets = [(when + n / 100, data) for n in range(count) for when, data in play(1024 + n).packets]
        stories.take(LivePacket(round(when * 1e9), RAW, data, len(data), "eth0") for when, data in packets)
        end = max(when for when, _ in packets)
        profile = cProfile.Profile()
        for wait in (1.0, 15.0, 200.0):
            profile.runcall(stories.over, end + wait)
        return int(pstats.Stats(profile).total_calls)

    assert calls(1600) < 5 * calls(400) + 1000


def test_more_cases_than_are_told_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lmwire.capture.story.cases._CASES", 10)
    packets = [
        packet
        for number in range(25)
        for packet in Talk(client=address(number), when=1000.0 + number).syn().refuse().packets
    ]
    analysis = analyze(io.BytesIO(pcap(packets)))
    assert len(analysis.cases) == 10
    assert analysis.notes == ("Not analyzed: attempts beyond the number that lmwire reports (15).",)


def test_a_talk_in_single_bytes_costs_no_more_than_its_bytes() -> None:
    talk = Talk().connect()
    for byte in hello():
        talk.put(0, PSH | ACK, bytes((byte,)))
    assert verdict([*talk.packets, *lmgrd()[5:]]) == "inconclusive"  # the capture ends with the referral
