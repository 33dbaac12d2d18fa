"""Which packets are kept, by hand: what is held back until it is decided, and that nothing grows without a bound."""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.capture.live.sieve import Sieve, WantedServer
from lmwire.capture.live.source import LivePacket
from tests.capture.wire import (
    CLIENT,
    OTHER,
    SERVER,
    Packet,
    Talk,
    arp,
    hello_answer,
    icmp_error,
    ip,
    lookup,
    referral,
    tcp,
    udp,
)

RAW_IP, ETHERNET = 101, 1
LICSRV = WantedServer("licsrv", (27000,), (ipaddress.ip_address(SERVER).packed,))
HTTP = b"GET / HTTP/1.1\r\n\r\n"


def live(packets: Iterable[Packet], link: int = RAW_IP) -> list[LivePacket]:
    return [LivePacket(round(when * 1e9), link, data, len(data), "eth0") for when, data in packets]


def sifted(packets: Iterable[Packet], *servers: WantedServer, sieve: Sieve | None = None) -> list[bytes]:
    """Take packets one by one; return what is handed out in the end, in that order."""
    sieve = sieve or Sieve(servers)
    out = [kept for packet in live(packets) for kept in sieve.take([packet])]
    return [packet.data for packet in (*out, *sieve.finish())]


def data(packets: Iterable[Packet]) -> list[bytes]:
    return [each for _, each in packets]


def story(
    *, server: str = SERVER, lmgrd: int = 27000, vendor: int = 27001, vendor_server: str = SERVER
) -> list[Packet]:
    """Return a referral, and the talk with the vendor daemon."""
    first = Talk(port=lmgrd, server=server).connect().ask().answer(referral("inner", vendor)).close()
    second = Talk(port=vendor, server=vendor_server, when=first.when, client_port=40001)
    return [*first.packets, *second.connect().ask().answer(hello_answer()).close().packets]


@pytest.mark.parametrize("ports", [(27000, 27001), (4711, 643), (443, 80)])
@pytest.mark.parametrize("servers", [(), (LICSRV,)])
def test_a_story_is_kept_whole_on_any_port(ports: tuple[int, int], servers: tuple[WantedServer, ...]) -> None:
    packets = story(lmgrd=ports[0], vendor=ports[1])
    assert sifted(packets, *servers) == data(packets)


def test_other_traffic_on_any_port_is_left_out() -> None:
    talks = [Talk(port=port, client_port=port + 1).connect().ask(HTTP).answer(HTTP).close() for port in (80, 5000)]
    silent = Talk(port=9000, client_port=9001).connect().answer(b"welcome\r\n")
    other = [(1000.0, ip(CLIENT, SERVER, 17, udp((7000, 7001), b"/")))]
    assert sifted([*talks[0].packets, *talks[1].packets, *silent.packets, *other]) == []


def test_something_else_on_a_license_port_is_dropped_at_its_first_bytes() -> None:
    talk = Talk(port=27003).connect().ask(HTTP).answer(HTTP).close()
    assert sifted(talk.packets) == data(talk.packets)[:3]


def test_with_a_target_its_port_counts_whatever_answers_there() -> None:
    talk = Talk().connect().ask(HTTP).answer(HTTP).close()
    assert sifted(talk.packets, LICSRV) == data(talk.packets)


def test_another_server_is_left_out_when_one_is_wanted() -> None:
    assert sifted(story(server=OTHER, vendor_server=OTHER), LICSRV) == []


def test_a_referral_to_another_machine_is_followed_though_nothing_answers() -> None:
    first = Talk().connect().ask().answer(referral("inner", 643)).close()
    vendor = Talk(port=643, server=OTHER, when=first.when, client_port=40001).syn(3)
    assert sifted([*first.packets, *vendor.packets], LICSRV) == data([*first.packets, *vendor.packets])
    assert sifted(vendor.packets, LICSRV) == []


