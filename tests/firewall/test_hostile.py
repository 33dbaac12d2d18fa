"""Names that would like to be more than names: whatever stands in a license file, nothing but data comes out."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from lmwire.firewall import FirewallPlace, Language, write
from lmwire.firewall.comments import about, plain, replies
from lmwire.firewall.model import LMGRD, Pin, Rule, RuleSet
from lmwire.netns import Network
from tests.firewall.readers import hcl_resources, netsh_rules, powershell_kinds, powershell_rules, yaml_policy
from tests.firewall.samples import HOSTILE, INTO, PLACES, SERVER, sources
from tests.firewall.stubs import calls

pytestmark = pytest.mark.slow

ALLOWED = re.compile(r"[A-Za-z0-9 ._:@/,()+-]+", re.ASCII)
NAMES = tuple(dict.fromkeys(HOSTILE))
SHELL = [each for each in PLACES if each[0] in {"firewalld", "ufw", "aws-cli", "azure", "gcp"}]


def rules_of(server: str, daemon: str) -> RuleSet:
    """Both ports of a server; the second is not pinned, so that the daemon's name stands at the top, too."""
    return RuleSet(
        rules=(
            Rule(server=server, to=SERVER, port=27000, daemon=LMGRD),
            Rule(server=server, to=SERVER, port=27001, daemon=daemon, pin=Pin.MOVES),
        ),
        **sources("10.20.0.0/16"),
    )


def rules_text(language: Language, place: FirewallPlace, name: str) -> str:
    return write(rules_of(name, name), language, at=place, into=INTO.get(language))


def all_written(language: Language, place: FirewallPlace) -> str:
    return "".join(rules_text(language, place, name) for name in NAMES)


def abouts(limit: int) -> list[str]:
    return [about(rule, limit) for name in NAMES for rule in rules_of(name, name).rules]


def test_the_table_is_long_enough() -> None:
    assert len(NAMES) >= 50


@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize("limit", [1, 12, 200])
def test_what_is_left_of_a_name_means_nothing_anywhere(name: str, limit: int) -> None:
    left = plain(name, limit)
    assert ALLOWED.fullmatch(left)
    assert 1 <= len(left) <= max(limit, len("unnamed"))
    assert left[0].isalnum() or left[0] == "_"
    assert left == left.strip()
    assert plain(left, limit) == left or limit == 1


@pytest.mark.parametrize(("language", "place"), PLACES)
def test_every_file_is_ascii_and_has_as_many_lines_as_with_a_good_name(
    language: Language, place: FirewallPlace
) -> None:
    good = rules_text(language, place, "licsrv")
    for name in NAMES:
        text = rules_text(language, place, name)
        assert re.fullmatch(r"[ -~\n]*", text)
        assert _lines(text) == _lines(good)


def _lines(text: str) -> int:
    """Lines that are no comment: those at the top are wrapped according to the name's length."""
    return sum(not is_comment(line) for line in text.splitlines())


def is_comment(line: str) -> bool:
    return line.startswith(("#", "!", "rem ", "<!-- "))


@pytest.mark.parametrize(("language", "place"), [each for each in PLACES if each[0] is not Language.TICKET])
def test_no_name_brings_a_special_character_into_a_rule(language: Language, place: FirewallPlace) -> None:
    good = _special(rules_text(language, place, "licsrv"))
    for name in NAMES:
        assert _special(rules_text(language, place, name)) == good, f"{language}: quote the name {name!a}"


def _special(text: str) -> Counter[str]:
    """Count the characters with a meaning of their own, outside of comments."""
    rules = "\n".join(line for line in text.splitlines() if not is_comment(line))
    return Counter(ALLOWED.sub("", rules))


