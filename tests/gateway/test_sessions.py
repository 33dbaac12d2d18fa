"""Sessions through a gateway on loopback: bytes, ends and resets, each passed on; bounds; what the log says."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from lmwire.gateway.errors import GatewayError
from lmwire.gateway.plan import GatewayPlan, GatewayServer, Limits, Mode
from lmwire.gateway.records import EndedBy, SessionRecord
from lmwire.gateway.routes import Route
from lmwire.gateway.server import Gateway
from lmwire.session.server import ServerSession
from lmwire.wire import Hello, HelloAnswer, LegacyError, Referral, TextAnswer, TextRequest, encode
from lmwire_mockserver.scenario import scenario
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock
from tests.gateway.running import Running, running
from tests.gateway.talking import (
    ANSWER,
    HELLO,
    HOST,
    connect,
    frames,
    listening,
    plan_for,
    read_all,
    read_exactly,
    read_message,
    reset,
    served,
)

SECONDS = 10.0


@contextlib.contextmanager
def gateway_for(vendor: Callable[[socket.socket], None], **settings: object) -> Iterator[Running]:
    """Run a gateway to servers whose vendor daemon does as said."""
    with served(vendor) as port, running(plan_for(port, **settings)) as gateway:  # type: ignore[arg-type]
        yield gateway


def open_session(gateway: Running) -> socket.socket:
    """Return a client's connection whose hello was answered."""
    sock = connect(gateway.port, HELLO)
    assert read_exactly(sock, len(ANSWER)) == ANSWER
    return sock


def assert_reset(port: int) -> None:
    """Say hello, and be reset: at once, or when the answer is awaited."""
    with pytest.raises(ConnectionResetError), connect(port, HELLO) as client:
        read_all(client)


def echo(sock: socket.socket) -> None:
    while data := sock.recv(1 << 16):
        sock.sendall(data)


def test_bytes_are_copied_both_ways_and_an_end_is_an_end() -> None:
    with gateway_for(echo) as gateway:
        with open_session(gateway) as client:
            for data in (b"x", bytes(range(256)) * 999, HELLO):
                client.sendall(data)
                assert read_exactly(client, len(data)) == data
        (record,) = gateway.ended(1)
    assert (record.ended, record.ended_by) == ("the client closed", EndedBy.CLIENT)
    assert (record.client.user, record.client.host, record.client.pid) == ("anna", "ws12", "4711")
    assert (record.vendor, record.client.version, record.asked) == ("ibmratl", "11.19", ("hello",))
    assert record.bytes_up == record.bytes_down - len(ANSWER) + len(HELLO) == 2 * len(HELLO) + 1 + 256 * 999
    assert record.vendor_daemon.startswith(f"{HOST}:")
    assert record.connect_seconds is not None
    assert "anna@ws12 pid 4711 FlexNet 11.19 ibmratl -> " in record.as_text()


def test_a_half_closed_connection_still_carries_the_other_half() -> None:
    def answer_after_the_end(sock: socket.socket) -> None:
        sock.sendall(read_all(sock).upper())

    with gateway_for(answer_after_the_end) as gateway, open_session(gateway) as client:
        client.sendall(b"good bye")
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b"GOOD BYE"
        assert gateway.ended(1)[0].ended == "the client closed"


def test_the_servers_end_comes_after_all_that_it_sent() -> None:
    def send_and_close(sock: socket.socket) -> None:
        sock.sendall(bytes(1 << 20))

    with gateway_for(send_and_close) as gateway, open_session(gateway) as client:
        assert len(read_all(client)) == 1 << 20
        client.close()
        assert gateway.ended(1)[0].ended_by is EndedBy.SERVER


def test_a_clients_reset_is_the_servers_reset() -> None:
    seen: queue.Queue[str] = queue.Queue()

    def watch(sock: socket.socket) -> None:
        try:
            seen.put("closed" if not sock.recv(1) else "data")
        except ConnectionResetError:
            seen.put("reset")

    with gateway_for(watch) as gateway:
        reset(open_session(gateway))
        assert seen.get(timeout=SECONDS) == "reset"
        record = gateway.ended(1)[0]
    assert (record.ended, record.ended_by) == ("the client reset the connection", EndedBy.CLIENT)


