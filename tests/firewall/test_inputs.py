"""Rules from license files, logs and ports that somebody knows."""

from __future__ import annotations

import pytest

from lmwire.firewall import FirewallError
from lmwire.firewall.inputs import (
    KnownPort,
    LicenseService,
    LoggedDaemon,
    at_addresses,
    from_licenses,
    from_log,
    from_ports,
    parse_known_ports,
    parse_to,
    rules_of,
    with_known_ports,
)
from lmwire.firewall.model import LMGRD, Pin, Rule, destination
from lmwire.licensepath import Server, Target, VendorLine


def known_ports(*texts: str) -> list[KnownPort]:
    return parse_known_ports(texts)


def brief(rules: tuple[Rule, ...]) -> list[tuple[str, str, int, str, Pin]]:
    return [(rule.server, rule.to, rule.port, rule.daemon, rule.pin) for rule in rules]


# -- what somebody tells --------------------------------------------------------------------------------------


def test_a_bare_port_is_lmgrd_s() -> None:
    assert known_ports("27000", "27001:ibmratl") == [KnownPort(27000, LMGRD), KnownPort(27001, "ibmratl")]
    assert known_ports("27000:lmgrd", "27000") == [KnownPort(27000, LMGRD)]


@pytest.mark.parametrize(
    "text", ["", "0", "65536", "x", "27001:", ":ibmratl", "27001:a b", "-1", "27001:é", "٢", "1" * 20]
)
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(FirewallError, match="is not a port"):
        known_ports(text)


@pytest.mark.parametrize("texts", [("27000", "27001"), ("27001:a", "27002:A")])
def test_a_daemon_has_one_port(texts: tuple[str, str]) -> None:
    with pytest.raises(FirewallError, match="has two ports"):
        known_ports(*texts)


def test_an_address_may_be_that_of_a_named_server() -> None:
    assert parse_to("192.0.2.20") == ("", "192.0.2.20")
    assert parse_to("licsrv=2001:db8::1") == ("licsrv", "2001:db8::1")
    with pytest.raises(FirewallError, match="neither an address nor a host name"):
        parse_to("licsrv=")


@pytest.mark.parametrize(
    "host",
    ["this_host", "THIS_HOST", "ANY", "localhost", "127.0.0.1", "::1", "127.0.1.1", "a b", "", "localhost.localdomain"],
)
def test_some_hosts_lead_nowhere_from_elsewhere(host: str) -> None:
    assert destination(host) == ""


def test_ports_alone_are_of_the_server_that_is_named() -> None:
    services = from_ports(known_ports("27000", "27001:ibmratl"), [("", "192.0.2.20")])
    assert brief(rules_of(services)) == [
        ("192.0.2.20", "192.0.2.20", 27000, LMGRD, Pin.FIXED),
        ("192.0.2.20", "192.0.2.20", 27001, "ibmratl", Pin.UNKNOWN),
    ]
    (nobody,) = rules_of(from_ports(known_ports("27000"), []))
    assert (nobody.server, nobody.to) == ("license server", "")
    named = from_ports(known_ports("27000"), [("a", "192.0.2.1"), ("b", "192.0.2.2"), ("a", "2001:db8::1")])
    assert [(service.server, service.to) for service in named] == [("a", "a"), ("b", "b")]


# -- license files --------------------------------------------------------------------------------------------


def license_file(
    *vendors: VendorLine, servers: tuple[Server, ...] = (Server("licsrv", 27000),)
) -> list[LicenseService]:
    return from_licenses([Target("server.lic", servers, "file", vendors, origin="server.lic")])


def test_a_license_file_with_a_pinned_port() -> None:
    assert brief(rules_of(license_file(VendorLine("ibmratl", 27001), VendorLine("rational", 27002)))) == [
        ("licsrv", "licsrv", 27000, LMGRD, Pin.FIXED),
        ("licsrv", "licsrv", 27001, "ibmratl", Pin.FIXED),
        ("licsrv", "licsrv", 27002, "rational", Pin.FIXED),
    ]


def test_a_triad_has_each_port_on_each_server() -> None:
    servers = tuple(Server(name, 27000) for name in ("a", "b", "c"))
    assert len(rules_of(license_file(VendorLine("ibmratl", 27001), servers=servers))) == 6


def test_a_port_that_is_not_pinned_is_not_guessed() -> None:
    with pytest.raises(FirewallError, match=r"server\.lic pins no port for ibmratl") as caught:
        rules_of(license_file(VendorLine("ibmratl", None)))
    assert "lmwire license pin FILE ibmratl=27001" in caught.value.hint
    assert 'ports="PORT:ibmratl", or log="FILE"' in caught.value.hint


def test_the_ports_that_are_advised_are_free() -> None:
    servers = (Server("licsrv", 27001),)
    services = license_file(
        VendorLine("a", None), VendorLine("b", 27003), VendorLine("c", None), VendorLine("a", 27009), servers=servers
    )
    hints = [service.unknown[1] for service in services if service.port is None]
    assert [hint.partition(" -o ")[0] for hint in hints] == [
        "pin it with `lmwire license pin FILE a=27002",
        "pin it with `lmwire license pin FILE c=27004",
    ]


