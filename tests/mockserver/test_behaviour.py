"""Every dialogue over real sockets, told by what an honest client makes of it."""

from __future__ import annotations

import asyncio

import pytest

from lmwire.session import Answered, ClientSession, Ended, Identity, Referred, Refused, TextReceived
from lmwire.session.text import parse_daemons
from lmwire.wire import (
    FrameReader,
    Hello,
    HelloAnswer,
    LegacyError,
    LegacyHello,
    RemoteProtocolError,
    TextAnswer,
    TextRequest,
    Unknown,
    Version,
    encode,
)
from lmwire_mockserver.faults import Corrupt
from lmwire_mockserver.scenario import Listen, Lmgrd, MockDialogue, Servers, TextAnswers, Vendor
from lmwire_mockserver.server import AsyncMockServer
from tests.mockserver.talking import SECONDS, connected, hello, text, told

HELLO = encode(Hello(vendor="ibmratl"))


def playing(dialogue: MockDialogue, error: int = 0) -> Servers:
    return Servers(lmgrds=(Lmgrd(dialogue=dialogue, error=error),), vendors=(Vendor(dialogue=dialogue, error=error),))


async def test_a_healthy_walk_leads_from_lmgrd_to_the_vendor_daemon() -> None:
    async with AsyncMockServer() as mock:
        first = await hello(mock.lmgrd_port)
        assert isinstance(first, Referred)
        assert (first.message.host, first.message.port) == ("127.0.0.1", mock.vendors["ibmratl"])
        second = await hello(first.message.port)
        assert isinstance(second, Answered)
        assert (second.message.vendor, second.legacy) == ("ibmratl", False)


async def test_lmgrd_refers_to_each_vendor_daemon_by_name() -> None:
    async with AsyncMockServer(vendors=("ibmratl", "snpslmd", "MOSEKLM")) as mock:
        assert len(set(mock.vendors.values())) == 3
        for name, port in mock.vendors.items():
            event = await hello(mock.lmgrd_port, name)
            assert isinstance(event, Referred)
            assert event.message.port == port


@pytest.mark.parametrize("servers", [Servers(), Servers(vendors=(Vendor(name="down", down=True),))])
async def test_a_vendor_daemon_that_is_down_or_unknown_is_minus_97(servers: Servers) -> None:
    async with AsyncMockServer(servers) as mock:
        assert await hello(mock.lmgrd_port, "down") == Refused(-97, "-97", legacy=True)


async def test_legacy_only_refers_after_the_legacy_hello() -> None:
    async with AsyncMockServer(playing(MockDialogue.LEGACY_ONLY)) as mock:
        event = await hello(mock.lmgrd_port)
        assert isinstance(event, Referred)
        assert event.legacy


@pytest.mark.parametrize("code", [-13, -18, -23, -106])
async def test_an_error_comes_as_the_answer_to_the_legacy_hello(code: int) -> None:
    async with AsyncMockServer(playing(MockDialogue.ERROR, code)) as mock:
        assert await told(mock.lmgrd_port, HELLO, half_close=True) == encode(LegacyError(text="-60"))
        for port in (mock.lmgrd_port, *mock.vendors.values()):
            assert await hello(port) == Refused(code, str(code), legacy=True)


@pytest.mark.parametrize("question", [Hello(vendor=""), LegacyHello(vendor="")])
async def test_a_hello_without_a_vendor_gets_lmgrds_own_answer_and_more_may_follow(question: Hello) -> None:
    servers = Servers(lmgrds=(Lmgrd(), Lmgrd(master="lic1.example")), vendors=(Vendor(name="a"), Vendor(name="b")))
    list_ = encode(TextRequest(command="dlist"))
    async with AsyncMockServer(servers) as mock:
        answers = [await told(port, encode(question) + list_, half_close=True) for port in mock.lmgrd_ports]
    for answer, host in zip(answers, ("127.0.0.1", "lic1.example"), strict=True):
        assert answer == encode(HelloAnswer(vendor="a", host=host)) + encode(TextAnswer(text="a\nb\n"))


@pytest.mark.parametrize(("closed", "served"), [(0, True), (1, True), (2, False)])
async def test_a_set_serves_only_while_most_of_it_is_up(closed: int, served: bool) -> None:
    members = tuple(Lmgrd(listen=Listen.CLOSED if index < closed else Listen.OPEN) for index in range(3))
    async with AsyncMockServer(Servers(lmgrds=members, quorum=True)) as mock:
        event = await hello(mock.lmgrd_ports[2])
    assert isinstance(event, Referred) if served else event == Refused(-20, "-20", legacy=True)