def test_a_servers_reset_is_the_clients_reset() -> None:
    with gateway_for(reset) as gateway, connect(gateway.port, HELLO) as client:
        with pytest.raises(ConnectionResetError):
            read_all(client)
        record = gateway.ended(1)[0]
    assert (record.ended, record.ended_by) == ("the server reset the connection", EndedBy.SERVER)


def test_a_slow_client_does_not_make_the_gateway_hold_all_that_a_server_sends() -> None:
    sent: queue.Queue[int] = queue.Queue()

    def flood(sock: socket.socket) -> None:
        sock.settimeout(1.0)
        total = 0
        with contextlib.suppress(TimeoutError):
            while total < 1 << 28:
                total += sock.send(bytes(1 << 16))
        sent.put(total)

    with gateway_for(flood) as gateway, open_session(gateway) as client:
        total = sent.get(timeout=SECONDS)
        assert total < 1 << 26, "a quarter of a gigabyte should not fit"
        held = gateway.call(lambda: [one.client.transport.get_write_buffer_size() for one in gateway.gateway.sessions])
        assert all(size < 1 << 20 for size in held)
        assert len(read_all(client)) == total


@contextlib.contextmanager
def mocked(name: str, mode: Mode = Mode.ONE_PORT, **settings: object) -> Iterator[tuple[Running, AsyncMockServer]]:
    """Run a gateway before a scenario of the mock."""
    mock = AsyncMockServer(scenario(name))
    with (
        ThreadedMock(mock),
        running(plan_for(mock.lmgrd_port, mode=mode, **settings)) as gateway,  # type: ignore[arg-type]
    ):
        yield gateway, mock


def test_dlist_and_a_hello_to_nobody_are_asked_on_one_connection() -> None:
    with mocked("healthy") as (gateway, _), connect(gateway.port, encode(Hello(vendor=""))) as client:
        heard = frames(client)
        assert isinstance(next(heard).message(), HelloAnswer)
        client.sendall(encode(TextRequest(command="dlist", user="anna")))
        text = next(heard).message()
        assert isinstance(text, TextAnswer)
        assert "ibmratl" in text.text
        client.sendall(HELLO)
        assert isinstance(next(heard).message(), HelloAnswer)


def test_in_the_mode_referral_the_client_follows_to_a_port_of_the_gateway() -> None:
    with mocked("healthy", Mode.REFERRAL, advertise="127.0.0.2") as (gateway, mock):
        with connect(gateway.port, HELLO) as client:
            referral = read_message(client)
        assert isinstance(referral, Referral)
        assert referral.host == "127.0.0.2"
        assert referral.port not in {gateway.port, mock.vendors["ibmratl"]}
        with connect(referral.port, HELLO) as client:
            assert isinstance(read_message(client), HelloAnswer)
        with connect(gateway.port, HELLO) as client:
            again = read_message(client)
        assert isinstance(again, Referral)
        assert again.port == referral.port
        records = gateway.ended(3)
    assert {record.vendor for record in records} == {"ibmratl"}
    assert records[1].vendor_daemon == f"127.0.0.1:{mock.vendors['ibmratl']}"


def test_many_clients_at_once_cost_lmgrd_one_question() -> None:
    with mocked("healthy") as (gateway, mock):
        for _ in range(5):
            with connect(gateway.port, HELLO) as client:
                assert isinstance(read_message(client), HelloAnswer)
        gateway.ended(5)
        lmgrd = [one for one in mock.conversations if one.port == mock.lmgrd_port]
    assert len(lmgrd) == 1


