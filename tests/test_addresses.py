"""One function says what loopback is, for text, packets and values alike; one says which port a referral means."""

from __future__ import annotations

import ipaddress

import pytest

from lmwire.addresses import is_address, is_loopback
from lmwire.ports import port_dialled

LOOPBACK = ("127.0.0.1", "127.0.1.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::ffff:7f00:101")
ELSEWHERE = ("126.255.255.255", "128.0.0.1", "0.0.0.0", "::", "::2", "::ffff:192.0.2.7", "::127.0.0.1", "fe80::1%eth0")


@pytest.mark.parametrize("text", LOOPBACK)
def test_loopback_is_loopback_as_text_as_bytes_and_as_a_value(text: str) -> None:
    value = ipaddress.ip_address(text)
    assert (is_loopback(text), is_loopback(value.packed), is_loopback(value)) == (True, True, True)


@pytest.mark.parametrize("text", ELSEWHERE)
def test_other_addresses_are_not_loopback(text: str) -> None:
    value = ipaddress.ip_address(text)
    assert (is_loopback(text), is_loopback(value.packed), is_loopback(value)) == (False, False, False)


@pytest.mark.parametrize("text", ["", "localhost", "licsrv", "127.0.0", "127.0.0.1:27000", "[::1]"])
def test_text_that_is_not_an_address_is_not_loopback(text: str) -> None:
    assert not is_address(text)
    assert not is_loopback(text)


@pytest.mark.parametrize(
    ("referred", "port"), [(27001, 27001), (65535, 65535), (65536, 0), (65536 + 27001, 27001), (2**32 - 1, 65535)]
)
def test_a_client_dials_the_low_16_bits_of_a_referred_port(referred: int, port: int) -> None:
    assert port_dialled(referred) == port
