"""Running the commands that listen, on a machine of a scenario, beside the probe and traffic that is none of theirs."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from lmwire.netns import Namespace
from tests.cli.running import COMMAND, clean

__all__ = [
    "NOISE",
    "Noise",
    "Popen",
    "analyzed",
    "diagnosed",
    "listening",
    "noise",
    "start_here",
    "stopped",
    "tshark",
    "until",
]

_SECONDS = 30.0
READY = "stop with Ctrl-C"


class Popen(Protocol):
    """What starts a process somewhere."""

    def __call__(
        self, argv: Sequence[str], *, stdout: int, stderr: int, env: dict[str, str]
    ) -> subprocess.Popen[str]: ...


def start_here(argv: Sequence[str], *, stdout: int, stderr: int, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(argv, stdout=stdout, stderr=stderr, env=env, text=True)  # noqa: S603 # our own command


@contextlib.contextmanager
def listening(popen: Popen, *arguments: str, prefix: Sequence[str] = ()) -> Iterator[subprocess.Popen[str]]:
    """Yield `lmwire capture …` once it says that it listens; it is killed when it did not end by itself."""
    command = [*prefix, *COMMAND, "capture", *arguments]
    process = popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean())
    try:
        assert process.stderr is not None
        said = ""
        while READY not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def stopped(process: subprocess.Popen[str], number: int = signal.SIGINT) -> tuple[int, str, str]:
    """Send a signal; return the status and what else was said."""
    process.send_signal(number)
    out, err = process.communicate(timeout=_SECONDS)
    return process.returncode, out, err


def diagnosed(client: Namespace, *arguments: str) -> set[str]:
    """Run the real probe; return its verdicts."""
    done = client.run([*COMMAND, "diagnose", *arguments, "--format", "json"], timeout=90, env=clean())
    assert done.stderr == ""
    return _verdicts(done.stdout)


def _verdicts(document: str) -> set[str]:
    return {diagnosis["verdict"]["id"] for diagnosis in json.loads(document)["diagnoses"]}


def analyzed(file: Path) -> tuple[int, set[str], str]:
    """Run `lmwire capture analyze`; return status, verdicts and standard error."""
    command = [*COMMAND, "capture", "analyze", str(file), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=clean())  # noqa: S603 # our own
    return done.returncode, _verdicts(done.stdout) if done.stdout else set(), done.stderr


def tshark(file: Path, *options: str) -> str:
    """Return what tshark prints; that it complains of the file is an AssertionError."""
    done = subprocess.run(  # noqa: S603 # on files that the tests wrote
        ["tshark", "-n", "-r", str(file), *options],  # noqa: S607 # wherever it is installed
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    complaints = [line for line in done.stderr.splitlines() if "dangerous" not in line]  # that root runs it
    assert (done.returncode, complaints) == (0, [])
    return done.stdout


def until(true: Callable[[], bool]) -> None:
    """Wait until something is so, with an end."""
    end, pause = time.monotonic() + _SECONDS, threading.Event()
    while not true():
        assert time.monotonic() < end, "it never came to be"
        pause.wait(0.02)


class Noise:
    """Traffic that is none of a license.

    Attributes:
        ports: where it went.
    """

    def __init__(self) -> None:
        self.ports: list[int] = []


_OF_NO_USE = b"/ of no use"
_HTTP = (b"GET /hello HTTP/1.1\r\nHost: www\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
_LINES = (b"hello, is anybody there?\n", b"/ is not hello\n")
NOISE = (*_HTTP, *_LINES, _OF_NO_USE, b"unrelated")
"""What the traffic holds that is none of a license."""


@contextlib.contextmanager
def noise(client: Namespace, server: Namespace, address: str) -> Iterator[Noise]:
    """Yield after some talk over TCP and UDP between two machines; talk again at the end."""
    made = Noise()
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(server.call(socket.create_server, ("", 0))) for _ in range(2)]
        datagrams = stack.enter_context(server.call(_bound))
        made.ports += [one.getsockname()[1] for one in (*listeners, datagrams)]

        def talk() -> None:
            for listener, (asked, answered) in zip(listeners, (_HTTP, _LINES), strict=True):
                _converse(client, listener, address, asked, answered)
            with client.call(_bound) as sock:
                sock.sendto(_OF_NO_USE, (address, made.ports[-1]))
                datagrams.recvfrom(100)
                sock.sendto(_question("unrelated.example"), (address, 53))
                sock.settimeout(_SECONDS)
                sock.recvfrom(512)

        talk()
        yield made
        talk()


def _bound() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("", 0))
    return sock


def _converse(client: Namespace, listener: socket.socket, address: str, asked: bytes, answered: bytes) -> None:
    place = (address, listener.getsockname()[1])
    with client.call(socket.create_connection, place) as ours, listener.accept()[0] as theirs:
        ours.sendall(asked)
        theirs.recv(1000)
        theirs.sendall(answered)
        ours.recv(1000)


def _question(name: str) -> bytes:
    labels = b"".join(bytes((len(label),)) + label.encode() for label in name.split("."))
    return b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0" + labels + b"\0\0\x01\0\x01"