def test_a_vendor_daemon_that_moved_a_moment_ago_is_found_where_it_is() -> None:
    first, second = (AsyncMockServer(scenario("healthy")) for _ in range(2))
    with ThreadedMock(second), ThreadedMock(first), running(plan_for(first.lmgrd_port)) as gateway:
        with connect(gateway.port, HELLO) as client:
            assert isinstance(read_message(client), HelloAnswer)
        port = gateway.port
        stale = gateway.call(lambda: dict(gateway.gateway._known))
        assert stale
        (key, (when, known)) = stale.popitem()
        dead = type(known)(HOST, _closed_port(), known.lmgrd_address)
        gateway.call(lambda: gateway.gateway._known.update({key: (when, dead)}))
        with connect(port, HELLO) as client:
            assert isinstance(read_message(client), HelloAnswer)


def _closed_port() -> int:
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


@pytest.mark.parametrize(
    ("name", "failure"), [("lmgrd-refused", "lmgrd-refused"), ("vendor-refused", "vendor-refused")]
)
def test_a_refused_connect_is_a_reset_and_the_record_has_the_verdict(name: str, failure: str) -> None:
    with mocked(name) as (gateway, _):
        assert_reset(gateway.port)
        (record,) = gateway.ended(1)
    assert record.failure == failure
    assert record.ended_by is EndedBy.GATEWAY
    assert record.ended.endswith("refuses the connection")
    assert gateway.failures == [(record.server, "ibmratl")]


def test_an_error_of_lmgrd_reaches_the_client_and_the_log() -> None:
    with mocked("vendor-daemon-down") as (gateway, _), connect(gateway.port, HELLO) as client:
        assert read_message(client) == LegacyError(text="-60")
        client.close()
        (record,) = gateway.ended(1)
    assert record.error == "-60"


def test_a_client_that_does_not_say_hello_is_ended() -> None:
    with (
        mocked("healthy", limits=Limits(hello_seconds=0.2)) as (gateway, _),
        connect(gateway.port, HELLO[:30]) as client,
    ):
        with pytest.raises(ConnectionResetError):
            read_all(client)
        assert gateway.ended(1)[0].ended == "waited 0.2 s for the client's request"


def test_a_silent_lmgrd_is_waited_for_no_longer_than_the_limit() -> None:
    with (
        mocked("lmgrd-silent", limits=Limits(answer_seconds=0.2)) as (gateway, _),
        connect(gateway.port, HELLO) as client,
    ):
        with pytest.raises(ConnectionResetError):
            read_all(client)
        assert gateway.ended(1)[0].ended == "waited 0.2 s for lmgrd's answer"


def test_connections_that_say_nothing_give_way_and_honest_sessions_stay() -> None:
    with gateway_for(echo, limits=Limits(waiting=5)) as gateway, open_session(gateway) as honest:
        silent = [connect(gateway.port) for _ in range(20)]
        records = gateway.ended(15)
        assert {record.ended for record in records} == {"made room for others before it said hello"}
        honest.sendall(b"still here")
        assert honest.recv(100) == b"still here"
        with open_session(gateway) as another:
            another.sendall(b"and so am I")
            assert another.recv(100) == b"and so am I"
        for sock in silent:
            sock.close()


def test_one_address_has_only_so_many_connections() -> None:
    with gateway_for(echo, limits=Limits(per_client=2)) as gateway:
        with open_session(gateway), open_session(gateway):
            assert_reset(gateway.port)
            assert gateway.ended(1)[0].ended == "this client has 2 connections already"
        gateway.ended(3)
        with open_session(gateway) as client:
            client.sendall(b"x")
            assert client.recv(1) == b"x"


def test_only_allowed_networks_may_connect() -> None:
    with gateway_for(echo, allow=("10.0.0.0/8",)) as gateway:
        assert_reset(gateway.port)
        (record,) = gateway.ended(1)
    assert (record.ended, record.peer) == ("this client's address is not allowed", HOST)


def test_a_gateway_to_itself_ends_the_circle() -> None:
    port = _closed_port()
    plan = GatewayPlan(servers=(GatewayServer(server=f"{port}@{HOST}", listen=f"{HOST}:{port}"),))
    with running(plan) as gateway:
        assert_reset(port)
        ended = [record.ended for record in gateway.ended(1)]
    assert f"{HOST}:{port} is this gateway itself" in ended


