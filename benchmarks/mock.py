"""The mock: conversations a second against a bare asyncio server that sends as many bytes, and a flood of clients."""

from __future__ import annotations

import asyncio
import json
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.figure import Figure, environment, lmwire
from lmwire.descriptors import allow_many, room
from lmwire.wire import Hello, Referral, encode
from lmwire_mockserver.server import AsyncMockServer

__all__ = ["conversations", "flood"]

_COUNT = 1500
_AT_ONCE = 16
_PAIRS = 5
_FLOOD = 10_000
_STEP = 250
_PATIENCE = 30.0
_HELLO = encode(Hello(vendor="ibmratl", user="carol", host="ws7"))


async def _load(port: int) -> float:
    """Hold `_COUNT` conversations, `_AT_ONCE` at a time, and return how many a second."""
    left = _COUNT

    async def client() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(_HELLO)
            if not await reader.read(4096):
                raise AssertionError("the server closed without an answer")
            writer.close()
            await writer.wait_closed()

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(client())
    return _COUNT / (time.perf_counter() - began)


class _Bare(asyncio.Protocol):
    answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 # the answer is always the same
        self.transport.write(self.answer)  # type: ignore[attr-defined] # TCP gives a Transport


async def _measure() -> list[tuple[float, float]]:
    async with AsyncMockServer() as mock:
        port = next(iter(mock.vendors.values()))
        _Bare.answer = bytes(len(encode(Referral(host="127.0.0.1", port=port))))
        bare = await asyncio.get_running_loop().create_server(_Bare, "127.0.0.1", 0)
        async with bare:
            bare_port = bare.sockets[0].getsockname()[1]
            await _load(bare_port)
            await _load(mock.lmgrd_port)
            return [(await _load(mock.lmgrd_port), await _load(bare_port)) for _ in range(_PAIRS)]


def conversations() -> Figure:
    """Measure in pairs; client, mock and bare server share one process and one core alike."""
    pairs = sorted(asyncio.run(_measure()), key=lambda pair: pair[0] / pair[1])
    ours, bare = pairs[len(pairs) // 2]
    return Figure(
        name="conversations of the mock, against a bare asyncio server that sends as many bytes",
        measured=f"{ours / bare:.2f} of its rate ({ours:,.0f} against {bare:,.0f} a second)",
        goal="at least 0.50",
        met=ours / bare >= 1 / 2,
    )


async def _open(port: int) -> asyncio.StreamWriter:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
    writer.write(_HELLO)
    if not await reader.read(4096):
        raise AssertionError("the mock closed without an answer")
    return writer


async def _hold(port: int, count: int, pid: int) -> float:
    """Have `count` conversations at a time, and return the mock's memory meanwhile."""
    held: list[asyncio.StreamWriter] = []
    for start in range(0, count, _STEP):
        held += await asyncio.gather(*(_open(port) for _ in range(min(_STEP, count - start))))
    megabytes = _resident(pid)
    for writer in held:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for writer in held))
    return megabytes


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _flooded(log: Path) -> tuple[int, float, float, float]:
    """Return how many clients were held at a time, and the mock's megabytes before, with them, and after them."""
    allow_many()
    with log.open("w") as out, subprocess.Popen(lmwire("mock"), stdout=out, env=environment()) as mock:
        try:
            while not (line := log.read_text(encoding="utf-8").partition("\n"))[1]:
                time.sleep(0.05)
            port = json.loads(line[0])["lmgrd_port"]
            before = _resident(mock.pid)
            most = min(_FLOOD, room(2)[0])  # as the mock counts: lmgrd and a vendor daemon listen
            left, peak = _FLOOD, 0.0
            while left:
                peak = max(peak, asyncio.run(_hold(port, min(most, left), mock.pid)))
                left -= min(most, left)
            deadline = time.monotonic() + _PATIENCE
            while _resident(mock.pid) - before > (peak - before) / 3 and time.monotonic() < deadline:
                time.sleep(0.2)
            return most, before, peak, _resident(mock.pid)
        finally:
            mock.terminate()


def flood() -> Figure:
    """Hold 10,000 clients at once, or as many as this machine's limit of open files allows; then let them all go.

    The log must have each, and the memory must come back: within seconds, and all but a third.
    """
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        most, before, peak, after = _flooded(log)
        lines = log.read_text(encoding="utf-8").count('"role":"lmgrd"')
    return Figure(
        name=f"{_FLOOD:,} conversations of the mock, {most:,} at once: the log, and the memory afterwards",
        measured=f"{lines:,} logged; {before:.0f} MB before, {peak:.0f} MB with them, {after:.0f} MB after them",
        goal="each is logged, and at least two thirds of the memory come back",
        met=lines == _FLOOD and after - before <= (peak - before) / 3,
    )
