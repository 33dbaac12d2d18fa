"""What is written for network devices, read back as flows.

No parser of these vendors can be installed here, so each reader is a small strict grammar, made from the vendor's
documentation: every line that it does not know fails. XML, shell and Cisco's nested lists have readers of others.
"""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Iterator
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

from hier_config import Platform, get_hconfig

__all__ = [
    "READERS",
    "Flow",
    "check_point_flows",
    "fortigate_flows",
    "ios_flows",
    "mikrotik_flows",
    "palo_alto_flows",
    "pfsense_flows",
]

_TEXT: Final = r"[A-Za-z0-9 ._:@/,()+-]+"
_NAME: Final = r"[a-z0-9-]+"


class Flow(NamedTuple):
    """Who may connect to what. A source is a network, or "any"."""

    source: str
    to: str
    port: int


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text.replace(" ", "/")))


def _without_comments(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if not line.startswith(("# ", "! ")))


# FortiOS CLI reference: config, edit, set, next, end. A policy's name has at most 35 characters, an object's 79.
_FORTI_SETTINGS: Final = {
    "firewall address": {"subnet"},
    "firewall address6": {"ip6"},
    "firewall service custom": {"tcp-portrange"},
    "firewall policy": {
        *("name", "srcintf", "dstintf", "srcaddr", "dstaddr", "srcaddr6", "dstaddr6", "service", "schedule"),
        *("action", "comments"),
    },
}
_Entries = dict[str, dict[str, list[str]]]


def fortigate_flows(text: str) -> list[Flow]:
    tables = _fortigate_tables(text)
    addresses = {name: set_["subnet"] for name, set_ in tables.get("firewall address", {}).items()}
    addresses |= {name: set_["ip6"] for name, set_ in tables.get("firewall address6", {}).items()}
    read = {name: _network(" ".join(words)) for name, words in addresses.items()} | {"all": "any"}
    found = []
    names = [set_["name"] for set_ in tables["firewall policy"].values()]
    assert len({name for (name,) in names}) == len(names)
    for set_ in tables["firewall policy"].values():
        assert len(set_["name"][0]) <= 35
        assert (set_["action"], set_["schedule"]) == (["accept"], ["always"])
        suffix = "6" if "srcaddr6" in set_ else ""
        (server,) = set_[f"dstaddr{suffix}"]
        assert ("ip6" if suffix else "subnet") in tables[f"firewall address{suffix}"][server]
        (service,) = set_["service"]
        (port,) = tables["firewall service custom"][service]["tcp-portrange"]
        to = str(ipaddress.ip_network(read[server]).network_address)
        found += [Flow(read[source], to, int(port)) for source in set_[f"srcaddr{suffix}"]]
    return found


def _fortigate_tables(text: str) -> dict[str, _Entries]:
    tables: dict[str, _Entries] = {}
    table, entry = "", ""
    for number, line in enumerate(_without_comments(text)):
        word, *rest = shlex.split(line)
        indent = {"config": 0, "edit": 4, "set": 8, "next": 4, "end": 0}[word]
        assert line.startswith(" " * indent + word)
        if word == "config":
            assert (table, entry) == ("", "")
            table = " ".join(rest)
            assert table in _FORTI_SETTINGS
            tables.setdefault(table, {})
        elif word == "edit":
            (entry,) = rest
            assert (entry == "0") == (table == "firewall policy")
            assert len(entry) <= 79
            entry = f"new {number}" if entry == "0" else entry
            assert entry not in tables[table]
            tables[table][entry] = {}
        elif word == "set":
            assert rest[0] in _FORTI_SETTINGS[table]
            tables[table][entry][rest[0]] = rest[1:]
        else:
            assert rest == []
            table, entry = (table, "") if word == "next" else ("", "")
    assert (table, entry) == ("", "")
    return tables


