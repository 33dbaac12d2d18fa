"""A capture of a million packets, of which one in a hundred is license traffic: against tshark and scapy."""

from __future__ import annotations

import ipaddress
import json
import random
import struct
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, lmwire, run
from lmwire.wire import Hello, Referral, encode

__all__ = ["analysis"]

_PACKETS = 1_000_000
_BLOCK = 1000
"""Packets of which the last `_LICENSE` are license traffic."""

_LICENSE = 10
_CLIENTS = _PACKETS // _BLOCK * 2
_RUNS = 3

_SYN, _RST, _PSH, _ACK = 2, 4, 8, 16
_ETHERNET = bytes.fromhex("020000000001020000000002") + b"\x08\x00"
_SERVER = ipaddress.ip_address("10.1.0.20").packed
_EXPECTED = Counter({"lmgrd-refused": _CLIENTS // 2, "vendor-filtered": _CLIENTS // 2})


def _frame(
    ends: tuple[bytes, bytes], ports: tuple[int, int], numbers: tuple[int, int], flags: int, data: bytes
) -> bytes:
    tcp = struct.pack(">HHIIBBHHH", *ports, *numbers, 0x50, flags, 65535, 0, 0) + data
    return _ETHERNET + struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 7, 0, 64, 6, 0) + b"".join(ends) + tcp


def _noise(chance: random.Random) -> list[bytes]:
    """Return packets of other programs, of the sizes that a network carries, from the middle of their talks."""
    return [
        _frame(
            (b"\x0a\x05" + chance.randbytes(2), b"\x0a\x06" + chance.randbytes(2)),
            (chance.randrange(32768, 61000), chance.choice((22, 80, 443, 3306, 8080))),
            (chance.getrandbits(32), chance.getrandbits(32)),
            _ACK,
            chance.randbytes(chance.choice((0, 0, 100, 600, 1200, 1460))),
        )
        for _ in range(2000)
    ]


def _attempts(number: int) -> Iterator[bytes]:
    """Yield ten packets of two clients: one is refused by lmgrd, the other filtered on its way to the vendor daemon."""
    refused, filtered = (b"\x0a\x02" + (2 * number + one).to_bytes(2) for one in (0, 1))
    question = encode(Hello(vendor="ibmratl", user="carol", host="ws7"))
    answer = encode(Referral(host="10.1.0.20", port=27001))
    there, back = (40000, 27000), (27000, 40000)
    yield _frame((refused, _SERVER), there, (1000, 0), _SYN, b"")
    yield _frame((_SERVER, refused), back, (0, 1001), _RST | _ACK, b"")
    yield _frame((filtered, _SERVER), there, (1000, 0), _SYN, b"")
    yield _frame((_SERVER, filtered), back, (5000, 1001), _SYN | _ACK, b"")
    yield _frame((filtered, _SERVER), there, (1001, 5001), _ACK, b"")
    yield _frame((filtered, _SERVER), there, (1001, 5001), _PSH | _ACK, question)
    yield _frame((_SERVER, filtered), back, (5001, 1001 + len(question)), _PSH | _ACK, answer)
    for _ in range(3):
        yield _frame((filtered, _SERVER), (40001, 27001), (9000, 0), _SYN, b"")


def _write(path: Path) -> None:
    """Write the capture; the same each time. A packet comes every 0.1 ms, a client's SYN again after a second."""
    chance = random.Random(1)  # noqa: S311 # the same each time
    noise = _noise(chance)
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for block in range(_PACKETS // _BLOCK):
            began = 1_700_000_000_000_000 + block * 4_000_000
            frames = [chance.choice(noise) for _ in range(_BLOCK - _LICENSE)]
            whens = [began + 100 * number for number in range(_BLOCK - 3)]
            whens += [whens[-1] + 1_000_000 * number for number in range(3)]
            for when, frame in zip(whens, [*frames, *_attempts(block)], strict=True):
                file.write(struct.pack("<IIII", *divmod(when, 1_000_000), len(frame), len(frame)) + frame)


_DISSECT = "import sys; from scapy.all import PcapReader; print(sum(1 for _ in PcapReader(sys.argv[1])))"


def analysis() -> Figure:
    """Diagnose it, and let tshark filter and scapy dissect the same, in turn; scapy takes minutes.

    Of ours the median counts: the first run compiles lmwire, and meets a file that is still being written out.
    """
    with tempfile.TemporaryDirectory(prefix="lmwire-benchmark-") as folder:
        whole = Path(folder) / "whole.pcap"
        _write(whole)
        analyze = lmwire("capture", "analyze", str(whole), "--format", "json")
        ours = sorted((run(analyze) for _ in range(_RUNS)), key=lambda process: process.seconds)[_RUNS // 2]
        tshark = run(["tshark", "-r", str(whole), "-Y", "tcp.port in {27000..27009}"])
        scapy = run([sys.executable, "-c", _DISSECT, str(whole)])
        megabytes = whole.stat().st_size / 1e6
    found = Counter(one["verdict"]["id"] for one in json.loads(ours.output)["diagnoses"])
    by_tshark, by_scapy = tshark.seconds / ours.seconds, scapy.seconds / ours.seconds
    complete = found == _EXPECTED and tshark.status == 0 and int(scapy.output) == _PACKETS
    return Figure(
        name=f"a capture of {_PACKETS:,} packets ({megabytes:.0f} MB), {_CLIENTS:,} clients of license servers in it",
        measured=(
            f"{ours.seconds:.1f} s and {ours.megabytes:.0f} MB; tshark's filter takes {tshark.seconds:.0f} s "
            f"({by_tshark:.1f} times), scapy {scapy.seconds:.0f} s ({by_scapy:.0f} times); "
            + ", ".join(f"{count} {verdict}" for verdict, count in sorted(found.items()))
        ),
        goal="10 times faster than tshark, 50 times than scapy, under 200 MB, every client's verdict right",
        met=complete and by_tshark >= 10 and by_scapy >= 50 and ours.megabytes < 200,  # noqa: PLR2004 # the promise
    )