async def test_a_nul_inside_a_legacy_name_ends_it() -> None:
    async with AsyncMockServer(playing(MockDialogue.WRONG_ORDER)) as mock:
        answer = await told(mock.lmgrd_port, encode(LegacyHello(vendor="a\0b")), half_close=True)
    assert answer == encode(HelloAnswer(vendor="a", host="127.0.0.1"))


async def test_wrong_order_swaps_the_roles() -> None:
    async with AsyncMockServer(playing(MockDialogue.WRONG_ORDER)) as mock:
        assert isinstance(await hello(mock.lmgrd_port), Answered)
        assert isinstance(await hello(mock.vendors["ibmratl"]), Referred)


@pytest.mark.parametrize(
    ("dialogue", "start"),
    [
        (MockDialogue.HTTP, b"HTTP/1.1 400 "),
        (MockDialogue.TLS, bytes.fromhex("1503030002")),
        (MockDialogue.CLOSE_AFTER_HELLO, b""),
        (MockDialogue.CLOSE_ON_ACCEPT, b""),
        (MockDialogue.RESET, b""),
    ],
)
async def test_what_ends_by_itself_says_so_much_first(dialogue: MockDialogue, start: bytes) -> None:
    async with AsyncMockServer(playing(dialogue)) as mock:
        for port in (mock.lmgrd_port, *mock.vendors.values()):
            received = await told(port, HELLO)
            assert received.startswith(start)
            assert bool(received) == bool(start)


@pytest.mark.parametrize(
    ("dialogue", "start"),
    [
        (MockDialogue.HTTP_HELD, b"HTTP/1.1 400 "),
        (MockDialogue.SSH, b"SSH-2.0-"),
        (MockDialogue.UNKNOWN, b"\0\0\0\x08"),
        (MockDialogue.SILENT, b""),
    ],
)
async def test_what_stays_open_closes_when_the_client_does(dialogue: MockDialogue, start: bytes) -> None:
    async with AsyncMockServer(playing(dialogue)) as mock:
        received = await told(mock.lmgrd_port, HELLO, half_close=True)
        assert received.startswith(start)
        (conversation,) = await mock.wait_for_conversations(1)
        assert conversation.ended.value == "the client closed"