@pytest.mark.parametrize("shell", ["bash", "bash --posix", "sh"])
@pytest.mark.parametrize(("language", "place"), SHELL)
def test_scripts_call_what_they_call_with_a_good_name_and_the_name_is_data(
    language: Language, place: FirewallPlace, shell: str, tmp_path: Path
) -> None:
    good = calls(rules_text(language, place, "licsrv"), tmp_path / "good", shell)
    seen = calls(all_written(language, place), tmp_path / "bad", shell)
    assert len(seen) == len(good) * len(NAMES)
    texts = [about(rule, 1000) for rule in rules_of("licsrv", "licsrv").rules]
    for number, call in enumerate(seen):
        expected = good[number % len(good)]
        assert len(call) == len(expected)
        for word, usual in zip(call, expected, strict=True):
            if any(text in usual for text in texts):
                _assert_data(word, usual)
            else:
                assert _without_names(word) == _without_names(usual)


def _without_names(word: str) -> str:
    """Return a word without the names of rules and policies: letters, digits and hyphens only."""
    return re.sub(r"\blmw(?:ire)?-[a-z0-9-]{1,59}", "NAME", word)


def _assert_data(word: str, usual: str) -> None:
    if usual.startswith("["):
        rules, usual_rules = json.loads(word), json.loads(usual)
        for rule in [*rules, *usual_rules]:
            for source in rule["IpRanges"]:
                assert ALLOWED.fullmatch(source.pop("Description"))
        assert rules == usual_rules
        return
    option = "--description=" if usual.startswith("--description=") else ""
    assert word.startswith(option)
    assert ALLOWED.fullmatch(word.removeprefix(option))


@pytest.mark.network
@pytest.mark.parametrize("place", FirewallPlace)
def test_nft_keeps_names_as_comments(place: FirewallPlace) -> None:
    with Network() as network:
        host = network.host("a")
        for name in NAMES:
            host.nft("flush ruleset; add table inet filter; add chain inet filter input; add chain inet filter forward")
            host.nft(rules_text(Language.NFTABLES, place, name))
            listed = json.loads(host.run(["nft", "-j", "list", "ruleset"]).stdout)["nftables"]
            comments = [entry["rule"].get("comment") for entry in listed if "rule" in entry]
            there = [about(rule, 128) for rule in rules_of(name, name).rules]
            back = [replies(rule, 128) for rule in rules_of(name, name).rules] if place is FirewallPlace.ROUTER else []
            assert sorted(comments) == sorted(["lmwire", *there, *back])
            assert len(listed) == 1 + 1 + 3 + len(comments)  # the header, the table, its chains


@pytest.mark.network
@pytest.mark.parametrize("place", FirewallPlace)
def test_iptables_keeps_names_as_comments(place: FirewallPlace) -> None:
    with Network() as network:
        host = network.host("a")
        for name in NAMES:
            host.iptables_restore("*filter\nCOMMIT\n")
            host.iptables_restore(rules_text(Language.IPTABLES, place, name))
            rules = [shlex.split(line) for line in host.run(["iptables", "-S"]).stdout.splitlines()]
            comments = [words[words.index("--comment") + 1] for words in rules if "--comment" in words]
            ways = (about, replies) if place is FirewallPlace.ROUTER else (about,)
            assert comments == [way(rule, 255) for rule in rules_of(name, name).rules for way in ways]
            assert len(rules) == (7 if place is FirewallPlace.SERVER else 9)  # three policies, our chain, the jump
            assert host.run(["iptables", "-t", "nat", "-S"]).stdout.count("-A") == 0


def test_powershell_has_names_in_verbatim_strings_only() -> None:
    kinds = powershell_kinds(rules_text(Language.POWERSHELL, FirewallPlace.SERVER, "licsrv"))
    for name in NAMES:
        text = rules_text(Language.POWERSHELL, FirewallPlace.SERVER, name)
        assert powershell_kinds(text) == kinds
        rules = powershell_rules(text)
        assert [rule["Description"] for rule in rules] == [about(rule, 200) for rule in rules_of(name, name).rules]
        assert {rule["RemoteAddress"] for rule in rules} == {"10.20.0.0/16"}


def test_netsh_has_names_in_quotes_only() -> None:
    for name in NAMES:
        for rule in netsh_rules(rules_text(Language.NETSH, FirewallPlace.SERVER, name)):
            assert ALLOWED.fullmatch(rule["name"])
            assert rule["remoteip"] == "10.20.0.0/16"


