"""What stands for names and addresses: the same for the same, of the same kind and length, and related as before."""

from __future__ import annotations

import ipaddress
import random
import string
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmwire.capture.privacy.pseudonym_addresses import _MAPPED
from lmwire.capture.privacy.pseudonyms import Pseudonyms

V4 = st.integers(0, (1 << 32) - 1).map(lambda number: str(ipaddress.IPv4Address(number)))
NEAR = st.integers(0, 1023).map(lambda number: str(ipaddress.IPv4Address("192.168.4.0") + number))
V6 = st.ip_addresses(v=6).filter(lambda one: one.packed[:12] not in _MAPPED).map(str)
NEAR6 = st.integers(0, 1 << 20).map(lambda number: str(ipaddress.IPv6Address("2001:db8::") + number))
TEXTS = st.text(st.characters(max_codepoint=0xFF), max_size=20)


def settled(texts: Iterable[str], seed: int = 1) -> Pseudonyms:
    names = Pseudonyms(random.Random(seed))  # noqa: S311 # tests want the same each time
    for text in texts:
        assert names.name(text) == text
    names.settle()
    return names


def kind(text: str) -> tuple[bool, ...]:
    one = ipaddress.ip_address(text)
    return one.version == 4, one.is_loopback, one.is_multicast, one.is_link_local, one.is_unspecified


@settings(deadline=None)  # the first one lists all private networks
@given(st.lists(st.one_of(V4, NEAR, V6, NEAR6), unique=True, max_size=12))
def test_addresses_keep_their_kind_and_their_length_and_stay_apart(texts: list[str]) -> None:
    names = settled(texts)
    found = [names.name(text) for text in texts]
    assert [kind(text) for text in found] == [kind(text) for text in texts]
    assert [len(text) for text in found] == [len(text) for text in texts]
    assert len(set(found)) == len(set(texts))
    for old, new in zip(texts, found, strict=True):
        assert (old == new) == special(ipaddress.ip_address(old).packed)
        assert names.addresses.of(ipaddress.ip_address(old).packed) == ipaddress.ip_address(new).packed
        one, other = ipaddress.ip_address(old), ipaddress.ip_address(new)
        assert one.version == 6 or one.is_global == other.is_global


@settings(deadline=None)  # the same
@given(st.lists(st.one_of(NEAR, NEAR6), unique=True, min_size=2, max_size=12))
def test_neighbours_stay_neighbours(texts: list[str]) -> None:
    names = settled(texts)

    def network(text: str) -> bytes:
        packed = ipaddress.ip_address(text).packed
        return packed[:3] if len(packed) == 4 else packed[:8]

    together = {(network(text), network(names.name(text))) for text in texts}
    assert len(together) == len({old for old, _ in together}) == len({new for _, new in together})


@settings(deadline=None)  # the same
@given(st.lists(st.one_of(V4, V6), unique=True, min_size=1, max_size=12), st.integers())
def test_no_original_is_a_stand_in(texts: list[str], seed: int) -> None:
    names = settled(texts, seed)
    originals = {one for text in texts if not special(one := ipaddress.ip_address(text).packed)}
    assert originals == names.addresses.all == names.addresses.found


def special(packed: bytes) -> bool:
    one = ipaddress.ip_address(packed)
    if one.is_link_local and not any(packed[2:]):
        return True  # nothing but the prefix
    nobody = len(packed) == 4 and not packed[0]
    return nobody or one.is_loopback or one.is_multicast or one.is_unspecified or packed == b"\xff" * 4


@given(st.lists(TEXTS, max_size=12))
def test_names_keep_their_length_and_stay_apart(texts: list[str]) -> None:
    names = settled(texts)
    found = [names.name(text) for text in texts]
    assert [len(text) for text in found] == [len(text) for text in texts]
    folded = {text.translate(ASCII_LOWER) for text in texts}
    assert len({text.translate(ASCII_LOWER) for text in found}) == len(folded)
    assert found == [names.name(text) for text in texts]


ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@pytest.mark.parametrize("letters", [string.ascii_lowercase, string.digits])
def test_of_one_letter_all_find_a_stand_in(letters: str) -> None:
    names = settled(letters)
    assert sorted(names.name(letter) for letter in letters) == sorted(letters)
    assert sum(names.name(letter) == letter for letter in letters) <= 1


def test_pieces_of_names_stay_related() -> None:
    names = settled(["licsrv", "LicSrv.corp.example", r"CORP\carol", "carol@licsrv", "licsrv:0.0"])
    host, domain = names.name("licsrv"), names.name("corp")
    assert names.name("licsrv.corp.example") == f"{host}.{domain}.{names.name('example')}"
    assert names.name("LICSRV") == host.upper()
    assert names.name(r"CORP\carol") == f"{domain.upper()}\\{names.name('carol')}"
    assert names.name("carol@licsrv") == f"{names.name('carol')}@{host}"
    assert "licsrv" not in {host, *names.name("LicSrv.corp.example").lower().split(".")}


def test_a_name_that_was_cut_is_the_beginning_of_its_stand_in() -> None:
    names = settled(["a-very-long-host-name-indeed", "carol"])
    assert names.name("a-very-long-host-name-indeed").startswith(names.cut_name("a-very-long-host"))
    assert names.cut_name("carol") == names.name("carol")


def test_what_names_nobody_stays() -> None:
    names = settled(["localhost", "localhost.localdomain", "127.0.0.1", "::1", "ff02::fb", "licsrv"])
    for text in ("localhost", "localhost.localdomain", "127.0.0.1", "::1", "ff02::fb", "", "...", ":"):
        assert names.name(text) == text


def test_what_was_never_collected_is_replaced_all_the_same() -> None:
    names = settled(["licsrv"])
    assert "carol" not in names.name("carol")
    assert names.name("10.9.8.7") != "10.9.8.7"
    assert names.link(b"\0\1\2\3\4\5") != b"\0\1\2\3\4\5"
    assert names.link(b"\xff" * 6) == b"\xff" * 6


@pytest.mark.parametrize("text", ["[2001:db8::5]:0", "::ffff:10.1.2.3", "2001:DB8:0:0:0:0:0:5", "2001:0db8::0005"])
def test_addresses_in_any_notation(text: str) -> None:
    names = settled([text])
    new = names.name(text)
    assert len(new) == len(text)
    assert new != text
    assert [character for character in new if character in ":.[]"] == [one for one in text if one in ":.[]"]
