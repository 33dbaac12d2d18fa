from __future__ import annotations

import msgspec
import pytest

from lmwire_mockserver.addresses import LOOPBACK, NameAnswer
from lmwire_mockserver.daemons import Daemons
from lmwire_mockserver.errors import ScenarioError, UnknownScenario
from lmwire_mockserver.faults import Delay
from lmwire_mockserver.scenario import Scenario, Where, read_scenario, scenario, scenarios

# The `scenario` names of the captures of a real client, and the stable verdict ids: both are contracts.
CAPTURED = frozenset(
    [
        "healthy",
        "vendor-refused",
        "vendor-filtered",
        "vendor-rejected-icmp",
        "vendor-rejected-rst",
        "lmgrd-refused",
        "lmgrd-filtered",
        "lmgrd-silent",
        "lmgrd-closes",
        "vendor-silent",
        "vendor-closes-on-accept",
        "vendor-closes-after-hello",
        "vendor-daemon-down",
        "server-busy",
        "referral-unresolvable",
        "referral-unresolvable-and-filtered",
        "referral-wrong-address",
        "referral-ip-literal",
        "checksum-corrupt",
        "name-unresolvable",
        "dynamic-port-643",
        "default-range-scan",
        "triad-second-up",
        "list-second-up",
        "foreign-http",
        "foreign-ssh",
        "slow-5s",
        "name-to-loopback",
        "data-blackhole-vendor",
        "data-blackhole-lmgrd",
        "referral-port-out-of-range",
        "referral-port-zero",
        "referral-unresolvable-and-refused",
        "referral-unresolvable-and-rejected",
        "referral-wrong-address-and-filtered",
        "lmgrd-rejected-icmp",
        "reply-truncated",
        "reply-in-pieces",
        "foreign-tls",
        "vendor-foreign-http",
        "legacy-error-13",
        "legacy-error-18",
        "legacy-error-106",
    ]
)
VERDICTS = frozenset(
    [
        "healthy",
        "name-unresolvable",
        "lmgrd-filtered",
        "lmgrd-refused",
        "lmgrd-rejected",
        "lmgrd-unreachable",
        "lmgrd-denied",
        "lmgrd-silent",
        "lmgrd-closes",
        "lmgrd-payload-lost",
        "lmgrd-garbled",
        "lmgrd-foreign",
        "vendor-daemon-down",
        "lmgrd-error",
        "range-shadowed",
        "referral-invalid",
        "referral-unresolvable",
        "referral-elsewhere",
        "referral-loopback",
        "vendor-filtered",
        "vendor-refused",
        "vendor-rejected",
        "vendor-unreachable",
        "vendor-denied",
        "vendor-silent",
        "vendor-closes",
        "vendor-payload-lost",
        "vendor-garbled",
        "vendor-foreign",
        "vendor-error",
        "inconclusive",
    ]
)
ALL = pytest.mark.parametrize("played", scenarios(), ids=lambda played: played.id)

TEXT = """
title = "t"
story = "s"
where = "loopback"
hints = ["a", "b", "c"]
[expected]
verdict = "healthy"
severity = "ok"
[client]
error = "-5,414"
seconds = 0.3
[[lmgrd]]
faults = [{ kind = "delay", seconds = 5.0 }]
"""


def test_every_captured_failure_has_a_scenario() -> None:
    assert {played.id for played in scenarios()} >= CAPTURED


def test_every_verdict_has_a_scenario_and_no_scenario_a_verdict_that_nobody_knows() -> None:
    assert {played.expected.verdict for played in scenarios()} == VERDICTS, "VERDICTS in this file"


@ALL
def test_the_placeholders_of_a_scenario_can_be_filled_in(played: Scenario) -> None:
    daemons = Daemons.reserve(played.servers, LOOPBACK)
    try:
        texts = (
            played.license_path,
            *played.network.server_rules,
            *played.network.client_rules,
            *played.network.client_policy,
            *(lmgrd.referral_host for lmgrd in played.lmgrds),
        )
        assert all("{" not in daemons.fill(text) for text in texts)
    finally:
        daemons.close()