def test_terraform_has_names_in_strings_without_templates() -> None:
    for name in NAMES:
        resources = hcl_resources(rules_text(Language.TERRAFORM, FirewallPlace.SERVER, name))
        found = [resource["description"] for resource in resources.values()]
        assert found == [about(rule, 255) for rule in rules_of(name, name).rules]


def test_networkpolicy_has_names_in_comments_and_in_its_own_name_only() -> None:
    policy = yaml_policy(rules_text(Language.NETWORKPOLICY, FirewallPlace.SERVER, "licsrv"))
    assert policy["metadata"].pop("name") == "lmwire-licsrv-27000"
    for name in NAMES:
        read = yaml_policy(rules_text(Language.NETWORKPOLICY, FirewallPlace.SERVER, name))
        assert re.fullmatch(r"lmwire-[a-z0-9-]{1,60}", read["metadata"].pop("name"))
        assert read == policy


ASA_LINE = re.compile(
    r"!.*|access-list LMWIRE line \d+ (remark [A-Za-z0-9 ._:@/,()+-]{1,100}"
    r"|extended permit tcp 10\.20\.0\.0 255\.255\.0\.0 host 192\.0\.2\.20 eq 2700[01])",
    re.ASCII,
)
SRX_LINE = re.compile(r"#.*|set [a-z0-9./_ -]+( \"[A-Za-z0-9 ._:@/,()+-]{1,200}\")?", re.ASCII)


@pytest.mark.parametrize(
    ("language", "line"), [(Language.CISCO_ASA, ASA_LINE), (Language.JUNIPER_SRX, SRX_LINE)], ids=["asa", "srx"]
)
def test_lines_of_network_devices_keep_to_their_grammar(language: Language, line: re.Pattern[str]) -> None:
    for each in all_written(language, FirewallPlace.ROUTER).splitlines():
        assert line.fullmatch(each)


def _flat(tokens: list[Token]) -> list[Token]:
    return [each for token in tokens for each in (token, *_flat(token.children or []))]


def test_the_ticket_has_names_in_code_only() -> None:
    reader = MarkdownIt("commonmark").enable("table")
    good = [token.type for token in _flat(reader.parse(rules_text(Language.TICKET, FirewallPlace.ROUTER, "licsrv")))]
    for name in NAMES:
        tokens = _flat(reader.parse(rules_text(Language.TICKET, FirewallPlace.ROUTER, name)))
        assert [token.type for token in tokens] == good
        code = [token.content for token in tokens if token.type == "code_inline"]
        for text in (about(rule, 200) for rule in rules_of(name, name).rules):
            assert text in code


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_the_ticket_s_commands_hold_a_name_only_if_it_is_one(name: str) -> None:
    reader = MarkdownIt("commonmark")
    (fence,) = [
        each for each in reader.parse(rules_text(Language.TICKET, FirewallPlace.ROUTER, name)) if each.type == "fence"
    ]
    for line in fence.content.splitlines():
        words = shlex.split(line)
        assert words[:2] in (["nc", "-vz"], ["lmwire", "diagnose"])
        assert all(re.fullmatch(r"[A-Za-z0-9@._-]+", word) for word in words)
        assert all(word in {"-vz", "--vendor"} for word in words if word.startswith("-"))


def test_a_name_too_long_is_shortened_before_what_the_rule_is_for() -> None:
    rule = Rule(server="s" * 300, to=SERVER, port=27001, daemon="d" * 300, pin=Pin.MOVES)
    for limit in (100, 128, 140, 200, 255):
        text = about(rule, limit)
        assert max(len(text), len(replies(rule, limit))) <= limit
        assert text.startswith("vendor daemon ddd")
        assert text.endswith("s (not pinned, will move at the next restart)")


def test_all_abouts_fit_the_shortest_limit() -> None:
    assert max(map(len, abouts(100))) <= 100
