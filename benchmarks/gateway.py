"""The gateway, in a process of its own: sessions a second, time added to a hello, bytes a second, idle sessions."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from benchmarks.figure import Figure, environment, lmwire
from lmwire.wire import Hello, HelloAnswer, Referral, encode

__all__ = ["added_time", "bytes_a_second", "idle", "sessions"]

_COUNT = 1500
_AT_ONCE = 32
_PAIRS = 5
_IDLE = 10_000
_MEGABYTES = 1 << 20
_BLOCK = bytes(1 << 18)
_BLOCKS = 4000
_HELLO = encode(Hello(vendor="ibmratl", user="carol", host="ws7"))
_ANSWER = encode(HelloAnswer(vendor="ibmratl", host="licsrv"))
_FORWARDER = Path(__file__).with_name("forwarder.py")


class _Answers(asyncio.Protocol):
    """Answers whatever is asked, then floods a client that asks for that."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment] # TCP gives a Transport

    def data_received(self, data: bytes) -> None:
        if data == b"flood":
            self._left = _BLOCKS
            self.resume_writing()
        else:
            self.transport.write(self._answer)

    def resume_writing(self) -> None:
        self._full = False
        while self._left and not self._full:
            self._left -= 1
            self.transport.write(_BLOCK)

    def pause_writing(self) -> None:
        self._full = True


@contextlib.asynccontextmanager
async def _servers() -> AsyncIterator[tuple[int, int]]:
    """Run lmgrd and a vendor daemon of the barest kind; yield their ports."""
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: _Answers(_ANSWER), "127.0.0.1", 0, backlog=1024) as vendor:
        port: int = vendor.sockets[0].getsockname()[1]
        referral = encode(Referral(host="127.0.0.1", port=port))
        async with await loop.create_server(lambda: _Answers(referral), "127.0.0.1", 0, backlog=1024) as lmgrd:
            yield lmgrd.sockets[0].getsockname()[1], port


@contextlib.contextmanager
def _started(command: list[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment()
    ) as process:
        try:
            if process.stdout is None:
                raise AssertionError(command)
            yield process, process.stdout.readline()
        finally:
            process.terminate()


@contextlib.contextmanager
def _gateway(lmgrd: int) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder, "plan.toml")
        plan.write_text(
            f'log = "json"\ndrain = 0\nstatus = "{folder}/status"\n'
            f'[[servers]]\nserver = "{lmgrd}@127.0.0.1"\nlisten = "127.0.0.1:0"\n'
            "[limits]\nper_client = 1000000\n",
            encoding="utf-8",
        )
        log = Path(folder, "log")
        with (
            log.open("w") as out,
            subprocess.Popen(
                lmwire("gateway", "--config", str(plan)),
                stdout=out,
                stderr=subprocess.DEVNULL,
                text=True,
                env=environment(),
            ) as process,
        ):
            try:
                while not (line := log.read_text(encoding="utf-8").partition("\n"))[1]:
                    time.sleep(0.05)
                yield process, int(json.loads(line[0])["served"][0]["listens"][0].rpartition(":")[2])
            finally:
                process.terminate()


async def _session(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_HELLO)
    if not await reader.read(4096):
        raise AssertionError("no answer")
    writer.close()
    await writer.wait_closed()


async def _rate(port: int) -> float:
    left = _COUNT

    async def client() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await _session(port)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(_AT_ONCE)))
    return _COUNT / (time.perf_counter() - began)


async def _rates() -> list[tuple[float, float]]:
    async with _servers() as (lmgrd, vendor):
        with _gateway(lmgrd) as (_, ours), _started([sys.executable, str(_FORWARDER), str(vendor)]) as (_, line):
            bare = int(line)
            await _rate(ours)
            await _rate(bare)
            return [(await _rate(ours), await _rate(bare)) for _ in range(_PAIRS)]


