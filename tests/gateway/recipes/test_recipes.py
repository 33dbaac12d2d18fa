from __future__ import annotations

import ipaddress
import re
import shlex

import pytest

from lmwire.gateway.errors import GatewayError
from lmwire.gateway.recipes.facts import VendorPort
from lmwire.gateway.recipes.model import Kind, Machine
from tests.gateway.recipes.facts_maker import recipe, server, triad, written

FORWARDERS = [Kind.HAPROXY, Kind.NGINX, Kind.SYSTEMD, Kind.PORTPROXY]
BY_ADDRESS = [Kind.DOCKER, Kind.COMPOSE, Kind.KUBERNETES]
THREE = ("192.0.2.1", "192.0.2.2", "192.0.2.3")
every_kind = pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.value)


def notes(made: object) -> str:
    return " ".join(made.notes)  # type: ignore[attr-defined]


def test_ssh_forwards_both_ports_to_the_same_numbers() -> None:
    (command,) = recipe(Kind.SSH, via="alice@jump").commands
    words = shlex.split(command.line)
    assert command.machine is Machine.CLIENT
    assert words[-1] == "alice@jump"
    assert [words[index + 1] for index, word in enumerate(words) if word == "-L"] == [
        "127.0.0.1:27000:licsrv:27000",
        "127.0.0.1:27001:licsrv:27001",
    ]
    assert {"ExitOnForwardFailure=yes", "ServerAliveInterval=30"} <= set(words)


def test_ssh_reverse_runs_on_the_servers_side() -> None:
    made = recipe(Kind.SSH_REVERSE)
    (command,) = made.commands
    assert command.machine is Machine.SERVER_SIDE
    assert "-R 127.0.0.1:27001:licsrv:27001" in command.line
    assert command.line.endswith(" USER@CLIENT")
    assert made.license_path == "27000@127.0.0.1"
    assert "Replace USER by the login's user, CLIENT by the client's name." in made.notes


@every_kind
def test_every_recipe_says_what_holds_for_all(kind: Kind) -> None:
    said = notes(recipe(kind))
    assert "must keep its number" in said
    assert "forwarder's address instead of the client's" in said
    assert "The terms of a license may forbid" in said
    assert "heartbeat" in said


@every_kind
@pytest.mark.parametrize(
    ("pinned", "words"), [(True, ""), (False, "does not pin port 27001"), (None, "Whether the license file pins")]
)
def test_a_port_that_is_not_pinned_is_warned_of(kind: Kind, pinned: bool | None, words: str) -> None:
    made = recipe(kind, server(vendors=(VendorPort(name="ibmratl", port=27001, pinned=pinned),)))
    warned = [note for note in made.notes if "lmwire license pin FILE ibmratl=27001" in note]
    assert len(warned) == (pinned is not True)
    assert all(words in note for note in warned)


@pytest.mark.parametrize("kind", [Kind.HAPROXY, Kind.DOCKER, Kind.COMPOSE], ids=lambda kind: kind.value)
def test_haproxy_has_no_short_timeout_and_one_server_a_section(kind: Kind) -> None:
    text = written(recipe(kind))
    for name in ("client", "server", "tunnel"):
        assert f"    timeout {name} 24d\n" in text
    sections = text.split("\nlisten ")[1:]
    assert len(sections) == 2
    assert all(section.count("    server ") == 1 and "check" not in section for section in sections)


@pytest.mark.parametrize("kind", BY_ADDRESS, ids=lambda kind: kind.value)
def test_what_has_names_of_its_own_gets_the_address(kind: Kind) -> None:
    text = written(recipe(kind))
    assert re.search(r"192\.0\.2\.20", text)
    assert "server license licsrv" not in text
    with pytest.raises(GatewayError, match="needs the address of licsrv") as caught:
        recipe(kind, server(address=""))
    assert "192.0.2.20" in caught.value.hint


@pytest.mark.parametrize("kind", [*FORWARDERS, *BY_ADDRESS], ids=lambda kind: kind.value)
@pytest.mark.parametrize("changes", [{"host": "localhost", "address": "127.0.0.1"}, {"address": "127.0.1.1"}])
def test_a_forwarder_to_itself_is_refused(kind: Kind, changes: dict[str, str]) -> None:
    with pytest.raises(GatewayError, match="itself"):
        recipe(kind, server(**changes))


def test_ssh_may_go_to_the_license_server_itself() -> None:
    assert "localhost:27001" in recipe(Kind.SSH, server(host="localhost", address="127.0.0.1")).commands[0].line


@pytest.mark.parametrize("kind", FORWARDERS, ids=lambda kind: kind.value)
def test_networks_that_may_connect(kind: Kind) -> None:
    networks = (ipaddress.IPv4Network("10.8.0.0/16"), ipaddress.IPv4Network("10.9.3.7/32"))
    text = written(recipe(kind, allow=networks))
    assert "10.8.0.0/16" in text
    assert "10.9.3.7/32" in text
    assert "10.8.0.0" not in written(recipe(kind))


def test_a_limit_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(GatewayError, match="has no use with docker"):
        recipe(Kind.DOCKER, allow=(ipaddress.IPv4Network("10.8.0.0/16"),))


