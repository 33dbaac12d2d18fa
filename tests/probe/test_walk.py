"""Walks to mock servers on loopback: which connections are opened, in which order, and what they bring."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import time

import msgspec
import pytest

from lmwire.defaults import CONNECT_WAIT
from lmwire.diagnosis import diagnose
from lmwire.evidence import Answer, Asked, Connect, Dialogue, Evidence, Role, Via
from lmwire.licensepath import parse_path
from lmwire.probe import ProbeError, Resolver, Settings, Walk, probe_path, this_machine, walk
from lmwire.probe.leg import Question, ask
from lmwire.wire import LegacyText, encode
from lmwire_mockserver.scenario import Listen, Lmgrd, Servers, TextAnswers, Vendor, scenario
from lmwire_mockserver.scenario import MockDialogue as Talk
from lmwire_mockserver.server import AsyncMockServer
from tests.hostile.servers import serving

pytestmark = pytest.mark.slow

VENDOR = "ibmratl"


async def walked(mock: AsyncMockServer, *, host: str = "127.0.0.1", **settings: object) -> list[Evidence]:
    chosen = msgspec.structs.replace(Settings(vendors=(VENDOR,), connect_wait=1.0, answer_wait=1.0), **settings)
    plan = Walk(target=mock.target, host=host, port=mock.lmgrd_port)
    return await walk(plan, chosen, Resolver(family=chosen.family, wait=5))


async def test_a_healthy_walk_is_two_conversations() -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:
        (seen,) = await walked(mock)
        talks = await mock.wait_for_conversations(2)
    assert [(leg.role, leg.via, leg.answer) for leg in seen.legs] == [
        (Role.LMGRD, Via.TARGET, Answer.REFERRAL),
        (Role.VENDOR, Via.REFERRAL, Answer.HELLO),
    ]
    assert seen.referral is not None
    assert (seen.referral.lmgrd_address, seen.referral.port) == ("127.0.0.1", mock.vendors[VENDOR])
    assert len(talks) == 2
    assert all(leg.acknowledged for leg in seen.legs)
    assert all(leg.sent == leg.received or leg.received > 20 for leg in seen.legs)


async def test_the_server_sees_who_asks() -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:
        await walked(mock, identity=this_machine())
        talks = await mock.wait_for_conversations(2)
    assert {talk.client.host for talk in talks} == {this_machine().host}
    assert {talk.client.vendor for talk in talks} == {VENDOR}


async def test_without_a_vendor_lmgrd_is_asked_and_every_daemon_walked_to() -> None:
    servers = Servers(vendors=(Vendor(name="ibmratl"), Vendor(name="rational", listen=Listen.CLOSED)))
    async with AsyncMockServer(servers) as mock:
        found = await walked(mock, vendors=())
    assert [seen.vendor for seen in found] == ["ibmratl", "rational"]
    assert all(seen.daemons == ("ibmratl", "rational") for seen in found)
    assert [seen.legs[-1].connect for seen in found] == [Connect.ESTABLISHED, Connect.REFUSED]
    assert [seen.legs[0].asked for seen in found] == [Asked.DLIST, Asked.DLIST]


async def test_an_lmgrd_that_does_not_know_dlist_is_greeted_instead() -> None:
    async with AsyncMockServer(Servers(lmgrds=(Lmgrd(text=TextAnswers.REFUSED),))) as mock:
        (seen,) = await walked(mock, vendors=())
    assert (seen.vendor, seen.daemons) == ("", None)
    assert [leg.asked for leg in seen.legs] == [Asked.DLIST, Asked.HELLO]


async def test_no_follow_stops_at_the_referral() -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:
        (seen,) = await walked(mock, follow=False)
        await mock.wait_for_conversations(1)
    assert [leg.role for leg in seen.legs] == [Role.LMGRD]
    assert seen.referral is not None
    assert not seen.followed


async def test_a_filtered_port_is_told_within_the_connect_wait_and_half_a_second() -> None:
    async with AsyncMockServer(scenario("vendor-filtered")) as mock:
        began = time.monotonic()
        (seen,) = await walked(mock)
        assert time.monotonic() - began < 1.5
    assert seen.legs[-1].connect is Connect.FILTERED
    assert 1.0 <= seen.legs[-1].connect_seconds < 1.5


async def test_where_lmgrd_was_quick_several_connects_tell_a_filtered_port_in_a_second() -> None:
    async with AsyncMockServer(scenario("vendor-filtered")) as mock:
        (seen,) = await walked(mock, connect_wait=CONNECT_WAIT)
    leg = seen.legs[-1]
    assert (leg.connect, leg.attempts) == (Connect.FILTERED, 5)
    assert 1.3 <= leg.connect_seconds < 2.5
    assert [finding.id for finding in diagnose(seen).findings if finding.id == "short-wait"] == []


async def test_a_wait_that_the_caller_chose_is_kept() -> None:
    async with AsyncMockServer(scenario("vendor-filtered")) as mock:
        (seen,) = await walked(mock, connect_wait=1.6)
    assert (seen.legs[-1].connect, seen.legs[-1].attempts) == (Connect.FILTERED, 1)
    assert seen.legs[-1].connect_seconds >= 1.6
    assert "short-wait" in [finding.id for finding in diagnose(seen).findings]


async def test_a_healthy_vendor_daemon_sees_one_connection() -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:
        (seen,) = await walked(mock, connect_wait=CONNECT_WAIT)
        talks = await mock.wait_for_conversations(2)
    assert [leg.attempts for leg in seen.legs] == [1, 1]
    assert len(talks) == 2


async def test_a_name_that_leads_nowhere_is_backed_by_lmgrds_address() -> None:
    async with AsyncMockServer(scenario("referral-unresolvable")) as mock:
        (seen,) = await walked(mock)
    assert seen.legs_of(Role.VENDOR, Via.REFERRAL) == ()
    (fallback,) = seen.legs_of(Role.VENDOR, Via.LMGRD_ADDRESS)
    assert fallback.answer is Answer.HELLO
    look = seen.resolution_of(Via.REFERRAL)
    assert look is not None
    assert look.fault is not None


async def test_lmgrds_address_is_left_alone_when_the_name_serves() -> None:
    async with AsyncMockServer(scenario("healthy"), referral_host="localhost") as mock:
        (seen,) = await walked(mock)
        talks = await mock.wait_for_conversations(2)
    assert len(talks) == 2
    assert seen.legs_of(Role.VENDOR, Via.LMGRD_ADDRESS) == ()


@pytest.mark.parametrize(
    ("dialogue", "wanted"),
    [
        (Talk.SILENT, Dialogue.SILENT),
        (Talk.CLOSE_ON_ACCEPT, Dialogue.RESET),
        (Talk.CLOSE_AFTER_HELLO, Dialogue.CLOSED),
        (Talk.RESET, Dialogue.RESET),
        (Talk.HTTP, Dialogue.FOREIGN),
        (Talk.SSH, Dialogue.FOREIGN),
        (Talk.TLS, Dialogue.FOREIGN),
        (Talk.UNKNOWN, Dialogue.FOREIGN),
        (Talk.LEGACY_ONLY, Dialogue.ANSWERED),
    ],
)
async def test_how_a_talk_ends(dialogue: Talk, wanted: Dialogue) -> None:
    async with AsyncMockServer(Servers(lmgrds=(Lmgrd(dialogue=dialogue),))) as mock:
        (seen,) = await walked(mock)
    leg = seen.legs[0]
    assert leg.dialogue is wanted
    assert leg.legacy == (dialogue is Talk.LEGACY_ONLY)
    if dialogue in {Talk.HTTP, Talk.SSH, Talk.TLS}:
        assert leg.service == dialogue.name
        assert leg.start


async def test_the_source_address_is_used() -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:
        (seen,) = await walked(mock, source="127.0.0.9")
        talks = await mock.wait_for_conversations(2)
    assert {leg.local for leg in seen.legs} == {"127.0.0.9"}
    assert {talk.peer for talk in talks} == {"127.0.0.9"}


async def test_a_source_address_that_is_not_ours_is_our_own_failure() -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:
        (seen,) = await walked(mock, source="192.0.2.77")
    assert "cannot connect from 192.0.2.77" in seen.failure
    assert seen.legs == ()


async def test_no_sockets_left_is_our_own_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:

        def none_left(*_arguments: object) -> socket.socket:
            raise OSError(24, "Too many open files")

        monkeypatch.setattr("lmwire.probe.leg.socket.socket", none_left)
        (seen,) = await walked(mock)
        monkeypatch.undo()
    assert "this machine gives no socket" in seen.failure


async def test_a_walk_has_one_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Settings, "total", 0.2)
    async with AsyncMockServer(scenario("lmgrd-silent")) as mock:
        (seen,) = await walked(mock, answer_wait=5.0)
    assert "did not end within" in seen.failure


def test_a_vendor_that_can_not_be_sent_is_refused_before_anything_is() -> None:
    with pytest.raises(ProbeError, match="vendor daemon's name"):
        Settings(vendors=("€",))


async def test_a_path_is_walked_side_by_side_and_in_order() -> None:
    progress: list[tuple[int, int]] = []
    async with AsyncMockServer(scenario("vendor-filtered")) as mock:
        path = parse_path(f"{mock.target}:1@127.0.0.1:{mock.target}")
        began = time.monotonic()
        settings = Settings(vendors=(VENDOR,), connect_wait=1.0)
        found = await probe_path(path, settings, lambda done, total: progress.append((done, total)))
        assert time.monotonic() - began < 1.9
    assert [target.text for target, _ in found] == [target.text for target in path.targets]
    assert progress[0] == (0, len(path.targets))
    assert progress[-1] == (len(path.targets), len(path.targets))


async def test_a_triad_has_evidence_of_each_member() -> None:
    async with AsyncMockServer(scenario("triad-second-up")) as mock:
        found = await probe_path(parse_path(mock.license_path), Settings(vendors=(VENDOR,), connect_wait=1.0))
    ((_, (members,)),) = found
    assert [seen.legs[0].connect for seen in members] == [Connect.REFUSED, Connect.ESTABLISHED, Connect.REFUSED]


async def test_a_triad_without_a_vendor_takes_the_names_from_the_member_that_tells() -> None:
    async with AsyncMockServer(scenario("triad-second-up")) as mock:
        found = await probe_path(parse_path(mock.license_path), Settings(connect_wait=1.0))
    ((_, (members,)),) = found
    assert [seen.vendor for seen in members] == ["", VENDOR, ""]


async def test_a_bound_on_targets_at_a_time_is_kept() -> None:
    async with AsyncMockServer(scenario("lmgrd-filtered")) as mock:
        path = parse_path(":".join(f"{mock.lmgrd_port}@127.0.0.{number}" for number in (1, 1, 1)))
        began = time.monotonic()
        await probe_path(path, Settings(vendors=(VENDOR,), connect_wait=0.3, parallel=1))
        assert time.monotonic() - began >= 0.3 * len(path.targets)


async def test_members_of_a_triad_that_list_different_daemons_are_each_asked_for_all() -> None:
    both = Servers(vendors=(Vendor(name="x"), Vendor(name="y", down=True)))
    one = Servers(vendors=(Vendor(name="x"),))
    async with AsyncMockServer(both) as a, AsyncMockServer(one) as b, AsyncMockServer(one) as c:
        path = parse_path(",".join(mock.target for mock in (a, b, c)))
        ((_, by_vendor),) = await probe_path(path, Settings(connect_wait=1.0))
    assert [[seen.vendor for seen in members] for members in by_vendor] == [["x"] * 3, ["y"] * 3]
    assert [seen.legs[-1].code for seen in by_vendor[1]] == [-97, -97, -97]


async def test_each_vendor_daemon_has_evidence_when_nothing_can_be_tried() -> None:
    async with AsyncMockServer(scenario("healthy")) as mock:
        found = await walked(mock, vendors=("a", "b"), source="192.0.2.77")
    assert [seen.vendor for seen in found] == ["a", "b"]
    assert all("192.0.2.77" in seen.failure for seen in found)


async def test_a_source_address_leaves_only_addresses_of_its_family(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "lmwire.probe.resolve._getaddrinfo", lambda _name, family: ("127.0.0.1",) if family == 4 else ()
    )
    async with AsyncMockServer(scenario("healthy")) as mock:
        settings = Settings(vendors=(VENDOR,), source="127.0.0.1")
        ((_, ((seen,),)),) = await probe_path(parse_path(f"{mock.lmgrd_port}@dual"), settings)
    assert [leg.answer for leg in seen.legs] == [Answer.REFERRAL, Answer.HELLO]


def test_a_source_address_and_another_family_exclude_each_other() -> None:
    with pytest.raises(ProbeError, match="not an IPv6 address"):
        Settings(source="127.0.0.1", family=6)


async def test_a_silent_lmgrd_that_nobody_named_a_daemon_for_costs_one_wait() -> None:
    async with AsyncMockServer(scenario("lmgrd-silent")) as mock:
        began = time.monotonic()
        (seen,) = await walked(mock, vendors=(), answer_wait=2.0)
        assert time.monotonic() - began < 3.9
    assert [(leg.asked, leg.dialogue) for leg in seen.legs] == [
        (Asked.DLIST, Dialogue.SILENT),
        (Asked.HELLO, Dialogue.SILENT),
    ]


async def test_a_deadline_keeps_what_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Settings, "total", 1.0)
    async with AsyncMockServer(scenario("vendor-silent")) as mock:
        (seen,) = await walked(mock, answer_wait=5.0)
    assert [leg.answer for leg in seen.legs] == [Answer.REFERRAL]
    assert seen.failure


async def test_few_sockets_make_it_slower_not_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lmwire.probe.path._sockets_to_be_had", lambda: 3)
    async with AsyncMockServer(scenario("healthy")) as mock:
        path = parse_path(":".join([mock.target] * 20))
        found = await probe_path(path, Settings(vendors=(VENDOR,)))
    assert {seen.legs[-1].answer for _, ((seen,),) in found} == {Answer.HELLO}


async def test_a_mistyped_vendor_daemon_is_told_by_lmgrds_own_list() -> None:
    async with AsyncMockServer(Servers(vendors=(Vendor(name="ibmratl"),))) as mock:
        (seen,) = await walked(mock, vendors=("ibmratk",))
    assert seen.daemons == ("ibmratl",)
    assert [(leg.asked, leg.code) for leg in seen.legs] == [(Asked.DLIST, None), (Asked.HELLO, -97)]


async def test_the_low_16_bits_of_a_referrals_port_are_followed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    servers = Servers(lmgrds=(Lmgrd(referral_port=65536 + port),))
    async with AsyncMockServer(servers, vendor_ports=(port,)) as mock:
        (seen,) = await walked(mock)
    assert seen.referral is not None
    assert (seen.referral.port, seen.legs[-1].port, seen.legs[-1].answer) == (65536 + port, port, Answer.HELLO)


@pytest.mark.parametrize(
    ("number", "connect", "dialogue"),
    [
        (errno.ECONNRESET, Connect.ESTABLISHED, Dialogue.RESET),
        (errno.ECONNREFUSED, Connect.REFUSED, None),
    ],
)
async def test_a_reset_after_the_accept_is_not_a_refusal(
    number: int, connect: Connect, dialogue: Dialogue | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    async with AsyncMockServer(scenario("healthy")) as mock:
        monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", fail)
        (seen,) = await walked(mock)
    assert [(leg.connect, leg.dialogue) for leg in seen.legs] == [(connect, dialogue)]


async def test_a_text_that_trickles_is_not_silence() -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _port: int) -> None:
        piece = encode(LegacyText(remaining="9000", chunk=b"x" * 134))
        while not reader.at_eof():
            writer.write(piece)
            await writer.drain()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await reader.read(999)

    async with serving(trickle) as port:
        asked = Question(role=Role.LMGRD, via=Via.TARGET, host="x", address="127.0.0.1", port=port, asked=Asked.DLIST)
        probed = await ask(asked, Settings(answer_wait=0.5), began=0.0)
    assert (probed.leg.dialogue, probed.leg.fault) == (Dialogue.GARBLED, "truncated")
    assert "it trickles" in probed.leg.detail


async def test_lmgrd_tells_its_version_and_its_triads_master_on_the_connection_of_the_list() -> None:
    members = tuple(Lmgrd(master="lic2.example") for _ in range(3))
    async with AsyncMockServer(Servers(lmgrds=members)) as mock:
        path = parse_path(",".join(f"{port}@127.0.0.1" for port in mock.lmgrd_ports))
        ((_, (servers,)),) = await probe_path(path, Settings(connect_wait=1.0))
        talks = await mock.wait_for_conversations(9)
    assert {(seen.lmgrd_version, seen.triad_master) for seen in servers} == {("11.19", "lic2.example")}
    assert sum(talk.asked == ("hello", "dlist") for talk in talks) == 3


@pytest.mark.parametrize("dialogue", [Talk.LEGACY_ONLY, Talk.SILENT, Talk.CLOSE_AFTER_HELLO, Talk.WRONG_ORDER])
async def test_an_lmgrd_that_has_no_answer_to_the_empty_hello_is_seen_as_ever(dialogue: Talk) -> None:
    async with AsyncMockServer(Servers(lmgrds=(Lmgrd(dialogue=dialogue),))) as mock:
        seen = (await walked(mock, vendors=()))[0]
    assert (seen.legs[0].asked, seen.legs[0].dialogue) == (
        Asked.DLIST,
        {Talk.SILENT: Dialogue.SILENT, Talk.CLOSE_AFTER_HELLO: Dialogue.CLOSED}.get(dialogue, Dialogue.ANSWERED),
    )
