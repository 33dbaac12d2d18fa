"""How it is told: every way has its words, nothing is shown raw, and no line is too wide."""

from __future__ import annotations

import json
import shlex

import jsonschema
import pytest

from lmwire.cli.locate import locate
from lmwire.diagnosis import diagnose
from lmwire.evidence import Evidence
from lmwire.hops.judging import judge
from lmwire.hops.model import Trace, Way
from lmwire.hops.result import Aim, Located, Location
from lmwire.hops.trace_sentences import tell
from lmwire.report import Look
from lmwire.report.json import schema_of, schema_text
from lmwire.report.location import as_json, as_markdown, as_text
from tests.evidence_maker import evidence, lmgrd, vendor, walk
from tests.hops.paths import SERVER, path
from tests.hops.test_judging import CASES

_HOSTILE = "27000@\x1b[31m`| <b>\u202e"


def located(trace: Trace, name: str = "ibmratl") -> Located:
    judged = judge(trace)
    aim = Aim(address=trace.address, port=trace.port, control=trace.control, vendor=name)
    return Located(aim=aim, trace=trace, judged=judged, told=tell(trace, judged))


def location(*traces: Trace, target: str = "27000@licsrv", name: str = "ibmratl") -> Location:
    return Location.of(target, tuple(located(trace, name) for trace in traces))


@pytest.mark.parametrize("name", CASES)
def test_every_case_is_told_in_every_form(name: str) -> None:
    shown = location(CASES[name][0])
    told = shown.paths[0].told
    for width in (40, 80):
        lines = as_text(shown, Look(width=width)).splitlines()
        assert max(len(line) for line in lines if "`" not in line) <= width
    document = json.loads(as_json(shown))
    jsonschema.validate(document, json.loads(schema_text(schema_of(Location, "lmwire.location/1", "lmwire location"))))
    assert document["schema"] == "lmwire.location/1"
    assert document["paths"][0]["told"]["headline"] == told.headline
    assert document["blocked"] is (shown.paths[0].judged.way is not Way.OPEN)
    assert "None" not in told.headline + told.cause + told.sureness
    assert "hop 0" not in told.headline + told.cause + told.sureness
    assert told.headline.endswith(".")
    assert bool(told.remedies) or shown.paths[0].judged.way is Way.OPEN or not shown.paths[0].judged.suspects


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dropped between two", "between hop 2 (192.0.2.2) and hop 3 (192.0.2.3)"),
        ("dropped at the end", "behind hop 2: by that router when it forwards, at the server, or on the return path"),
        ("accepted before the server", "accepted at hop 1, which does not answer, not by the server"),
        ("dropped before the first hop, by whom is not known", "before the first hop"),
        ("dropped before the first hop, and it left", "before the first hop"),
        ("dropped by this machine", "by this machine itself, before the first hop"),
        ("denied", "before the first hop"),
        ("two hide, and it is lost among them", "between hop 1 (192.0.2.1) and hop 4 (192.0.2.4)"),
        ("rejected by the server", "at the server"),
        ("rejected by a router that hides", "rejected by hop 2 (192.0.2.77)"),
        ("reset by the server", "at the server itself"),
        ("reset in the server's name by the last router", "by hop 2 (192.0.2.2), when forwarding, not by the server"),
        ("nothing to compare with", "no working port to compare with"),
    ],
)
def test_the_headline_names_the_place(name: str, words: str) -> None:
    assert words in located(CASES[name][0]).told.headline


@pytest.mark.parametrize(
    ("trace", "words"),
    [
        (path("A/A", "A/h2", "A/A"), "NAT forwards them to two machines"),
        (path("A/.", "h/h", "A/A"), "accepts only some connects"),
        (path("A/.", "h/h", "h/h7", "A/."), "different routers at hop 2"),
        (path("A/R", "h/h", "hs/R", "hs/R", "A/R"), "Hop 2 has the address 192.0.2.99 and forwards packets"),
        (path("A/.", "h/h", complete=False), "Time ran out"),
        (path("A/.", "h/h"), "raise `--max-hops`"),
    ],
)
def test_what_else_is_worth_knowing(trace: Trace, words: str) -> None:
    assert any(words in note for note in located(trace).told.notes)


@pytest.mark.parametrize("fate", ["R", "xs", "."])
def test_a_nat_is_told_to_forward_the_port(fate: str) -> None:
    told = located(path(f"A/{fate}", "h/h", f"hs/{fate}", f"hs/{fate}", f"A/{fate}")).told
    assert told.remedies[0] == (
        "On hop 2 (192.0.2.99), a NAT, forward TCP 27001 to the license server like TCP 27000. Use the same port "
        "number outside and inside."
    )


