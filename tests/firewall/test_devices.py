"""Rules for network devices mean what was asked for, whatever stands in a name."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from lmwire.firewall import FirewallPlace, Language, write
from lmwire.firewall.comments import about
from lmwire.firewall.model import LMGRD, Pin, Rule, RuleSet
from tests.firewall.devices import READERS, Flow, check_point_flows, ios_flows, pfsense_flows
from tests.firewall.samples import BOTH, EVERYBODY, HOSTILE, INTO, SERVER, SERVER6, TRIAD, rules, sources

V4, HOST, V6 = "10.20.0.0/16", "10.30.7.41/32", "2001:db8:20::/48"
FLOWS: Final = {
    *(Flow(source, SERVER, port) for port in (27000, 27001) for source in (V4, HOST)),
    *(Flow(V6, SERVER6, port) for port in (27000, 27001)),
}
TRIAD_FLOWS: Final = {Flow(V4, f"192.0.2.{20 + number}", port) for number in (1, 2, 3) for port in (27000, 27001)}
_ANY: Final = {Language.MIKROTIK: "0.0.0.0/0"}
"""How a language says that every address may connect; the others say any."""


def flows_in(text: str, language: Language) -> set[Flow]:
    found = READERS[language](text)
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.parametrize("language", READERS)
def test_a_device_opens_what_was_asked_for(language: str) -> None:
    known = Language(language)
    assert flows_in(write(BOTH, known, into=INTO.get(known)), known) == FLOWS
    assert flows_in(write(TRIAD, known, into=INTO.get(known)), known) == TRIAD_FLOWS
    assert flows_in(write(EVERYBODY, known, into=INTO.get(known)), known) == {
        Flow(_ANY.get(known, "any"), SERVER, port) for port in (27000, 27001)
    }


@pytest.mark.parametrize("language", READERS)
def test_the_files_of_two_servers_together_open_the_ports_of_both(language: str) -> None:
    known = Language(language)
    texts = []
    for number in (1, 2):
        rule_set = RuleSet(
            rules=tuple(rules((LMGRD, 27000), server=f"srv-{number}", to=f"192.0.2.{number}")), **sources(V4)
        )
        texts.append(write(rule_set, known, into=INTO.get(known)))
    for one, other in (texts, reversed(texts)):
        read = set(ios_flows(other, loaded=one)) if known is Language.CISCO_IOS else flows_in(one + other, known)
        assert read == {Flow(V4, f"192.0.2.{number}", 27000) for number in (1, 2)}


def hostile(name: str) -> RuleSet:
    return RuleSet(
        rules=(
            Rule(server=name, to=SERVER, port=27000, daemon=LMGRD),
            Rule(server=name, to=SERVER, port=27001, daemon=name, pin=Pin.MOVES),
        ),
        **sources(V4),
    )


@pytest.mark.parametrize("language", READERS)
def test_a_hostile_name_opens_nothing_else(language: str) -> None:
    known = Language(language)
    for name in HOSTILE:
        text = write(hostile(name), known, into=INTO.get(known))
        assert flows_in(text, known) == {Flow(V4, SERVER, 27000), Flow(V4, SERVER, 27001)}
        first = about(hostile(name).rules[0], 100)
        assert first in text


def test_ios_takes_the_lists_that_are_named() -> None:
    named = write(BOTH, Language.CISCO_IOS, into="CLIENTS-IN/SERVERS-IN")
    assert set(ios_flows(named, "CLIENTS-IN", "SERVERS-IN")) == FLOWS
    assert set(ios_flows(write(BOTH, Language.CISCO_IOS, into="A"), "A", "A-BACK")) == FLOWS


def test_ios_keeps_its_lists_when_a_file_is_loaded_again() -> None:
    text = write(BOTH, Language.CISCO_IOS)
    assert ios_flows(text, loaded=text) == ios_flows(text)


def test_pfsense_takes_the_interface_that_is_named() -> None:
    assert set(pfsense_flows(write(BOTH, Language.PFSENSE, into="opt1"), "opt1")) == FLOWS


def test_the_trackers_of_two_servers_differ() -> None:
    both = "".join(write(each, Language.PFSENSE, into="lan") for each in (BOTH, TRIAD))
    assert len(pfsense_flows(both)) == len(FLOWS) + len(TRIAD_FLOWS)


def test_fortigate_and_palo_alto_take_interfaces_and_zones() -> None:
    assert 'set srcintf "port1"' in write(BOTH, Language.FORTIGATE, into="port1/port2")
    assert 'set dstintf "port2"' in write(BOTH, Language.FORTIGATE, into="port1/port2")
    assert " from clients to servers\n" in write(BOTH, Language.PALO_ALTO, into="clients/servers")


def test_names_of_policies_fit_fortigate_and_keep_the_port() -> None:
    server = "licenses.of.the.department.for.everything.example.com"
    many = RuleSet(
        rules=tuple(Rule(server=server, to=SERVER, port=port, daemon="d") for port in range(65000, 65200)),
        **sources(V4),
    )
    text = write(many, Language.FORTIGATE)
    names = re.findall(r'set name "(.*)"', text)
    assert len(set(names)) == 200
    assert all(
        len(name) <= 35 and f"-{port}-ipv4" in name for name, port in zip(names, range(65000, 65200), strict=True)
    )
    assert flows_in(text, Language.FORTIGATE) == {Flow(V4, SERVER, port) for port in range(65000, 65200)}


_MGMT: Final = """#!/bin/sh
{ printf '%s\\0' "${0##*/}" "$@"; printf '\\1\\0'; } >> "$CALLS"
case "$1 $2" in
    "login "*) echo "sid: 1" ;;
    "show "*) exit "$KNOWN" ;;
    "$FAIL "*) exit 1 ;;
