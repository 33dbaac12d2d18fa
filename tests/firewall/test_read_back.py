"""What is written means what was asked for, by the parsers, schemas and tools of others."""

from __future__ import annotations

import shlex
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from lmwire.firewall import FirewallPlace, Language, write
from lmwire.firewall.model import LMGRD, RuleSet
from lmwire.netns import Network
from tests.firewall.readers import aws_call, hcl_resources, netsh_rules, powershell_rules, yaml_policy
from tests.firewall.samples import BOTH, EVERYBODY, INTO, SERVER, SERVER6, TRIAD, rules, sources
from tests.firewall.stubs import calls

V4, HOST, V6 = "10.20.0.0/16", "10.30.7.41/32", "2001:db8:20::/48"
FLOWS = [(port, source) for port in (27000, 27001) for source in (V4, HOST, V6)]
"""What BOTH opens on the server itself."""


def test_powershell() -> None:
    read = powershell_rules(write(BOTH, Language.POWERSHELL))
    assert sorted((int(each["LocalPort"]), ip) for each in read for ip in each["RemoteAddress"].split(",")) == sorted(
        FLOWS
    )
    assert {(each["Direction"], each["Action"], each["Protocol"]) for each in read} == {("Inbound", "Allow", "TCP")}
    assert len({each["Name"] for each in read}) == len(read)
    assert {each["RemoteAddress"] for each in powershell_rules(write(EVERYBODY, Language.POWERSHELL))} == {"Any"}


def test_netsh() -> None:
    read = netsh_rules(write(BOTH, Language.NETSH))
    assert sorted((int(each["localport"]), ip) for each in read for ip in each["remoteip"].split(",")) == sorted(FLOWS)
    assert len({each["name"] for each in read}) == len(read)
    assert len(netsh_rules(write(EVERYBODY, Language.NETSH))) == 2


def test_terraform() -> None:
    read = hcl_resources(write(BOTH, Language.TERRAFORM)).values()
    assert sorted((each["from_port"], each.get("cidr_ipv4") or each.get("cidr_ipv6")) for each in read) == sorted(FLOWS)
    assert all(each["from_port"] == each["to_port"] and each["ip_protocol"] == "tcp" for each in read)


def test_aws(tmp_path: Path) -> None:
    (call,) = calls(write(BOTH, Language.AWS_CLI, into="sg-0123456789abcdef0"), tmp_path, "sh")
    sent = aws_call(call)
    assert sent["GroupId"] == "sg-0123456789abcdef0"
    read = [
        (each["FromPort"], source.get("CidrIp") or source.get("CidrIpv6"))
        for each in sent["IpPermissions"]
        for source in [*each.get("IpRanges", []), *each.get("Ipv6Ranges", [])]
    ]
    assert sorted(read) == sorted(FLOWS)
    assert all(each["IpProtocol"] == "tcp" and each["FromPort"] == each["ToPort"] for each in sent["IpPermissions"])


def test_terraform_takes_the_group_that_is_given() -> None:
    text = write(BOTH, Language.TERRAFORM, into="sg-0123456789abcdef0")
    assert '  default     = "sg-0123456789abcdef0"' in text.splitlines()
    assert hcl_resources(text) == hcl_resources(write(BOTH, Language.TERRAFORM))


def test_networkpolicy() -> None:
    policy = yaml_policy(write(BOTH, Language.NETWORKPOLICY, into="lmwire.example/app=license-server"))
    assert policy["spec"]["podSelector"] == {"matchLabels": {"lmwire.example/app": "license-server"}}
    assert policy["spec"]["policyTypes"] == ["Ingress"]
    read = [
        (port["port"], peer["ipBlock"]["cidr"])
        for each in policy["spec"]["ingress"]
        for port in each["ports"]
        for peer in each["from"]
    ]
    assert sorted(read) == sorted(FLOWS)


def test_networkpolicy_keeps_values_that_look_like_others_as_texts() -> None:
    policy = yaml_policy(write(BOTH, Language.NETWORKPOLICY, into="yes=1e3"))
    assert policy["spec"]["podSelector"] == {"matchLabels": {"yes": "1e3"}}


