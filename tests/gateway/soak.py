"""`python -m tests.gateway.soak --seconds 900`: sessions that open, talk and end in every way, for a long time.

At the end, the gateway has no more descriptors than at the start, and no more memory than after its first tenth.
Exit status: 0 when that holds.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.gateway.processes import started
from tests.gateway.talking import ANSWER, HELLO, connect, read_exactly, reset, served

WORKERS = 8
ALLOWED_MEGABYTES = 8.0


def echo(sock: socket.socket) -> None:
    """Send back whatever comes."""
    while data := sock.recv(1 << 16):
        sock.sendall(data)


def one_session(port: int, rng: random.Random) -> None:
    """Open a session, talk, and end it in one of the ways that clients have."""
    way = rng.choice(("close", "reset", "silent", "garbage", "half", "talk"))
    with connect(port) as client:
        if way == "silent":
            return
        client.sendall(bytes(rng.randrange(1, 300)) if way == "garbage" else HELLO[:40] if way == "half" else HELLO)
        if way in {"garbage", "half"}:
            return
        if read_exactly(client, len(ANSWER)) != ANSWER:
            raise AssertionError("the vendor daemon's answer did not come")
        if way == "talk":
            data = rng.randbytes(rng.randrange(1, 100_000))
            sending = threading.Thread(target=client.sendall, args=(data,))
            sending.start()
            if read_exactly(client, len(data)) != data:
                raise AssertionError("bytes were lost")
            sending.join()
        if way == "reset":
            reset(client)


def descriptors(pid: int) -> int:
    """Return how many files the process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def megabytes(pid: int) -> float:
    """Return the memory of the process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def soak(seconds: float) -> tuple[int, int, float]:
    """Run; return sessions, descriptors more than at the start, megabytes more than after the first tenth."""
    count, errors = [0] * WORKERS, list[BaseException]()
    with tempfile.TemporaryDirectory() as folder, served(echo) as lmgrd:
        server = f'[[servers]]\nserver = "{lmgrd}@127.0.0.1"\nlisten = "127.0.0.1:0"\n'
        with started(Path(folder), f"[limits]\nhello_seconds = 2\n{server}") as gateway:
            pid = gateway.process.pid
            before, end = descriptors(pid), time.monotonic() + seconds

            def work(number: int) -> None:
                rng = random.Random(number)  # noqa: S311 - a draw, not a secret
                try:
                    while time.monotonic() < end:
                        one_session(gateway.port, rng)
                        count[number] += 1
                except BaseException as error:  # noqa: BLE001 - told by the main thread
                    errors.append(error)

            threads = [threading.Thread(target=work, args=(number,)) for number in range(WORKERS)]
            for thread in threads:
                thread.start()
            warm = 0.0
            while any(thread.is_alive() for thread in threads):
                threads[0].join(0.2)
                threads[-1].join(0.2)
                if not warm and time.monotonic() > end - 0.9 * seconds:
                    warm = megabytes(pid)
                with contextlib.suppress(Exception):
                    while not gateway.lines.empty():
                        gateway.lines.get_nowait()
            if errors:
                raise errors[0]
            settled = time.monotonic() + 10
            while descriptors(pid) > before and time.monotonic() < settled:
                threading.Event().wait(0.1)
            return sum(count), descriptors(pid) - before, megabytes(pid) - warm


def main() -> int:
    """Soak for as long as the command line says."""
    parser = argparse.ArgumentParser("python -m tests.gateway.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=900.0)
    sessions, files, more = soak(parser.parse_args().seconds)
    sys.stdout.write(f"{sessions:,} sessions; {files:+d} descriptors, {more:+.1f} MB at the end\n")
    return 0 if files <= 0 and more < ALLOWED_MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