def test_an_icmp_error_belongs_to_the_connect_that_it_answers() -> None:
    connect, stray = Talk().syn(), Talk(port=8080, client_port=40005).syn()
    errors = [(1000.1, icmp_error(OTHER, talk.packets[0][1])) for talk in (connect, stray)]
    kept = [connect.packets[0], errors[0]]
    for servers in ((), (LICSRV,)):
        assert sifted([*connect.packets, *stray.packets, *errors], *servers) == data(kept)


def test_the_error_of_a_connect_that_never_left_this_machine_is_kept() -> None:
    unsent = ip(CLIENT, SERVER, 6, tcp((40000, 27000), 1, 0, 2))
    error = [(1000.0, icmp_error(CLIENT, unsent, code=1))]
    assert sifted(error) == sifted(error, LICSRV) == data(error)


def test_names_are_kept_that_led_to_the_server_and_no_others() -> None:
    names = lookup(999.0, "licsrv.corp.example", SERVER, number=1)
    others = [*lookup(999.1, "www.example", OTHER, number=2), *lookup(999.2, "nothing.example", code=3, number=3)]
    packets = story()
    kept = sifted([*names, *others, *packets])
    assert sorted(kept) == sorted(data([*names, *packets]))
    assert sifted([*names, *others], LICSRV) == data(names)


def test_the_name_of_a_referral_is_kept_with_every_search_domain() -> None:
    first = Talk().connect().ask().answer(referral("Inner", 27001)).close()
    found = [
        look for n, name in enumerate(("inner.corp", "inner")) for look in lookup(1001.0 + n, name, code=3, number=n)
    ]
    stray = lookup(1003.0, "outer.corp", code=3, number=9)
    assert sifted([*first.packets, *found, *stray], LICSRV) == data([*first.packets, *found])


def test_dns_tells_of_more_addresses_of_a_wanted_server() -> None:
    names = lookup(999.0, "licsrv", OTHER)
    packets = Talk(server=OTHER).syn(2).packets
    assert sifted([*names, *packets], LICSRV) == data([*names, *packets])


def test_an_address_shared_by_many_names_does_not_bring_them_all_in() -> None:
    names = lookup(998.0, "licsrv", SERVER, OTHER, number=1)
    shared = [*lookup(998.1, "www", OTHER, "203.0.113.5", number=2), *lookup(998.2, "ads", "203.0.113.5", number=3)]
    packets = story()
    assert sorted(sifted([*names, *shared, *packets])) == sorted(data([*names, *packets]))


@pytest.mark.parametrize("wanted", [False, True])
def test_dns_over_tcp_is_kept_with_its_whole_connection(wanted: bool) -> None:
    message = lookup(0.0, "licsrv", SERVER)[1][1][28:]
    talk = Talk(port=53).connect().ask(b"\0\x18" + message[:24]).answer(len(message).to_bytes(2) + message).close()
    assert sifted(talk.packets, *([LICSRV] if wanted else [])) == (data(talk.packets) if wanted else [])


def test_arp_is_kept_for_whom_a_license_name_leads_to() -> None:
    sought = [(1001.5, arp(CLIENT, OTHER)), (1001.6, arp(CLIENT, "192.0.2.66"))]
    sieve = Sieve([LICSRV])
    sieve.take(live(Talk().connect().ask().answer(referral("inner", 27001)).close().packets))
    sieve.take(live(lookup(1001.0, "inner", OTHER)))
    assert [packet.data for packet in sieve.take(live(sought, ETHERNET))] == data(sought[:1])


def test_names_alone_are_kept_when_there_is_nothing_else_and_they_are_few() -> None:
    failed = lookup(999.0, "licsrv", code=3)
    found = lookup(999.5, "www.example", OTHER, number=2)
    many = [look for n in range(4) for look in lookup(999.6 + n, f"ad{n}.example", code=3, number=n)]
    assert sifted([*failed, *found]) == data(failed)
    assert sifted([*failed, *many]) == []
    assert sifted([*failed, *story()]) == data(story())