# PAN-OS CLI: set PATH VALUE. Names start with a letter, a digit or an underscore, and have at most 63 characters.
_PAN_RULE: Final = r"set rulebase security rules (?P<name>\S+) "
_PAN_LINES: Final = [
    re.compile(rf"set address (?P<name>{_NAME}) ip-netmask (?P<address>[0-9a-f.:/]+)"),
    re.compile(rf"set service (?P<name>{_NAME}) protocol tcp port (?P<port>\d+)"),
    re.compile(rf'{_PAN_RULE}description "{_TEXT}"'),
    re.compile(rf"{_PAN_RULE}from (?P<outside>\S+) to (?P<inside>\S+)"),
    re.compile(rf"{_PAN_RULE}source \[ (?P<source>[^\[\]]+) \]"),
    re.compile(rf"{_PAN_RULE}destination (?P<destination>{_NAME})"),
    re.compile(rf"{_PAN_RULE}application any service (?P<service>{_NAME}) action (?P<action>allow)"),
]


def palo_alto_flows(text: str) -> list[Flow]:
    known: dict[str, dict[str, str]] = {}
    for line in _without_comments(text):
        match = next((match for each in _PAN_LINES if (match := each.fullmatch(line))), None)
        assert match is not None, line
        assert re.fullmatch(r"[a-z0-9_][a-z0-9_.-]{0,62}", match["name"])
        known.setdefault(match["name"], {}).update(match.groupdict())
    found = []
    for rule in (each for each in known.values() if "action" in each):
        to = known[rule["destination"]]["address"]
        for source in rule["source"].split():
            read = "any" if source == "any" else _network(known[source]["address"])
            found.append(Flow(read, to, int(known[rule["service"]]["port"])))
    return found


# Cisco IOS: the lists as hier-config nests and numbers them, the entries by the syntax of the command reference.
_IOS_ADDRESS: Final = r"any|host [0-9a-f.:]+|[0-9.]+ [0-9.]+|[0-9a-f:]+/\d+"
_IOS_ENTRY: Final = re.compile(
    rf"(?:remark {_TEXT}|(?:\d+ )?permit tcp (?P<source>{_IOS_ADDRESS})(?: eq (?P<from>\d+))? (?P<to>{_IOS_ADDRESS})"
    r"(?: eq (?P<port>\d+)| (?P<established>established)))"
)


def ios_flows(text: str, clients: str = "LMWIRE", server: str = "LMWIRE-BACK", *, loaded: str = "") -> list[Flow]:
    """The flows on a router that has `loaded`: the lists at the server must allow just the replies."""
    there, back = [], []
    assert all(len(line) <= len(" remark ") + 100 for line in text.splitlines() if line.startswith(" remark "))
    config = get_hconfig(Platform.CISCO_IOS, loaded).future(get_hconfig(Platform.CISCO_IOS, text))
    for parent in config.children:
        header = re.fullmatch(r"(?:ip access-list extended (\S+)|ipv6 access-list (\S+)-V6)", parent.text)
        assert header is not None, parent.text
        name = header[1] or header[2]
        assert name in {clients, server}
        for child in parent.children:
            assert child.is_leaf
            entry = _IOS_ENTRY.fullmatch(child.text)
            assert entry is not None, child.text
            if entry["source"] and name == clients:
                assert not entry["from"]
                there.append(Flow(_ios(entry["source"]), entry["to"].removeprefix("host "), int(entry["port"])))
            elif entry["source"]:
                assert entry["established"]
                back.append(Flow(_ios(entry["to"]), entry["source"].removeprefix("host "), int(entry["from"])))
    assert there == back
    return there


def _ios(text: str) -> str:
    return text if text == "any" else _network(text.removeprefix("host "))


# RouterOS: a line is a path, a command and its name=value arguments; a block of one line asks for the first rule.
_ROS_TABLE: Final = r"(?P<table>/ip(?:v6)? firewall filter)"
_ROS_REMOVE: Final = re.compile(rf'{_ROS_TABLE} remove \[find where (?:jump-target|chain)="{_NAME}"\]')
_ROS_ADD: Final = re.compile(rf'{_ROS_TABLE} add (?P<arguments>(?:[a-z-]+=(?:"{_TEXT}"|[^\s"$;{{}}\[\]]+) ?)+)')
_ROS_JUMP: Final = re.compile(
    rf"\{{ :local others \[{_ROS_TABLE} find where chain=\"(?P<chain>\w+)\" and dynamic=no\]; "
    r":if \(\[:len \$others\] > 0\) do=\{ (?P<add>(?P=table) add chain=(?P=chain) action=jump "
    rf'jump-target="(?P<target>{_NAME})" comment="lmwire") place-before=\[:pick \$others 0\] \}} '
    r"else=\{ (?P=add) \} \}"
)