@ALL
def test_what_only_a_network_can_play_says_so(played: Scenario) -> None:
    rules = (*played.network.server_rules, *played.network.client_rules, *played.network.client_policy)
    ports = [daemon.port for daemon in (*played.lmgrds, *played.vendors) if daemon.port]
    paths = (played.license_path, *(lmgrd.referral_host for lmgrd in played.lmgrds))
    exist = [name for name, answer in played.names.items() if answer is not NameAnswer.NXDOMAIN]
    names = [name for name in exist if any(name in path for path in paths)]
    assert played.where is Where.NETWORK or not (rules or ports or names)


@ALL
def test_a_scenario_tells_a_story(played: Scenario) -> None:
    assert played.title.strip() == played.title
    assert not played.title.endswith(".")
    assert len(played.story.split()) >= 5
    assert all(hint.endswith((".", "?")) for hint in played.hints)


def test_a_file_becomes_a_frozen_value() -> None:
    played = read_scenario("x", TEXT)
    assert (played.id, played.lmgrds[0].faults) == ("x", (Delay(seconds=5.0),))
    with pytest.raises(AttributeError):
        played.title = "other"  # type: ignore[misc]


def test_overall_is_the_severity_unless_it_is_given() -> None:
    played = read_scenario("x", TEXT)
    assert played.overall == "ok"
    other = msgspec.structs.replace(played, expected=msgspec.structs.replace(played.expected, overall="warning"))
    assert other.overall == "warning"


def test_the_vendor_is_the_first_one_or_nobody() -> None:
    played = read_scenario("x", TEXT)
    assert played.vendor == "ibmratl"
    assert msgspec.structs.replace(played, ask=False).vendor == ""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seconds = 5.0 }]", "seconds = 5.0 }]\nfoo = 1", "unknown field `foo` - at `$.lmgrd[0]`"),
        ("seconds = 5.0", "seconds = -5", "seconds must be 0 to 3600 - at `$.lmgrd[0].faults[0]`"),
        ('"delay"', '"dilay"', "'dilay' - at `$.lmgrd[0].faults[0].kind`"),
        ('["a", ', "[", "hints must be 3, not 2"),
        ('error = "-5,414"', 'error = "5"', 'error must look like "-15,570" - at `$.client`'),
        ('error = "-5,414"', "seen = false", "reason must say why the client cannot see it - at `$.client`"),
        ("[[lmgrd]]", '[[lmgrd]]\ndialogue = "error"', "error below 0 belong together - at `$.lmgrd[0]`"),
        ("[[lmgrd]]", "[[lmgrd]]\nport = 65536", "port must be 0 to 65535 - at `$.lmgrd[0]`"),
        ("[[lmgrd]]", "[[lmgrd]]\nreferral_port = 4294967296", "referral_port must fit 32 bits - at `$.lmgrd[0]`"),
        ("[[lmgrd]]", '[[lmgrd]]\nlisten = "ajar"', "'ajar' - at `$.lmgrd[0].listen`"),
        ("[[lmgrd]]", "[[vendor]]\n[[vendor]]\n[[lmgrd]]", "vendor names must differ"),
        ("[[lmgrd]]\n", "lmgrd = []\n[[x]]\n", "unknown field"),
        ('title = "t"', "", "missing required field `title`"),
        ('title = "t"', 'title = "t"\nid = "y"', "the file's name is the id"),
        ('severity = "ok"', 'severity = "fine"', "'fine' - at `$.expected.severity`"),
        ('title = "t"', "title = ", "x.toml"),
    ],
)
def test_a_bad_file_is_named_with_its_field(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(ScenarioError) as caught:
        read_scenario("x", TEXT.replace(old, new, 1))
    assert str(caught.value).startswith("x.toml: ")
    assert said in str(caught.value)


def test_an_unknown_id_gets_a_hint() -> None:
    with pytest.raises(
        UnknownScenario, match=r"no scenario is called 'vendor-filterd'\nHint: near it: vendor-filtered"
    ):
        scenario("vendor-filterd")


def test_an_id_cannot_leave_the_folder_nor_steer_a_terminal() -> None:
    with pytest.raises(UnknownScenario) as caught:
        scenario("../\x1b[31m")
    assert "\x1b" not in str(caught.value)
