"""Names to addresses, without a name server: literals, hosts files, names that can't be asked for."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from lmwire.evidence import NameFault, Resolution, Via
from lmwire.probe import Resolver


async def look_up(name: str, family: int | None = None) -> Resolution:
    return await Resolver(family=family, wait=5).look_up(name, Via.TARGET)


@pytest.mark.parametrize("address", ["127.0.0.1", "192.0.2.20", "::1", "2001:db8::1", "fe80::1%lo"])
async def test_an_address_is_taken_as_it_is(address: str) -> None:
    look = await look_up(address)
    assert (look.addresses, look.source, look.fault) == ((address,), "literal", None)


@pytest.mark.parametrize(("address", "family"), [("127.0.0.1", 6), ("::1", 4)])
async def test_an_address_of_the_other_family_is_no_address(address: str, family: int) -> None:
    look = await look_up(address, family)
    assert (look.addresses, look.fault) == ((), NameFault.OTHER_FAMILY)


async def test_a_name_that_has_only_addresses_of_the_other_family_is_told_from_none() -> None:
    assert (await look_up("localhost", 6)).fault in {None, NameFault.OTHER_FAMILY}  # some machines have ::1 too


async def test_a_name_is_looked_up_once_however_many_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(name: str, _family: int | None) -> tuple[str, ...]:
        asked.append(name)
        return ("192.0.2.1",)

    monkeypatch.setattr("lmwire.probe.resolve._getaddrinfo", answer)
    resolver = Resolver(family=None, wait=5)
    looks = await asyncio.gather(*(resolver.look_up("licsrv", via) for via in (Via.TARGET, Via.REFERRAL) * 50))
    assert asked == ["licsrv"]
    assert [look.via for look in looks[:2]] == [Via.TARGET, Via.REFERRAL]


@pytest.mark.slow
async def test_waiting_for_a_free_thread_is_not_waiting_for_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = threading.Semaphore(8)

    def slow(_name: str, _family: int | None) -> tuple[str, ...]:
        with turn:
            threading.Event().wait(0.05)
        return ("192.0.2.1",)

    monkeypatch.setattr("lmwire.probe.resolve._getaddrinfo", slow)
    monkeypatch.setattr("lmwire.probe.resolve._THREADS", 8)
    # All together take 2.5 s, longer than one may wait; a busy machine may delay each of them by nearly 2 s.
    resolver = Resolver(family=None, wait=2)
    looks = await asyncio.gather(*(resolver.look_up(f"host{number}", Via.TARGET) for number in range(400)))
    assert {look.fault for look in looks} == {None}


async def test_a_hosts_file_is_read_as_an_application_reads_it() -> None:
    look = await look_up("localhost", 4)
    assert (look.addresses, look.source) == (("127.0.0.1",), "system")


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a b",
        "a\0b",
        "a\x1b[31m",
        "$(id)",
        "a;b",
        "a/b",
        "x" * 254,
        "a" * 64 + ".example",
        "..",
        "a..b",
        "\u202e",
    ],
)
async def test_what_is_no_name_is_never_asked_for(name: str) -> None:
    look = await look_up(name)
    assert (look.addresses, look.fault) == ((), NameFault.INVALID)


async def test_a_resolver_that_hangs_is_given_up_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hang(*_arguments: object) -> tuple[str, ...]:
        release.wait(10)
        return ()

    monkeypatch.setattr("lmwire.probe.resolve._getaddrinfo", hang)
    look = await Resolver(family=None, wait=0.05).look_up("licsrv", Via.TARGET)
    release.set()
    assert (look.fault, look.detail) == (NameFault.NO_ANSWER, "no answer within 0.05 s")


async def test_an_answer_that_comes_after_the_loop_has_closed_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    release, over = threading.Event(), threading.Event()

    def late(*_arguments: object) -> tuple[str, ...]:
        release.wait(10)
        return ("192.0.2.1",)

    monkeypatch.setattr("lmwire.probe.resolve._getaddrinfo", late)

    def elsewhere() -> None:
        look = asyncio.run(Resolver(family=None, wait=0.05).look_up("licsrv", Via.TARGET))
        assert look.fault is NameFault.NO_ANSWER
        release.set()
        over.set()

    await asyncio.to_thread(elsewhere)
    assert over.is_set()
    for thread in threading.enumerate():
        if thread.name.startswith("resolve"):
            thread.join(10)
            assert not thread.is_alive()


async def test_more_names_than_threads_are_looked_up_all_the_same() -> None:
    resolver = Resolver(family=4, wait=10)
    looks = await asyncio.gather(*(resolver.look_up("localhost", Via.TARGET) for _ in range(200)))
    assert {look.addresses for look in looks} == {("127.0.0.1",)}


async def test_a_machine_with_nothing_but_loopback_still_finds_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def of_loopback_only(*asked: object) -> object:
        if asked[-1] == socket.AI_ADDRCONFIG:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(*asked)  # type: ignore[arg-type] # as it was called

    monkeypatch.setattr("lmwire.probe.resolve.socket.getaddrinfo", of_loopback_only)
    look = await look_up("localhost", 4)
    assert (look.addresses, look.fault) == (("127.0.0.1",), None)