def mikrotik_flows(text: str) -> list[Flow]:
    """The flows of the chain that is jumped to; its rules for replies must be of just these."""
    there, back, chains, targets = [], [], set(), set()
    for line in _without_comments(text):
        if _ROS_REMOVE.fullmatch(line):
            continue
        if jump := _ROS_JUMP.fullmatch(line):
            targets.add((jump["table"], jump["target"]))
            continue
        match = _ROS_ADD.fullmatch(line)
        assert match is not None, line
        words = dict(word.split("=", 1) for word in shlex.split(match["arguments"]))
        chains.add((match["table"], words["chain"]))
        assert (words["action"], words["protocol"]) == ("accept", "tcp")
        source, to = _network(words["src-address"]), _network(words["dst-address"])
        assert (":" in source) == (":" in to) == ("v6" in match["table"])
        if "dst-port" in words:
            assert words["connection-state"] == "new,established"
            there.append(Flow(source, to.rpartition("/")[0], int(words["dst-port"])))
        else:
            assert words["connection-state"] == "established"
            back.append(Flow(to, source.rpartition("/")[0], int(words["src-port"])))
    assert (there, chains) == (back, targets)
    return there


def pfsense_flows(text: str, interface: str = "lan") -> list[Flow]:
    """Read the elements by an XML parser, inside the element that a user puts them into."""
    found, trackers = [], []
    for rule in ET.fromstring(f"<filter>{text}</filter>"):  # noqa: S314 # the writer's own output
        read = {each.tag: each for each in rule}
        assert rule.tag == "rule"
        assert [each.tag for each in rule] == [
            *("tracker", "type", "interface", "ipprotocol", "protocol", "statetype", "source", "destination", "descr")
        ]
        assert (read["type"].text, read["protocol"].text, read["interface"].text) == ("pass", "tcp", interface)
        to, port = read["destination"].findtext("address", ""), read["destination"].findtext("port", "")
        assert read["ipprotocol"].text == ("inet6" if ":" in to else "inet")
        trackers.append(read["tracker"].text)
        address = read["source"].findtext("address")
        assert (address is None) == (read["source"].find("any") is not None)
        found.append(Flow("any" if address is None else _network(address), to, int(port)))
    assert len(set(trackers)) == len(trackers)
    return found


def check_point_flows(calls: list[list[str]]) -> list[Flow]:
    """Read the calls of mgmt_cli that a run of the script made where nothing is known yet.

    The parameters are those of the API's reference: host, network, service-tcp and access-rule.
    """
    addresses: dict[str, str] = {"Any": "any"}
    ports: dict[str, int] = {}
    found = []
    for call in calls:
        assert call[0] == "mgmt_cli"
        if call[1] != "add":
            continue
        kind, words = call[2], dict(zip(call[3::2], call[4::2], strict=True))
        name = words["name"]
        if kind == "host":
            addresses[name] = _network(words["ip-address"])
        elif kind == "network":
            addresses[name] = _network(f"{words['subnet']}/{words['mask-length']}")
        elif kind == "service-tcp":
            ports[name] = int(words["port"])
        else:
            assert (kind, words["position"], words["action"]) == ("access-rule", "top", "Accept")
            sources = [words[key] for key in words if key.startswith("source.")]
            to = addresses[words["destination.1"]].rpartition("/")[0]
            found += [Flow(addresses[source], to, ports[words["service.1"]]) for source in sources]
    return found


READERS: Final = {
    "cisco-ios": ios_flows,
    "fortigate": fortigate_flows,
    "mikrotik": mikrotik_flows,
    "palo-alto": palo_alto_flows,
    "pfsense": pfsense_flows,
}
"""Language → its reader."""
