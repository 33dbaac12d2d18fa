"""The runner: ready on entry, gone on exit, its own faults raised where somebody sees them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import time

import pytest

from lmwire.session import Answered, ClientSession, Identity, Referred
from lmwire.wire import Hello, encode
from lmwire_mockserver.addresses import LOOPBACK
from lmwire_mockserver.connection import Limits
from lmwire_mockserver.conversation import Conversation
from lmwire_mockserver.errors import ListenError
from lmwire_mockserver.faults import Chop, Delay
from lmwire_mockserver.scenario import Lmgrd, Scenario, Servers, Vendor, scenarios
from lmwire_mockserver.server import AsyncMockServer
from tests.mockserver.talking import HOST, SECONDS, connected, converse, hello, told

HELLO = encode(Hello(vendor="ibmratl"))


@pytest.mark.parametrize("played", scenarios(), ids=lambda played: played.id)
async def test_every_scenario_starts_and_stops(played: Scenario) -> None:
    async with AsyncMockServer(played) as mock:
        assert len(mock.lmgrd_ports) == len(played.lmgrds)
        assert list(mock.vendors) == [vendor.name for vendor in played.vendors]
        assert len({*mock.lmgrd_ports, *mock.vendors.values()}) == len(played.lmgrds) + len(played.vendors)
    assert mock.conversations == ()


async def test_it_is_ready_on_entry_and_gone_on_exit() -> None:
    async with AsyncMockServer() as mock:
        assert mock.target == mock.license_path == f"{mock.lmgrd_port}@{HOST}"
        assert isinstance(await hello(mock.lmgrd_port), Referred)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(HOST, mock.lmgrd_port)


async def test_many_vendor_daemons_and_lmgrds_serve_side_by_side() -> None:
    async with AsyncMockServer(Servers(lmgrds=(Lmgrd(),) * 3), vendors=("a", "b", "c", "d")) as mock:
        for port in mock.lmgrd_ports:
            for name in mock.vendors:
                referral = await hello(port, name)
                assert isinstance(referral, Referred)
                answer = await hello(referral.message.port, name)
                assert isinstance(answer, Answered)
                assert answer.message.vendor == name


async def test_ports_can_be_asked_for_and_are_explained_when_they_are_taken() -> None:
    async with AsyncMockServer() as mock:
        with pytest.raises(ListenError, match="it is in use"):
            async with AsyncMockServer(lmgrd_port=mock.lmgrd_port):
                pass
        with pytest.raises(ListenError, match="it is in use"):
            async with AsyncMockServer(vendor_ports=[mock.vendors["ibmratl"]]):
                pass
    async with AsyncMockServer(lmgrd_port=mock.lmgrd_port, vendor_ports=[mock.vendors["ibmratl"]]) as again:
        assert (again.lmgrd_port, again.vendors) == (mock.lmgrd_port, mock.vendors)


async def test_ipv6_is_bracketed_where_a_port_stands_beside_it() -> None:
    async with AsyncMockServer(bind="::1") as mock:
        assert mock.target == f"{mock.lmgrd_port}@[::1]"
        event = await hello(mock.lmgrd_port, host="::1")
        assert isinstance(event, Referred)
        assert event.message.host == "::1"


async def test_a_server_on_all_addresses_goes_by_the_machines_name() -> None:
    async with AsyncMockServer(bind="::") as mock:
        for host in (HOST, "::1"):
            assert isinstance(await hello(mock.lmgrd_port, host=host), Referred)
        assert mock.target.partition("@")[2] not in {"::", "0.0.0.0"}
        assert [each.peer for each in await mock.wait_for_conversations(2)] == [HOST, "::1"]


async def test_the_place_names_the_server() -> None:
    assert AsyncMockServer(host=LOOPBACK).limits == Limits()
    with pytest.raises(RuntimeError, match="enter it with `async with` first"):
        _ = AsyncMockServer().target


async def test_a_conversation_is_remembered_with_all_that_was_said() -> None:
    who = Identity(user="ada", host="wks7", display=":0", platform="x64_lsb", pid=4711, version_minor=18)
    async with AsyncMockServer() as mock:
        await hello(mock.lmgrd_port, identity=who)
        (seen,) = await mock.wait_for_conversations(1)
    assert (seen.role.value, seen.daemon, seen.port, seen.peer) == ("lmgrd", "lmgrd", mock.lmgrd_port, HOST)
    assert seen.asked == ("hello",)
    assert seen.answered == (f"referral to {HOST}:{mock.vendors['ibmratl']}",)
    assert (seen.client.user, seen.client.host, seen.client.display, seen.client.pid) == ("ada", "wks7", ":0", "4711")
    assert (seen.client.vendor, seen.client.platform, seen.client.version) == ("ibmratl", "x64_lsb", "11.18")
    assert (seen.ended.value, seen.bytes_in > 60, seen.bytes_out > 30) == ("the client closed", True, True)
    assert 0 <= seen.seconds < SECONDS


async def test_both_hellos_of_a_fall_back_are_one_conversation() -> None:
    async with AsyncMockServer(Servers(vendors=(Vendor(down=True),))) as mock:
        await hello(mock.lmgrd_port)
        (seen,) = await mock.wait_for_conversations(1)
    assert (seen.asked, seen.answered) == (("hello", "legacy hello"), ("error -60", "error -97"))


async def test_waiting_for_conversations_that_never_come_says_how_many_did() -> None:
    async with AsyncMockServer() as mock:
        await hello(mock.lmgrd_port)
        await mock.wait_for_conversations(1)
        with pytest.raises(TimeoutError, match=r"1 of 2 conversations ended within 0\.01 s"):
            await mock.wait_for_conversations(2, timeout=0.01)


async def test_only_so_many_conversations_are_remembered() -> None:
    async with AsyncMockServer(limits=Limits(remembered=3)) as mock:
        for number in range(7):
            await hello(mock.lmgrd_port, identity=Identity(pid=number))
        kept = await mock.wait_for_conversations(7)
    assert (mock.total, [each.client.pid for each in kept]) == (7, ["4", "5", "6"])


async def test_stopping_takes_no_time_and_leaves_nothing_behind() -> None:
    before = asyncio.all_tasks()
    slow = Servers(lmgrds=(Lmgrd(faults=(Delay(seconds=60.0),)),))
    async with AsyncMockServer(slow) as mock, asyncio.timeout(SECONDS):
        clients = [await asyncio.open_connection(HOST, mock.lmgrd_port) for _ in range(20)]
        for _, writer in clients:
            writer.write(HELLO)
        started = time.monotonic()
    assert time.monotonic() - started < 1.0
    assert [each.ended.value for each in mock.conversations] == ["the mock stopped"] * 20
    for _, writer in clients:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    assert asyncio.all_tasks() == before


async def test_a_fault_of_the_mock_is_raised_on_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug of ours")

    async def serve() -> None:
        async with AsyncMockServer() as mock:
            assert await told(mock.lmgrd_port, HELLO) == b""
            (seen,) = await mock.wait_for_conversations(1)
            assert seen.ended.value == "the mock failed"

    monkeypatch.setattr("lmwire_mockserver.connection.answer", broken)
    with pytest.raises(RuntimeError, match="a bug of ours"):
        await serve()


async def failing_callback(then: Exception | None = None) -> None:
    """Run a mock whose owner's callback fails, and whose owner may fail as well."""

    def broken(_: Conversation) -> None:
        raise ValueError("in the callback")

    async with AsyncMockServer(on_conversation=broken) as mock:
        await hello(mock.lmgrd_port)
        await mock.wait_for_conversations(1)
        if then is not None:
            raise then