def test_a_line_for_the_hosts_file_has_the_address_that_is_known() -> None:
    entry = recipe(Kind.HAPROXY, via="192.0.2.1").hosts[0]
    assert (entry.address, entry.name, entry.required) == ("192.0.2.1", "licsrv", False)
    named = recipe(Kind.HAPROXY, via="fwd")
    assert named.license_path == "27000@fwd"
    assert named.hosts[0].address == "ADDRESS_OF_FORWARDER"
    assert "ADDRESS_OF_FORWARDER by its address" in notes(named)
    assert "FORWARDER by the name" not in notes(named)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "names no host"),
        ("192.0.2.77", "which a hosts file cannot change"),
        ("localhost", "each client itself"),
        ("bad name", "which is not a host name"),
        ("x\nstream { }", r"x\nstream { }, which is not a host name"),
    ],
)
def test_a_referral_that_no_line_can_help(name: str, words: str) -> None:
    made = recipe(Kind.NGINX, server(names=(name,)))
    assert made.hosts == ()
    assert words in " ".join(made.hosts_why)


def test_the_line_is_left_out_where_ssh_itself_needs_the_name() -> None:
    made = recipe(Kind.SSH, via="alice@LICSRV")
    assert made.hosts == ()
    assert "ssh itself uses that name" in made.hosts_why[0]


def test_a_vendor_daemon_as_the_target_needs_one_port() -> None:
    made = recipe(Kind.SSH, server(port=27001, vendors=(), names=()))
    assert made.commands[0].line.count("-L") == 1
    assert made.hosts == ()
    assert "one port and no name are enough" in made.hosts_why[0]


def test_vendor_daemons_that_share_a_port_are_forwarded_once() -> None:
    vendors = tuple(VendorPort(name=name, port=27001, pinned=True) for name in ("a", "b"))
    assert recipe(Kind.SSH, server(vendors=vendors)).commands[0].line.count(":27001:") == 1


@pytest.mark.parametrize("kind", [Kind.SSH, Kind.SSH_REVERSE, Kind.DOCKER], ids=lambda kind: kind.value)
def test_a_triad_has_an_address_for_each_server(kind: Kind) -> None:
    made = recipe(kind, *triad())
    assert made.license_path == "27000@127.0.0.1,27000@127.0.0.2,27000@127.0.0.3"
    assert [(entry.address, entry.name, entry.required) for entry in made.hosts] == [
        ("127.0.0.1", "lic1", False),
        ("127.0.0.2", "lic2", True),
        ("127.0.0.3", "lic3", True),
    ]
    assert "three separate forwards" in notes(made)


@pytest.mark.parametrize("kind", FORWARDERS, ids=lambda kind: kind.value)
def test_a_triad_cannot_share_an_address(kind: Kind) -> None:
    with pytest.raises(GatewayError, match="servers 1 and 2 of the triad both need port 27000") as caught:
        recipe(kind, *triad())
    assert "listen" in caught.value.hint
    text = written(recipe(kind, *triad(), listen=THREE))
    assert all(address in text for address in THREE)


def test_a_triad_with_ports_of_its_own_can_share_an_address() -> None:
    servers = [
        server(host=f"lic{n}", names=(f"lic{n}",), port=27000 + n, vendors=(VendorPort(name="v", port=28000 + n),))
        for n in range(3)
    ]
    made = recipe(Kind.HAPROXY, *servers, via="192.0.2.1")
    assert made.license_path == "27000@192.0.2.1,27001@192.0.2.1,27002@192.0.2.1"
    assert {entry.address for entry in made.hosts} == {"192.0.2.1"}


def test_a_triad_in_a_cluster_has_a_service_for_each_server() -> None:
    made = recipe(Kind.KUBERNETES, *triad())
    assert made.license_path == "27000@lic1,27000@lic2,27000@lic3"
    assert made.hosts == ()
    assert written(made).count("kind: EndpointSlice") == 3


def test_a_service_takes_the_referrals_name_where_it_can() -> None:
    assert recipe(Kind.KUBERNETES, server(names=("LicSrv",))).license_path == "27000@licsrv"
    made = recipe(Kind.KUBERNETES, server(names=("licsrv.example.com",)))
    assert made.license_path == "27000@license"
    assert [(entry.address, entry.name) for entry in made.hosts] == [("CLUSTER_IP", "licsrv.example.com")]


def test_an_ipv6_server() -> None:
    six = server(host="2001:db8::20", address="2001:db8::20")
    assert "127.0.0.1:27001:[2001:db8::20]:27001" in recipe(Kind.SSH, six).commands[0].line
    assert "proxy_pass [2001:db8::20]:27001;" in written(recipe(Kind.NGINX, six))
    assert "1024 2001:db8::20:27001\n" in written(recipe(Kind.SYSTEMD, six))
    assert "addressType: IPv6" in written(recipe(Kind.KUBERNETES, six))
    assert "add v4tov6 listenaddress=0.0.0.0" in written(recipe(Kind.PORTPROXY, six))
    assert recipe(Kind.HAPROXY, listen=("2001:db8::1",)).license_path == "27000@2001:db8::1"


@pytest.mark.parametrize(
    "settings",
    [
        {"via": "-oProxyCommand=x"},
        {"via": "a b@jump"},
        {"via": "alice@-jump"},
        {"via": "jump;reboot"},
        {"via": "jump\nx"},
        {"listen": ("licsrv",)},
        {"listen": ("fe80::1%eth0",)},
        {"listen": ("192.0.2.1", "192.0.2.2")},
    ],
)
def test_settings_that_cannot_be_used(settings: dict[str, object]) -> None:
    with pytest.raises(GatewayError):
        recipe(Kind.SSH, **settings)


@pytest.mark.parametrize(
    "host", ["", "-x", "a b", "a;b", "a{b", "$(x)", "a\nb", "ü", "a%b", "1.2.3", "a..b", "x" * 300]
)
def test_hosts_that_no_file_may_hold(host: str) -> None:
    with pytest.raises(GatewayError, match="neither an address nor a host name"):
        server(host=host)
