"""A router that answers each packet with a flood of forged ICMP errors: bounded, told calmly, nothing raw."""

from __future__ import annotations

import random
import select
import socket
import struct

import pytest

from lmwire.hops.judging import judge
from lmwire.hops.model import Fate, Trace
from lmwire.hops.trace_sentences import fate_text, tell
from lmwire.netns import Network, Stop
from tests.hops.rules import Rule, load, serving
from tests.hops.walker import walk_as_nobody

pytestmark = pytest.mark.network

_FLOODED, _BROKEN = 30_001, 30_002
_FLOOD = 40
_IP, _TCP = 20, 6


def _checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def _icmp(kind: int, code: int, rest: bytes, quoted: bytes) -> bytes:
    body = rest + quoted + b"\0" * (len(quoted) % 2)
    head = struct.pack("!BBH", kind, code, 0)
    return struct.pack("!BBH", kind, code, _checksum(head + body)) + body


def _forge(stop: Stop, packets: socket.socket, sender: socket.socket) -> None:
    """Answer every SYN to a port of ours with errors of any kind, whole and broken."""
    chance = random.Random(1)  # noqa: S311 # repeatable, and nobody's secret
    with packets, sender:
        while not stop.is_set():
            if not select.select([packets, stop], [], [])[0] or stop.is_set():
                continue
            packet = packets.recv(2048)
            if len(packet) < _IP + 4 or packet[9] != _TCP:
                continue
            port = int.from_bytes(packet[_IP + 2 : _IP + 4])
            if port not in {_FLOODED, _BROKEN}:
                continue
            for _ in range(_FLOOD):
                # Quoting less than a header, or of types that say nothing of a connect, ends none.
                kind = chance.randrange(256) if port == _FLOODED else chance.choice([0, 8, 13, 30, 255])
                quoted = packet[: chance.randrange(4, 60)]
                message = _icmp(kind, chance.randrange(256), chance.randbytes(4), quoted)
                sender.sendto(message, (socket.inet_ntoa(packet[12:16]), 0))


def test_a_flood_of_errors_ends_nothing_and_breaks_nothing() -> None:
    with Network() as network:
        network.chain("client", "r1", "r2", "server")
        load(network, [Rule(port, "r2", "forward", "drop") for port in (_FLOODED, _BROKEN)])
        ethernet_ip = socket.htons(0x0800)
        router = network["r1"]
        packets = router.call(socket.socket, socket.AF_PACKET, socket.SOCK_DGRAM, ethernet_ip)
        sender = router.call(socket.socket, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        router.thread(_forge, packets, sender)
        with serving(network, [_FLOODED, _BROKEN]):
            traces = walk_as_nobody(network, [_FLOODED, _BROKEN], 0.4)
    for port in (_FLOODED, _BROKEN):
        _is_calm(traces[4, port])
    # Errors that concern no connect are passed over.
    assert [hop.port.fate for hop in traces[4, _BROKEN].hops] == [Fate.PASSED, Fate.PASSED, Fate.SILENT]
    # The flood was met: what is taken for true is forged, because the true router drops without a word.
    met = traces[4, _FLOODED].hops[2].port
    assert (met.fate, met.sender) == (Fate.REJECTED, "192.0.2.2")


def _is_calm(trace: Trace) -> None:
    told = tell(trace, judge(trace))
    assert trace.complete
    assert trace.sent <= 80
    assert trace.seconds < 30
    shown = "".join([told.headline, told.cause, told.sureness, *told.remedies, *told.notes])
    shown += "".join(fate_text(hop.port) for hop in trace.hops)
    assert shown.isprintable()