async def test_a_fault_in_the_owners_callback_is_raised_on_exit() -> None:
    with pytest.raises(ValueError, match="in the callback"):
        await failing_callback()


async def test_a_fault_of_the_mock_hides_no_other_exception() -> None:
    with pytest.raises(KeyError, match="the owner's") as caught:
        await failing_callback(KeyError("the owner's"))
    assert caught.value.__notes__ == ["the mock failed as well: ValueError('in the callback')"]


async def test_what_a_client_asks_before_it_closes_its_side_is_answered_even_late() -> None:
    slow = Servers(lmgrds=(Lmgrd(faults=(Delay(seconds=0.05), Chop(size=10, gap=0.005))),))
    async with AsyncMockServer(slow) as mock:
        answer = await told(mock.lmgrd_port, HELLO, half_close=True)
    session = ClientSession(Identity())
    session.say_hello("ibmratl")
    session.receive_data(answer)
    assert isinstance(session.next_event(), Referred)


async def test_a_request_in_pieces_is_understood() -> None:
    chopped = Servers(lmgrds=(Lmgrd(faults=(Chop(size=3, direction="request"),)),))
    async with AsyncMockServer(chopped) as mock:
        session = ClientSession(Identity())
        session.say_hello("ibmratl")
        assert isinstance(await converse(mock.lmgrd_port, session), Referred)


async def test_two_mocks_live_side_by_side() -> None:
    async with (
        AsyncMockServer() as one,
        AsyncMockServer() as other,
        connected(one.lmgrd_port),
        connected(other.lmgrd_port),
    ):
        assert one.lmgrd_port != other.lmgrd_port
        assert isinstance(await hello(one.lmgrd_port), Referred)
        assert isinstance(await hello(other.lmgrd_port), Referred)


@pytest.mark.slow
async def test_stopping_in_the_middle_of_an_accept_leaves_nothing_behind() -> None:
    for turns in range(6):
        with socket.socket() as client:
            async with AsyncMockServer() as mock:
                client.connect((HOST, mock.lmgrd_port))
                for _ in range(turns):
                    await asyncio.sleep(0)
            gc.collect()  # a socket that was forgotten complains now