def test_what_is_handed_out_together_is_in_the_order_of_time() -> None:
    packets = [*lookup(999.0, "licsrv", SERVER), *story(lmgrd=4711)]
    assert [packet.data for packet in Sieve().take(live(packets))] == data(packets)


@pytest.mark.slow
def test_a_flood_of_open_connections_is_bounded_and_told() -> None:
    sieve = Sieve()
    flood = (Talk(port=80, client=f"10.{n >> 14}.{n >> 7 & 127}.{n & 127}").syn().packets[0] for n in range(20_000))
    sieve.take(live(flood))
    assert sieve.given_up == 20_000 - (1 << 14)
    packets = story(lmgrd=4711)
    assert sifted(packets, sieve=sieve) == data(packets)


def test_a_talk_that_decides_nothing_is_not_held_for_ever() -> None:
    talk = Talk(port=8000).connect()
    for _ in range(100):
        talk.answer(b"x" * 1000)
    sieve = Sieve()
    assert sifted(talk.packets, sieve=sieve) == []
    assert (sieve.seen, sieve.kept) == (len(talk.packets), 0)


def test_a_chain_of_names_that_share_addresses_is_not_followed() -> None:
    addresses = [f"10.0.{n >> 8}.{n & 255}" for n in range(1500)]
    chain = [
        look
        for n, (one, other) in enumerate(itertools.pairwise(addresses))
        for look in lookup(900.0 + n / 100, f"n{n}.example", one, other, number=n)
    ]
    start = lookup(899.0, "licsrv", SERVER, addresses[0], number=7)
    packets = story()
    kept = sifted([*start, *chain, *packets])
    assert set(data(packets)) | set(data(start)) <= set(kept)
    assert len(kept) < len(packets) + 10


@pytest.mark.parametrize("cut", range(0, 70, 3))
def test_packets_cut_short_and_nonsense_are_passed_over(cut: int) -> None:
    packets = [*story(), *lookup(1.0, "licsrv", SERVER), (2.0, icmp_error(OTHER, Talk().syn().packets[0][1]))]
    sieve = Sieve([LICSRV])
    sieve.take(live((when, each[:cut]) for when, each in packets))
    sieve.take(live(((when, each[:cut]) for when, each in packets), ETHERNET))
    assert sieve.seen == 2 * len(packets)


@pytest.mark.parametrize("kind", ["hesiod", "chaos"])
def test_an_answer_of_another_class_has_no_addresses(kind: str) -> None:
    asked, answered = lookup(1.0, "licsrv", SERVER)
    number = {"hesiod": b"\0\4", "chaos": b"\0\3"}[kind]
    strange = answered[1]
    for before in (b"licsrv\0", b"\xc0\x0c"):
        strange = strange.replace(before + b"\0\1\0\1", before + b"\0\1" + number)
    assert strange != answered[1]
    assert sifted([asked, (1.1, strange), *story()]) == data(story())


SEEDS = [each for _, each in (*story(), *lookup(1.0, "licsrv", SERVER))]
FRAMES = st.one_of(
    st.binary(max_size=120),
    st.builds(
        lambda seed, at, value: seed[: at % len(seed)] + value + seed[at % len(seed) + len(value) :],
        st.sampled_from(SEEDS),
        st.integers(0, 200),
        st.binary(max_size=3),
    ),
)


@given(st.lists(st.tuples(st.sampled_from([0, 1, 101, 113, 276, 999]), FRAMES), max_size=40), st.booleans())
def test_whatever_comes_is_taken_and_only_what_came_is_handed_out(frames: list[tuple[int, bytes]], aimed: bool) -> None:
    sieve = Sieve([LICSRV] if aimed else [])
    packets = [LivePacket(number, link, each, len(each), "eth0") for number, (link, each) in enumerate(frames)]
    out = [*sieve.take(packets), *sieve.finish()]
    assert len({packet.when for packet in out}) == len(out) == sieve.kept <= sieve.seen == len(packets)
    assert all(packets[packet.when] is packet for packet in out)