def _wrapped(folder: Path, name: str, body: str) -> dict[str, str]:
    """A PATH on which `name` is a script of ours."""
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)
    return {"PATH": f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin"}


_OFFLINE = """
for word; do
    shift
    case "$word" in
        --permanent) ;;
        --reload) exit 0 ;;
        *) set -- "$@" "$word" ;;
    esac
done
exec firewall-offline-cmd --system-config {config} "$@"
"""


def _firewalld(tmp_path: Path, text: str, file: str) -> list[tuple[str, str, str, str]]:
    """Have firewalld's own offline tool take the rules, and read from its files what it made of them."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "firewalld.conf").write_text("DefaultZone=public\n")
    env = _wrapped(tmp_path, "firewall-cmd", _OFFLINE.format(config=shlex.quote(str(config))))
    (tmp_path / "script").write_text(text)
    with Network() as network:
        done = network.host("a").run(["sh", str(tmp_path / "script")], env=env)
    assert (done.returncode, done.stderr) == (0, "")
    others = [path for path in config.glob("*/*.xml") if path != config / file]
    assert all("<rule" not in path.read_text() for path in others)
    read = []
    for rule in ET.parse(config / file).getroot().iter("rule"):  # noqa: S314 # of a tool that the test ran
        source, destination, port = rule.find("source"), rule.find("destination"), rule.find("port")
        assert source is not None
        assert port is not None
        assert rule.find("accept") is not None
        assert port.get("protocol") == "tcp"
        to = "" if destination is None else destination.get("address", "")
        read.append((rule.get("family", ""), source.get("address", ""), to, port.get("port", "")))
    return read


@pytest.mark.network
def test_firewalld_takes_the_rules_of_a_server(tmp_path: Path) -> None:
    assert _firewalld(tmp_path, write(BOTH, Language.FIREWALLD), "zones/public.xml") == [
        (family, source, "", port)
        for port in ("27000", "27001")
        for family, source in (("ipv4", V4), ("ipv4", HOST), ("ipv6", V6))
    ]


@pytest.mark.network
def test_firewalld_takes_the_rules_of_a_router(tmp_path: Path) -> None:
    assert sorted(
        _firewalld(tmp_path, write(BOTH, Language.FIREWALLD, at=FirewallPlace.ROUTER), "policies/lmw-licsrv-27000.xml")
    ) == sorted(
        (family, source, to, port)
        for port in ("27000", "27001")
        for family, source, to in (("ipv4", V4, SERVER), ("ipv4", HOST, SERVER), ("ipv6", V6, SERVER6))
    )


@pytest.mark.network
def test_firewalld_takes_everybody_and_another_zone(tmp_path: Path) -> None:
    read = _firewalld(tmp_path, write(EVERYBODY, Language.FIREWALLD, into="internal"), "zones/internal.xml")
    assert {source for _, source, _, _ in read} == {"0.0.0.0/0"}


def _ufw(tmp_path: Path, rule_set: RuleSet, place: FirewallPlace) -> list[str]:
    """Have ufw take the rules without applying them, and return the rules that it would load."""
    env = _wrapped(tmp_path, "ufw", 'exec /usr/sbin/ufw --dry-run "$@"')
    (tmp_path / "script").write_text(write(rule_set, Language.UFW, at=place))
    with Network() as network:
        done = network.host("a").run(["sh", str(tmp_path / "script")], env=env)
    assert (done.returncode, done.stderr) == (0, "")
    chain = "input" if place is FirewallPlace.SERVER else "forward"
    return [line for line in done.stdout.splitlines() if line.startswith("-A") and f"user-{chain}" in line]


@pytest.mark.network
def test_ufw_takes_the_rules_of_a_server(tmp_path: Path) -> None:
    assert _ufw(tmp_path, BOTH, FirewallPlace.SERVER) == [
        f"-A {chain} -p tcp --dport {port} -s {source} -j ACCEPT"
        for port in (27000, 27001)
        for chain, source in (
            ("ufw-user-input", V4),
            ("ufw-user-input", HOST.removesuffix("/32")),
            ("ufw6-user-input", V6),
        )
    ]


@pytest.mark.network
def test_ufw_takes_the_rules_of_a_router(tmp_path: Path) -> None:
    assert _ufw(tmp_path, TRIAD, FirewallPlace.ROUTER) == [
        f"-A ufw-user-forward -p tcp -d 192.0.2.{20 + number} --dport {port} -s {V4} -j ACCEPT"
        for number in (1, 2, 3)
        for port in (27000, 27001)
    ]


@pytest.mark.network
def test_ufw_takes_everybody(tmp_path: Path) -> None:
    assert _ufw(tmp_path, EVERYBODY, FirewallPlace.SERVER) == [
        f"-A ufw-user-input -p tcp --dport {port} -j ACCEPT" for port in (27000, 27001)
    ]


def test_names_of_rules_are_unique_where_they_are_names() -> None:
    lines = write(TRIAD, Language.AZURE, into=INTO[Language.AZURE]).splitlines()
    made = [shlex.split(line) for line in lines if line.startswith("az ")]
    names = [words[words.index("--name") + 1] for words in made]
    assert names == [f"lmwire-lic{number}-{port}-ipv4" for number in (1, 2, 3) for port in (27000, 27001)]


def test_a_triad_with_one_license_file_opens_each_port_once_on_its_servers() -> None:
    text = write(TRIAD, Language.UFW)
    assert text.count("port 27000") == text.count("port 27001") == 1
    assert "lmgrd of lic1, lic2, lic3" in text


def test_an_access_list_names_both_ends() -> None:
    rule_set = RuleSet(rules=tuple(rules((LMGRD, 1055), to=SERVER6)), **sources("2001:db8:20::7"))
    (line,) = [each for each in write(rule_set, Language.CISCO_ASA).splitlines() if "permit" in each]
    assert line == "access-list LMWIRE line 2 extended permit tcp host 2001:db8:20::7 host 2001:db8:2::20 eq 1055"
