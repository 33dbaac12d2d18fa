"""Hostile clients and servers: memory stays bounded, honest sessions are untouched, every line of the log is whole."""

from __future__ import annotations

import contextlib
import json
import queue
import random
import socket

import pytest

from lmwire.gateway.plan import Limits
from lmwire.wire import Hello, Referral, TextAnswer, TextRequest, encode
from tests.gateway.running import running
from tests.gateway.talking import ANSWER, HELLO, connect, listening, plan_for, read_all, read_exactly, served

SEED = 20261125
MEGABYTE = 1 << 20
LONG = encode(Hello(vendor="x" * 500))
ASKS = encode(TextRequest(command="x"))


def echo(sock: socket.socket) -> None:
    while data := sock.recv(1 << 16):
        sock.sendall(data)


def test_frames_that_lie_disturb_nobody() -> None:
    rng = random.Random(SEED)  # noqa: S311 - a draw, not a secret
    with served(echo) as port, running(plan_for(port, limits=Limits(hello_seconds=1.0))) as gateway:
        with connect(gateway.port, HELLO) as honest:
            assert read_exactly(honest, len(ANSWER)) == ANSWER
            for _ in range(150):
                frame = bytearray(
                    rng.choice((HELLO, encode(Hello(vendor="x" * 500)), encode(TextRequest(command="x"))))
                )
                for _ in range(rng.randrange(4)):
                    frame[rng.randrange(len(frame))] = rng.randrange(256)
                with contextlib.suppress(OSError), connect(gateway.port, bytes(frame) * rng.randrange(1, 3)) as liar:
                    liar.settimeout(0.02)
                    liar.recv(100)
            honest.sendall(b"still here")
            assert read_exactly(honest, 10) == b"still here"
        records = gateway.ended(151)
    for record in records:
        line = record.as_json()
        assert json.loads(line)["server"]
        assert "\n" not in line
        assert record.as_text().isprintable()


def test_thousands_of_connections_that_say_nothing_leave_honest_sessions_alone() -> None:
    with (
        served(echo) as port,
        running(plan_for(port, limits=Limits(per_client=100_000, hello_seconds=300))) as gateway,
        connect(gateway.port, HELLO) as honest,
        contextlib.ExitStack() as stack,
    ):
        assert read_exactly(honest, len(ANSWER)) == ANSWER
        for _ in range(2000):
            stack.enter_context(connect(gateway.port))
        honest.sendall(b"still here")
        assert read_exactly(honest, 10) == b"still here"
        with connect(gateway.port, HELLO) as another:
            assert read_exactly(another, len(ANSWER)) == ANSWER
        assert gateway.call(lambda: len(gateway.gateway.sessions)) <= 512 + 2
        ended = [record.ended for record in gateway.ended(2000 - 512)]
        assert set(ended) <= {"made room for others before it said hello", "the client closed"}


def test_names_that_steer_terminals_are_escaped_in_the_log() -> None:
    with served(echo) as port, running(plan_for(port)) as gateway:
        with connect(gateway.port, encode(Hello(vendor="a\x1b[31m\n", user="x\r\n{", host="\x07"))) as client:
            read_exactly(client, len(ANSWER))
        (record,) = gateway.ended(1)
    assert record.as_text().isprintable()
    assert record.vendor == "a\\x1b[31m\\n"


def test_a_server_that_answers_without_end_is_not_held_in_memory() -> None:
    sent: queue.Queue[int] = queue.Queue()
    text = encode(TextAnswer(text="x" * 60000))

    def endless(sock: socket.socket) -> None:
        sock.recv(4096)
        sock.settimeout(0.5)
        total = 0
        with contextlib.suppress(OSError):
            while total < 200 * MEGABYTE:
                sock.sendall(text)
                total += len(text)
        sent.put(total)

    with listening(endless) as port, running(plan_for(port)) as gateway:
        with connect(gateway.port, encode(Hello(vendor=""))):
            assert sent.get(timeout=20) < 50 * MEGABYTE
            held = gateway.call(
                lambda: [one.client.transport.get_write_buffer_size() for one in gateway.gateway.sessions]  # type: ignore[union-attr]
            )
        assert all(size < MEGABYTE for size in held)


def test_a_client_that_asks_without_end_and_reads_nothing_is_not_held_in_memory() -> None:
    garbage = bytes(147) * 100
    with served(echo) as port, running(plan_for(port)) as gateway, connect(gateway.port) as client:
        client.settimeout(0.5)
        total = 0
        with contextlib.suppress(OSError):
            while total < 100 * MEGABYTE:
                total += client.send(garbage)
        assert total < 50 * MEGABYTE
        held = gateway.call(
            lambda: [one.client.transport.get_write_buffer_size() for one in gateway.gateway.sessions]  # type: ignore[union-attr]
        )
    assert all(size < 2 * MEGABYTE for size in held)


def test_a_client_has_only_so_many_requests() -> None:
    def dlist(sock: socket.socket) -> None:
        while sock.recv(4096):
            sock.sendall(encode(TextAnswer(text="ibmratl\n")))

    asks = encode(TextRequest(command="dlist"))
    answer = len(encode(TextAnswer(text="ibmratl\n")))
    with listening(dlist) as port, running(plan_for(port)) as gateway, connect(gateway.port) as client:
        with pytest.raises(ConnectionError):  # noqa: PT012 - any of these may meet it
            for _ in range(300):
                client.sendall(asks)
                if len(read_exactly(client, answer)) < answer:
                    raise ConnectionError
        assert gateway.ended(1)[0].ended == "the client made more than 256 requests"


def test_a_referral_to_the_gateway_itself_does_not_go_round() -> None:
    def to_itself(sock: socket.socket) -> None:
        sock.recv(4096)
        sock.sendall(encode(Referral(host="127.0.0.1", port=own[0])))
        with contextlib.suppress(OSError):
            sock.recv(1)

    own: list[int] = []
    with listening(to_itself) as port, running(plan_for(port)) as gateway:
        own.append(gateway.port)
        with connect(gateway.port, HELLO) as client, pytest.raises(ConnectionResetError):
            read_all(client)
        ended = {record.ended for record in gateway.ended(1)}
    assert f"127.0.0.1:{own[0]} is this gateway itself" in ended