async def test_a_foreign_service_answers_whatever_it_is_told() -> None:
    async with AsyncMockServer(playing(MockDialogue.HTTP)) as mock:
        assert (await told(mock.lmgrd_port, b"GET / HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 400")


async def test_closing_on_accept_loses_what_the_client_said_and_an_idle_client_sees_the_end() -> None:
    async with AsyncMockServer(playing(MockDialogue.CLOSE_ON_ACCEPT)) as mock:
        await told(mock.lmgrd_port, HELLO)
        await told(mock.lmgrd_port, b"")
        ends = [conversation.ended.value for conversation in await mock.wait_for_conversations(2)]
        assert ends == ["the server reset", "the server closed"]


@pytest.mark.parametrize(
    ("setting", "port"),
    [
        (Lmgrd(referral_port=0), 0),
        (Lmgrd(referral_port=70000), 70000),
        (Lmgrd(referral_port="lmgrd"), None),
    ],
)
async def test_a_referral_may_hold_any_port(setting: Lmgrd, port: int | None) -> None:
    async with AsyncMockServer(Servers(lmgrds=(setting,))) as mock:
        event = await hello(mock.lmgrd_port)
        assert isinstance(event, Referred)
        assert event.message.port == (mock.lmgrd_port if port is None else port)


@pytest.mark.parametrize(("given", "host"), [(None, ""), ("inner.corp", "inner.corp")])
async def test_a_referral_may_hold_any_host_and_the_owner_has_the_last_word(given: str | None, host: str) -> None:
    async with AsyncMockServer(Servers(lmgrds=(Lmgrd(referral_host=""),)), referral_host=given) as mock:
        event = await hello(mock.lmgrd_port)
        assert isinstance(event, Referred)
        assert event.message.host == host


async def test_dlist_names_every_vendor_daemon_and_getpaths_a_path() -> None:
    async with AsyncMockServer(Servers(vendors=(Vendor(name="a"), Vendor(name="b", down=True)))) as mock:
        names = await text(mock.lmgrd_port, "dlist")
        assert isinstance(names, TextReceived)
        assert parse_daemons(names.text) == ("a", "b")
        paths = await text(mock.lmgrd_port, "getpaths")
        assert isinstance(paths, TextReceived)
        assert paths.text.startswith("/")


async def test_dlist_can_be_refused_or_ignored_by_an_lmgrd_that_refers() -> None:
    refusing, ignoring = Lmgrd(text=TextAnswers.REFUSED), Lmgrd(text=TextAnswers.SILENT)
    async with AsyncMockServer(Servers(lmgrds=(refusing, ignoring))) as mock:
        first, second = mock.lmgrd_ports
        assert await text(first, "dlist") == Refused(-60, "-60")
        assert await told(second, encode(TextRequest(command="dlist")), half_close=True) == b""
        assert [type(await hello(port)) for port in mock.lmgrd_ports] == [Referred, Referred]


async def test_a_version_is_told() -> None:
    async with AsyncMockServer() as mock:
        reader = FrameReader()
        reader.receive_data(await told(mock.lmgrd_port, encode(Version()), half_close=True))
        frame = reader.next_frame()
        assert frame.message() == Version(quad=bytes((11, 19, 6, 0)))  # type: ignore[union-attr]


@pytest.mark.parametrize("port_of", ["lmgrd", "vendor"])
async def test_nothing_that_is_asked_brings_a_license(port_of: str) -> None:
    """Every type there is, after a hello: the answer is a refusal, and the license file is refused as well."""
    known = {0x0102, 0x0108, 0x0149}
    async with AsyncMockServer() as mock:
        port = mock.lmgrd_port if port_of == "lmgrd" else mock.vendors["ibmratl"]
        opening = len(await told(port, HELLO, half_close=True))
        refusal = encode(LegacyError(text="-5"))
        asked = [encode(Unknown(number=number, body=bytes(44))) for number in range(0x200) if number not in known]
        asked.append(encode(TextRequest(command="")))
        for start in range(0, len(asked), 60):
            batch = asked[start : start + 60]
            received = await told(port, HELLO + b"".join(batch), half_close=True)
            assert received[opening:] == refusal * len(batch)


async def test_garbage_is_minus_60_once_it_is_as_long_as_a_request() -> None:
    async with AsyncMockServer() as mock:
        assert await told(mock.lmgrd_port, bytes(146), half_close=True) == b""
        assert await told(mock.lmgrd_port, bytes(147), half_close=True) == encode(LegacyError(text="-60"))


async def test_a_damaged_hello_is_minus_60_and_the_legacy_one_then_understood() -> None:
    broken = bytearray(HELLO)
    broken[30] ^= 1
    async with AsyncMockServer() as mock, connected(mock.lmgrd_port) as (reader, writer), asyncio.timeout(SECONDS):
        writer.write(broken)
        assert await reader.readexactly(147) == encode(LegacyError(text="-60"))
        writer.write(encode(LegacyHello(vendor="ibmratl")))
        assert (await reader.readexactly(1)) == b"/"


async def test_names_from_the_wire_reach_no_log_raw() -> None:
    who = Identity(user="\x1b[31mroot\x07", host="\x9b2J", display="a\nb")
    async with AsyncMockServer() as mock:
        session = ClientSession(who)
        session.say_hello("\x1b]0;x\x07")
        await told(mock.lmgrd_port, session.data_to_send(), half_close=True)
        (conversation,) = await mock.wait_for_conversations(1)
        assert conversation.client.user == r"\x1b[31mroot\x07"
        assert conversation.line().isprintable()


async def test_a_damaged_answer_is_damage_to_the_client() -> None:

    async with AsyncMockServer(Servers(lmgrds=(Lmgrd(faults=(Corrupt(offset=22),)),))) as mock:
        with pytest.raises(RemoteProtocolError, match="checksum"):
            await hello(mock.lmgrd_port)


async def test_a_silent_daemon_is_met_by_an_end_only_when_the_client_ends() -> None:
    async with AsyncMockServer(playing(MockDialogue.SILENT)) as mock:
        session = ClientSession(Identity())
        session.say_hello("ibmratl")
        session.receive_data(await told(mock.lmgrd_port, session.data_to_send(), half_close=True))
        assert session.next_event() == Ended()