def test_a_nat_that_forwards_the_port_is_not_told_to() -> None:
    told = located(path("A/.", "h/h", "hs/hs", "hs/hs", "A/.")).told
    assert not any("NAT" in remedy for remedy in told.remedies)


@pytest.mark.parametrize("name", ["reset by the server", "reset in the server's name by the last router"])
def test_where_the_server_may_reset_its_daemon_is_looked_at_first(name: str) -> None:
    told = located(CASES[name][0]).told
    assert told.remedies[0].startswith("On the server, check that the daemon listens on TCP 27001: ")
    assert told.remedies[1].startswith("Allow TCP 27001 ")


@pytest.mark.parametrize("ports", ["n1/n1", "-/n1"])
def test_a_router_without_a_route_is_not_said_to_have_a_rule(ports: str) -> None:
    told = located(path(ports, ports)).told
    assert told.headline == "TCP 27001 stops at hop 1 (192.0.2.1): ICMP network unreachable, sent by 192.0.2.1."
    assert "its route is missing" in told.cause
    assert told.remedies == ("Check the address 192.0.2.99. On hop 1 (192.0.2.1), check the route to it.",)


def test_a_rule_may_say_so_as_well_where_the_other_port_gets_through() -> None:
    told = located(path("A/n2", "h/h", "h/n2", "A/n2")).told
    assert told.cause == "A rule on 192.0.2.2 rejects it, but not TCP 27000."


@pytest.mark.parametrize(
    ("hop", "name"), [("n1/n1", "(rejects)"), ("U/U", "(not reached)"), ("./R", "(resets)"), ("./.", "(no answer)")]
)
def test_a_hop_without_a_name_is_told_by_what_it_does(hop: str, name: str) -> None:
    assert name in as_text(location(path("./.", hop, "./.")), Look())


def test_ports_that_take_different_routers_make_it_less_sure() -> None:
    assert "Less sure than usual" in located(path("A/.", "h/h", "h/h7", "h/.", "A/.")).told.sureness


def test_a_single_place_that_is_likely_has_no_other() -> None:
    assert located(CASES["dropped before the first hop, and it left"][0]).told.sureness == (
        "Likely: hop 1 (192.0.2.1), when receiving."
    )


def test_what_the_user_typed_is_escaped() -> None:
    shown = location(path("A/.", "h/.", "A/."), target=_HOSTILE, name="\x1b]0;x\x07|`")
    again = ["lmwire", "locate", _HOSTILE]
    for text in (as_text(shown, Look()), as_markdown(shown, again), as_json(shown)):
        assert "\x1b" not in text
        assert "\x07" not in text
        assert "\u202e" not in text
    empty = Location.of(_HOSTILE, (), reason="nothing")
    assert "\x1b" not in as_text(empty, Look()) + as_markdown(empty, again)


def test_the_ticket_has_the_path_as_a_table_and_marks_where_the_ports_part() -> None:
    shown = as_markdown(location(path("A/.", "h/h", "h/.", "A/.")), ["lmwire", "locate", "27000@licsrv"])
    assert "| 2 | `192.0.2.2` | forwarded | **no answer** |" in shown
    assert f"| 3 | `{SERVER}` | accepts | no answer |" in shown
    assert "```sh\nlmwire locate 27000@licsrv\n```" in shown


@pytest.mark.parametrize(
    ("seen", "suggested"),
    [
        (walk(vendor("filtered")), True),
        (walk(vendor("refused")), True),
        (walk(vendor("filtered"), limits=("this system does not tell",)), False),
        (walk(vendor("filtered"), source="capture"), False),
        (walk(vendor("filtered", address="127.0.0.1"), named=("127.0.0.1",)), False),
        (walk(vendor("filtered", address="192.0.2.10"), named=("192.0.2.10",)), False),  # our own address
        (walk(vendor("rejected")), False),  # the sender has named itself
        (walk(vendor("silent")), False),
        (walk(vendor("lost")), False),
        (walk(vendor()), False),
        (evidence(lmgrd("filtered")), False),
    ],
)
def test_a_diagnosis_suggests_it_where_it_would_help(seen: Evidence, suggested: bool) -> None:  # a table
    remedies = [text for text in diagnose(seen).verdict.remedies if "lmwire locate" in text]
    assert bool(remedies) is suggested
    for text in remedies:
        words = shlex.split(text.split("`")[1])
        assert words == ["lmwire", "locate", "27000@licsrv", "--vendor", "ibmratl"]
        with locate.make_context("locate", words[2:]) as context:
            assert context.params["target"] == "27000@licsrv"
