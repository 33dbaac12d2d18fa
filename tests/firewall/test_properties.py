"""Whatever the rules are: every writer writes them, the same each time, or says in one sentence why not."""

from __future__ import annotations

import re

import hypothesis.strategies as st
from hypothesis import given

from lmwire.firewall import FirewallError, FirewallPlace, Language, write
from lmwire.firewall.model import LMGRD, Pin, Rule, RuleSet, parse_sources
from lmwire.firewall.writers import WRITERS
from tests.firewall.samples import HOSTILE, INTO

NAMES = st.one_of(st.text(max_size=300), st.sampled_from(HOSTILE))
ADDRESSES = st.one_of(st.ip_addresses().map(str), st.just("licsrv"), st.just(""))
SOURCES = st.one_of(
    st.ip_addresses().map(str),
    st.builds(lambda byte, length: f"{byte}.0.0.0/{length}", st.integers(1, 223), st.integers(8, 32)),
)
RULES = st.builds(
    Rule,
    server=NAMES,
    to=ADDRESSES,
    port=st.integers(1, 65535),
    daemon=st.one_of(st.just(LMGRD), NAMES),
    pin=st.sampled_from(Pin),
)


@st.composite
def rule_sets(draw: st.DrawFn) -> RuleSet:
    networks, anybody = parse_sources(tuple(draw(st.lists(SOURCES, min_size=1, max_size=5))))
    return RuleSet(sources=networks, rules=tuple(draw(st.lists(RULES, min_size=1, max_size=5))), anybody=anybody)


def attempt(rules: RuleSet, language: Language, place: FirewallPlace) -> str | FirewallError:
    try:
        return write(rules, language, at=place, into=INTO.get(language))
    except FirewallError as error:
        return error


@given(rules=rule_sets(), language=st.sampled_from(Language), place=st.sampled_from(FirewallPlace))
def test_every_writer_writes_or_says_why_not(rules: RuleSet, language: Language, place: FirewallPlace) -> None:
    outcome = attempt(rules, language, place)
    if isinstance(outcome, FirewallError):
        assert re.fullmatch(r"[ -~]+", str(outcome))
        return
    assert re.fullmatch(r"[ -~\n]+\n", outcome)
    assert attempt(rules, language, place) == outcome
    ports = {str(rule.port) for rule in rules.rules}
    written = {port for port in ports if re.search(rf"\b{port}\b", outcome)}
    assert written
    if WRITERS[language].names or not any(rule.version for rule in rules.rules):
        assert written == ports
