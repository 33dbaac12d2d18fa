"""The mock's log: nobody has to read it, and all of it is there for whoever does."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from lmwire.line_writer import LineWriter
from lmwire.session import Referred
from lmwire.wire import Hello, encode
from tests.mockserver.talking import HOST, hello

PROGRAM = "from lmwire_mockserver.command import MockOptions, run_mock; run_mock(MockOptions())"
SECONDS = 20.0


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def read_lines(descriptor: int, count: int) -> list[str]:
    with os.fdopen(os.dup(descriptor), "r") as reader:
        return [reader.readline().rstrip("\n") for _ in range(count)]


def test_lines_come_in_order(pipe: tuple[int, int]) -> None:
    lines = LineWriter(pipe[1])
    for number in range(1000):
        lines(str(number))
    lines.close()
    assert read_lines(pipe[0], 1000) == [str(number) for number in range(1000)]


def test_who_hands_in_a_line_never_waits_and_drops_are_counted(pipe: tuple[int, int]) -> None:
    lines = LineWriter(pipe[1], most=100)
    sent = 5000
    for number in range(sent):
        lines(f"{number:04d}".ljust(200))  # a pipe holds some 300 of these, and nobody reads
    closing = threading.Thread(target=lines.close, args=(SECONDS,))
    closing.start()
    seen, dropped = 0, 0
    with os.fdopen(os.dup(pipe[0]), "r") as reader:
        while seen + dropped < sent:
            line = reader.readline()
            if line.startswith("{"):
                dropped += json.loads(line)["dropped"]
            else:
                seen += 1
    closing.join()
    assert (seen + dropped, dropped > 0, seen >= 100) == (sent, True, True)


def test_a_reader_that_never_reads_does_not_keep_it_from_ending(pipe: tuple[int, int]) -> None:
    lines = LineWriter(pipe[1])
    for _ in range(5000):
        lines("x" * 100)
    lines.close(0.0)
    assert not lines._thread.is_alive()


def test_a_line_is_ascii(pipe: tuple[int, int]) -> None:
    lines = LineWriter(pipe[1])
    lines('{"a": "é\u009b"}')
    lines.close()
    assert read_lines(pipe[0], 1) == ['{"a": "\\u00e9\\u009b"}']


def test_a_reader_that_goes_is_told() -> None:
    gone = threading.Event()
    reader, writer = os.pipe()
    os.close(reader)
    lines = LineWriter(writer, on_broken=gone.set)
    lines("x")
    assert gone.wait(SECONDS)
    lines.close()
    os.close(writer)


def test_without_standard_output_every_line_is_dropped() -> None:
    lines = LineWriter(None)
    lines("x")
    lines.close()
    assert not lines._thread.is_alive()


@pytest.mark.slow
def test_a_mock_whose_output_nobody_reads_serves_and_ends() -> None:
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as mock:  # noqa: S603 # our own
        assert mock.stdout is not None
        assert mock.stderr is not None
        port = json.loads(mock.stdout.readline())["lmgrd_port"]
        question = encode(Hello(vendor="ibmratl"))
        for _ in range(500):  # 170 filled the pipe
            with socket.create_connection((HOST, port), SECONDS) as client:
                client.sendall(question)
                assert client.recv(99)
        mock.send_signal(signal.SIGTERM)
        assert mock.wait(SECONDS) == 0
        assert mock.stderr.read() == b""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_few_files_leave_room_for_the_newest_client() -> None:
    command = ["sh", "-c", 'ulimit -n 256; exec "$0" "$@"', sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as mock:  # noqa: S603 # our own
        assert mock.stdout is not None
        assert mock.stderr is not None
        port = json.loads(mock.stdout.readline())["lmgrd_port"]
        held = [socket.create_connection((HOST, port), SECONDS) for _ in range(400)]
        try:
            answers = [asyncio.run(hello(port)) for _ in range(10)]
        finally:
            for client in held:
                client.close()
        mock.send_signal(signal.SIGTERM)
        mock.communicate(timeout=SECONDS)
        assert all(isinstance(answer, Referred) for answer in answers)
        assert mock.returncode == 0