def test_draining_lets_sessions_end_and_takes_no_new_ones() -> None:
    with served(echo) as port:
        with running(plan_for(port), drain=SECONDS) as gateway:
            client = open_session(gateway)
            own = gateway.port
            later = threading.Timer(0.3, client.close)
            later.start()
        later.join()
        assert gateway.ended(1)[0].ended == "the client closed"
        with pytest.raises(ConnectionRefusedError):
            connect(own)


def test_without_patience_sessions_are_reset() -> None:
    with served(echo) as port:
        with running(plan_for(port)) as gateway:
            client = open_session(gateway)
        with client, pytest.raises(ConnectionResetError):
            read_all(client)
    assert gateway.ended(1)[0].ended == "the gateway stopped"


def test_a_changed_plan_keeps_sessions_and_opens_and_closes_listeners() -> None:
    with served(echo) as port, running(plan_for(port)) as gateway, open_session(gateway) as client:
        before = gateway.port
        other = plan_for(port, vendors=("adskflex",))
        two = GatewayPlan(servers=(*other.servers, *plan_for(port, name="another").servers))
        asyncio.run_coroutine_threadsafe(gateway.gateway.change(two), gateway.loop).result(SECONDS)
        assert gateway.ports[0] == before
        client.sendall(b"still here")
        assert client.recv(100) == b"still here"
        with connect(before, HELLO) as refused:
            assert read_message(refused) == LegacyError(text="-97")
        with connect(gateway.ports[1], HELLO) as fine:
            assert isinstance(read_message(fine), HelloAnswer)
        asyncio.run_coroutine_threadsafe(gateway.gateway.change(plan_for(port)), gateway.loop).result(SECONDS)
        assert gateway.ports == (before,)


def test_a_port_for_a_vendor_daemon_costs_the_server_nothing_before_a_hello() -> None:
    with mocked("healthy", Mode.REFERRAL) as (gateway, mock):
        with connect(gateway.port, HELLO) as client:
            referral = read_message(client)
        assert isinstance(referral, Referral)
        with connect(referral.port), connect(referral.port, HELLO) as honest:
            assert isinstance(read_message(honest), HelloAnswer)
        gateway.ended(3)
        assert sum(one.port == mock.vendors["ibmratl"] for one in mock.conversations) <= 1


def test_a_changed_plan_closes_the_ports_of_vendor_daemons() -> None:
    with mocked("healthy", Mode.REFERRAL) as (gateway, mock):
        with connect(gateway.port, HELLO) as client:
            referral = read_message(client)
        assert isinstance(referral, Referral)
        changing = gateway.gateway.change(plan_for(mock.lmgrd_port, vendors=("other",)))
        asyncio.run_coroutine_threadsafe(changing, gateway.loop).result(SECONDS)
        with pytest.raises(ConnectionRefusedError):
            connect(referral.port)


def test_a_socket_that_no_server_of_the_plan_wants_is_refused() -> None:
    async def start() -> None:
        with socket.create_server((HOST, 0)) as stranger:
            plan = GatewayPlan(servers=(GatewayServer(server=f"1@{HOST}", listen=f"{HOST}:0"),))
            with pytest.raises(GatewayError, match="where no server of the plan listens"):
                await Gateway(plan, Silent(), [stranger]).start()

    asyncio.run(start())


class Silent:
    """A watcher that hears nothing."""

    def ended(self, record: SessionRecord) -> None: ...

    def failed(self, route: Route, vendor: str) -> None: ...

    def moved(self, route: Route, vendor: str, before: int | None, now: int) -> None: ...


def test_the_mock_understands_what_a_gateway_says_to_it() -> None:
    """The bytes that the vendor daemon gets are the client's."""
    seen: queue.Queue[bytes] = queue.Queue()

    def raw(sock: socket.socket) -> None:
        seen.put(sock.recv(4096))

    with listening(raw) as port, running(plan_for(port)) as gateway, connect(gateway.port, HELLO):
        assert seen.get(timeout=SECONDS) == HELLO
    session = ServerSession()
    session.receive_data(HELLO)
    assert session.next_event()