def sessions() -> Figure:
    """Open and close sessions, `_AT_ONCE` at a time; pairs with a bare forwarder of one upstream connection each."""
    ours, bare = sorted(asyncio.run(_rates()), key=lambda pair: pair[0] / pair[1])[_PAIRS // 2]
    return Figure(
        name="sessions of the gateway (lmgrd and vendor daemon each), against a bare forwarder (one connection each)",
        measured=f"{ours / bare:.2f} of its rate ({ours:,.0f} against {bare:,.0f} a second)",
        goal="at least 0.50",
        met=ours / bare >= 1 / 2,
    )


async def _times() -> tuple[float, float]:
    async def one(port: int) -> float:
        began = time.perf_counter()
        await _session(port)
        return time.perf_counter() - began

    async with _servers() as (lmgrd, vendor):
        with _gateway(lmgrd) as (_, ours):
            pairs = [(await one(ours), await one(lmgrd) + await one(vendor)) for _ in range(400)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def added_time() -> Figure:
    """Compare a hello through the gateway with the two hellos of a client that goes itself, one at a time."""
    ours, direct = asyncio.run(_times())
    return Figure(
        name="time that the gateway adds to a hello, median",
        measured=f"{(ours - direct) * 1000:.2f} ms ({ours * 1000:.2f} against {direct * 1000:.2f} ms without it)",
        goal="at most 3 ms",
        met=ours - direct <= 0.003,  # noqa: PLR2004 # the promise
    )


async def _flood(port: int) -> float:
    """Take what the server floods, and return megabytes a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    writer.write(_HELLO)
    await reader.readexactly(len(_ANSWER))
    began = time.perf_counter()
    writer.write(b"flood")
    left = len(_BLOCK) * _BLOCKS
    while left > 0 and (data := await reader.read(1 << 20)):
        left -= len(data)
    seconds = time.perf_counter() - began
    writer.close()
    return len(_BLOCK) * _BLOCKS / seconds / _MEGABYTES


@contextlib.contextmanager
def _haproxy(vendor: int) -> Iterator[int]:
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        file = Path(folder, "haproxy.cfg")
        file.write_text(
            "defaults\n mode tcp\n timeout connect 5s\n timeout client 1h\n timeout server 1h\n"
            f"listen license\n bind 127.0.0.1:{port}\n server vendor 127.0.0.1:{vendor}\n",
            encoding="utf-8",
        )
        with subprocess.Popen(["haproxy", "-db", "-f", str(file)], stderr=subprocess.DEVNULL) as process:  # noqa: S607
            try:
                yield port
            finally:
                process.terminate()


def _free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def _flood_when_there(port: int) -> float:
    for _ in range(100):
        with contextlib.suppress(ConnectionRefusedError):
            return await _flood(port)
        await asyncio.sleep(0.05)
    raise AssertionError("HAProxy does not listen")


async def _floods() -> list[tuple[float, float]]:
    async with _servers() as (lmgrd, vendor):
        with _gateway(lmgrd) as (_, ours), _haproxy(vendor) as theirs:
            await _flood_when_there(theirs)
            return [(await _flood(ours), await _flood(theirs)) for _ in range(_PAIRS)]


def bytes_a_second() -> Figure:
    """Copy a gigabyte through one session; pairs with HAProxy. The same process sends and receives for both."""
    if not shutil.which("haproxy"):
        return Figure("bytes a second against HAProxy", "HAProxy is not installed", "at least 0.33", met=False)
    ours, theirs = sorted(asyncio.run(_floods()), key=lambda pair: pair[0] / pair[1])[_PAIRS // 2]
    return Figure(
        name="bytes a second of one session, against HAProxy",
        measured=f"{ours / theirs:.2f} of its rate ({ours:,.0f} against {theirs:,.0f} MB/s)",
        goal="at least 0.33",
        met=ours / theirs >= 1 / 3,
    )


async def _clients(port: int, count: int) -> None:
    """Open sessions and keep them until standard input ends."""
    held: list[asyncio.StreamWriter] = []

    async def client(number: int) -> None:
        # Loopback has many addresses: one has not ports enough for all.
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, local_addr=(f"127.0.{1 + number // 4000}.1", 0), limit=1024
        )
        writer.write(_HELLO)
        await reader.readexactly(len(_ANSWER))
        held.append(writer)

    for start in range(0, count, 100):
        await asyncio.gather(*(client(number) for number in range(start, min(start + 100, count))))
    print(len(held), flush=True)
    await asyncio.to_thread(sys.stdin.read)


async def _idle_megabytes(count: int) -> tuple[float, float]:
    """Return the memory of a gateway without sessions, and with `count`."""
    async with _servers() as (lmgrd, _vendor):
        with _gateway(lmgrd) as (process, ours):
            before = _resident(process.pid)
            code = f"import asyncio; from benchmarks import gateway; asyncio.run(gateway._clients({ours}, {count}))"
            clients = await asyncio.create_subprocess_exec(
                sys.executable, "-c", code, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            if clients.stdin is None or clients.stdout is None or int(await clients.stdout.readline()) != count:
                raise AssertionError("not all sessions could be opened")
            after = _resident(process.pid)
            clients.stdin.close()
            await clients.wait()
    return before, after


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def idle() -> Figure:
    """Hold sessions that say nothing, each with its connection to the vendor daemon.

    Where a process may not open as many files, fewer are held, and the figure is scaled.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(_IDLE, (hard - 4000) // 2)
    before, after = asyncio.run(_idle_megabytes(count))
    megabytes = before + (after - before) * _IDLE / count
    return Figure(
        name=f"{_IDLE:,} idle sessions of one gateway, memory",
        measured=f"{megabytes:.0f} MB, from {count:,} held ({before:.0f} MB without any)",
        goal="under 400 MB",
        met=megabytes < 400,  # noqa: PLR2004 # the promise
    )