esac
"""


def check_point(text: str, folder: Path, *, known: bool, fail: str = "nothing") -> tuple[int, list[list[str]]]:
    """Run the script with an mgmt_cli that notes its calls and knows all names or none; return status and calls.

    Where each call names the session's file, that word is left out.
    """
    temporary = folder / "tmp"
    temporary.mkdir(parents=True)
    (folder / "mgmt_cli").write_text(_MGMT)
    (folder / "mgmt_cli").chmod(0o755)
    (folder / "script").write_text(text)
    env = {
        "PATH": f"{folder}:/usr/bin:/bin",
        "CALLS": str(folder / "calls"),
        "KNOWN": "0" if known else "1",
        "FAIL": fail,
        "TMPDIR": str(temporary),
    }
    done = subprocess.run(["sh", folder / "script"], env=env, capture_output=True, text=True, check=False)  # noqa: S603, S607
    assert (done.stdout, done.stderr) == ("", "")
    assert list(temporary.iterdir()) == []
    found = [call.split("\0")[:-1] for call in (folder / "calls").read_text().split("\1\0")[:-1]]
    assert found[0] == ["mgmt_cli", "login", "-r", "true"]
    assert all(call[-2] == "-s" and call[-1].startswith(str(temporary)) for call in found[1:])
    return done.returncode, [found[0], *(call[:-2] for call in found[1:])]


def test_check_point_adds_what_it_does_not_know(tmp_path: Path) -> None:
    for number, (rule_set, flows) in enumerate(((BOTH, FLOWS), (TRIAD, TRIAD_FLOWS))):
        status, calls = check_point(write(rule_set, Language.CHECK_POINT), tmp_path / str(number), known=False)
        assert status == 0
        assert set(check_point_flows(calls)) == flows
        assert [call[1] for call in calls if call[1] not in {"show", "add"}] == [
            "login",
            "publish",
            "discard",
            "logout",
        ]


def test_check_point_sets_what_it_knows(tmp_path: Path) -> None:
    status, calls = check_point(write(BOTH, Language.CHECK_POINT), tmp_path, known=True)
    assert status == 0
    assert {call[1] for call in calls} == {"login", "show", "set", "publish", "discard", "logout"}
    assert not any("position" in call for call in calls)


def test_check_point_publishes_nothing_after_a_failure(tmp_path: Path) -> None:
    status, calls = check_point(write(BOTH, Language.CHECK_POINT), tmp_path, known=False, fail="add")
    assert status == 1
    assert [call[1] for call in calls] == ["login", "show", "add", "discard", "logout"]


def test_check_point_takes_a_layer_with_blanks_and_everybody(tmp_path: Path) -> None:
    text = write(EVERYBODY, Language.CHECK_POINT, into="Standard Network")
    _, calls = check_point(text, tmp_path, known=False)
    assert set(check_point_flows(calls)) == {Flow("any", SERVER, port) for port in (27000, 27001)}
    assert {call[4] for call in calls if call[1:3] == ["add", "access-rule"]} == {"Standard Network"}


@pytest.mark.slow
def test_check_point_keeps_hostile_names_as_comments(tmp_path: Path) -> None:
    for number, name in enumerate(HOSTILE):
        text = write(hostile(name), Language.CHECK_POINT, at=FirewallPlace.ROUTER)
        status, calls = check_point(text, tmp_path / str(number), known=False)
        assert status == 0
        comments = [call[-1] for call in calls if call[1:3] == ["add", "access-rule"]]
        assert comments == [about(rule, 200) for rule in hostile(name).rules]
        assert set(check_point_flows(calls)) == {Flow(V4, SERVER, 27000), Flow(V4, SERVER, 27001)}


@pytest.mark.parametrize("language", [*READERS, Language.CHECK_POINT, Language.ANSIBLE])
def test_each_file_says_how_to_load_test_and_undo_it(language: str) -> None:
    known = Language(language)
    text = write(BOTH, known, into=INTO.get(known))
    starts = [re.sub(r"^(?:[#!]|<!--) ", "", line) for line in text.splitlines()]
    for word in ("Load: ", "Test on a client: lmwire diagnose 27000@licsrv", "Undo"):
        assert any(line.startswith(word) for line in starts), word