def test_a_port_of_now_is_taken_and_will_move() -> None:
    services = with_known_ports(license_file(VendorLine("ibmratl", None)), known_ports("28519:IBMRATL"))
    assert brief(rules_of(services))[1] == ("licsrv", "licsrv", 28519, "ibmratl", Pin.MOVES)


def test_a_port_told_against_the_file_is_refused() -> None:
    with pytest.raises(FirewallError, match="ibmratl of licsrv has port 27001, but another input says 27005"):
        with_known_ports(license_file(VendorLine("ibmratl", 27001)), known_ports("27005:ibmratl"))
    assert with_known_ports(license_file(VendorLine("ibmratl", 27001)), known_ports("27001:ibmratl"))


def test_a_daemon_that_the_file_does_not_have_is_refused() -> None:
    with pytest.raises(FirewallError, match="port 27001 is for the unknown daemon ibmratle") as caught:
        with_known_ports(license_file(VendorLine("ibmratl", None)), known_ports("27001:ibmratle"))
    assert caught.value.hint == "choose one of lmgrd, ibmratl"


def test_lmgrd_s_port_is_not_guessed_either() -> None:
    services = license_file(VendorLine("ibmratl", 27001), servers=(Server("licsrv", None),))
    with pytest.raises(FirewallError, match="has no port on the SERVER line of licsrv"):
        rules_of(services)
    assert rules_of(with_known_ports(services, known_ports("27000")))[0].port == 27000


def test_a_client_s_file_names_no_vendor_daemon() -> None:
    with pytest.raises(FirewallError, match=r"server\.lic names no vendor daemon"):
        rules_of(license_file())
    services = with_known_ports(license_file(), known_ports("27001:ibmratl", "27002:rational"))
    assert [rule.daemon for rule in rules_of(services)] == [LMGRD, "ibmratl", "rational"]


def test_this_host_is_at_no_address() -> None:
    services = license_file(VendorLine("ARCGIS", 27001), servers=(Server("this_host", 27000),))
    assert {(rule.server, rule.to) for rule in rules_of(services)} == {("this_host", "")}


def test_a_server_is_no_license_file() -> None:
    with pytest.raises(FirewallError, match="27000@licsrv is not a license file") as caught:
        from_licenses([Target("27000@licsrv", (Server("licsrv", 27000),), "server")])
    assert 'diagnosis="FILE"' in caught.value.hint


# -- addresses ------------------------------------------------------------------------------------------------


def test_addresses_are_put_in_by_name_or_for_the_only_server() -> None:
    rules = rules_of(license_file(VendorLine("ibmratl", 27001)))
    both = at_addresses(rules, {"": ["192.0.2.20", "2001:db8::20"]})
    assert [(rule.to, rule.port) for rule in both] == [
        ("192.0.2.20", 27000),
        ("2001:db8::20", 27000),
        ("192.0.2.20", 27001),
        ("2001:db8::20", 27001),
    ]
    assert at_addresses(rules, {"LICSRV": ["192.0.2.20"]})[0].to == "192.0.2.20"
    assert at_addresses(rules, {}) == rules


def test_addresses_of_several_servers_must_say_whose_they_are() -> None:
    servers = tuple(Server(name, 27000) for name in ("a", "b", "c"))
    rules = rules_of(license_file(VendorLine("ibmratl", 27001), servers=servers))
    with pytest.raises(FirewallError, match=r"the address 192\.0\.2\.20 needs a server's name") as caught:
        at_addresses(rules, {"": ["192.0.2.20"]})
    assert caught.value.hint == 'write to="a=192.0.2.20"; the servers are a, b, c'
    with pytest.raises(FirewallError, match="no server has the name d"):
        at_addresses(rules, {"d": ["192.0.2.20"]})
    assert {rule.to for rule in at_addresses(rules, {"b": ["192.0.2.20"]})} == {"a", "192.0.2.20", "c"}


# -- logs -----------------------------------------------------------------------------------------------------


def test_a_log_tells_ports_and_whether_they_stay() -> None:
    services = from_log(
        "licsrv",
        [
            LoggedDaemon(name=LMGRD, port=27000),
            LoggedDaemon(name="ibmratl", port=28519, pinned=False),
            LoggedDaemon(name="rational", port=27002, pinned=True),
            LoggedDaemon(name="MLM", port=1711),
        ],
    )
    assert [(rule.port, rule.pin) for rule in rules_of(services)] == [
        (27000, Pin.FIXED),
        (28519, Pin.MOVES),
        (27002, Pin.FIXED),
        (1711, Pin.UNKNOWN),
    ]


def test_a_log_that_begins_too_late_tells_no_port() -> None:
    services = from_log("", [LoggedDaemon(name=LMGRD, port=None), LoggedDaemon(name="ibmratl", port=27001)])
    with pytest.raises(FirewallError, match="the log does not have the port of lmgrd"):
        rules_of(services)
    assert rules_of(with_known_ports(services, known_ports("27000")))[0].server == "license server"


def test_rules_are_each_there_once() -> None:
    services = license_file(VendorLine("ibmratl", 27001), VendorLine("IBMRATL", 27001))
    assert len(rules_of(services)) == 2
