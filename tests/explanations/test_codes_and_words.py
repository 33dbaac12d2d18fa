"""Codes, words and unknown texts: what each comes to, whatever stands around it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.diagnosis import SPECS
from lmwire.diagnosis.measured import measured_codes
from lmwire.errorcodes.codes import Code
from lmwire.explanations.code_index import VERDICTS, verdicts_for
from lmwire.explanations.known_messages import MESSAGES
from lmwire.explanations.lookup import MAX_TEXT, explain
from lmwire.text import printable


@pytest.mark.parametrize("text", ["-16 -97", "-16,-97", "-16, -97", "-16;-97", "-16 and -97", "\u221216 \u221297"])
def test_several_codes_are_all_explained(text: str) -> None:
    assert [str(hit.code) for hit in explain(text).hits] == ["-16", "-97"]


def test_a_code_with_its_minor_is_not_two() -> None:
    assert [str(hit.code) for hit in explain("-15,570 -96,7").hits] == ["-15,570", "-96,7"]


def test_a_number_that_means_nothing_is_not_known() -> None:
    assert [hit.known for hit in explain("-9999").hits] == [False]


def test_a_number_without_sign_is_explained_both_ways() -> None:
    assert [(str(hit.code), hit.network) for hit in explain("7").hits] == [("-7", "yes"), ("7", "no")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-15,570:115", "115 on Linux is EINPROGRESS"),
        ("-15,12:61", "61 on BSD, macOS is ECONNREFUSED"),
        ("-15,10:10061", "10061 on Windows is WSAECONNREFUSED"),
        ("-15,570:4242", "lmwire does not know the system error number 4242"),
    ],
)
def test_system_errors_are_explained_and_may_be_stale(text: str, words: str) -> None:
    (hit,) = explain(text).hits
    assert hit.system[0].startswith(words)
    assert "stale" in hit.system[-1]


def test_a_system_error_without_a_code_is_explained_alone() -> None:
    (hit,) = explain('System Error: 115 "Operation now in progress"').hits
    assert (hit.kind, hit.code, hit.network) == ("system", None, "maybe")
    assert hit.meanings[0].startswith("115 on Linux is EINPROGRESS")


def test_a_system_error_far_from_its_code_stays_alone() -> None:
    explanation = explain("(-15,570) " + "word " * 60 + "System Error: 111")
    assert [(hit.kind, str(hit.code)) for hit in explanation.hits] == [("code", "-15,570"), ("system", "None")]


@pytest.mark.parametrize(
    "text", ["", " \n", "hello", "FlexNet 11.19.6 -1.5 V", "HTTP error 404", "licensing error 404"]
)
def test_nothing_found_says_what_to_paste(text: str) -> None:
    explanation = explain(text)
    assert explanation.hits == ()
    assert explanation.command == ""
    assert "Paste the application's whole message" in explanation.advice


SHOWN = [(verdict, code) for verdict in SPECS for code in measured_codes(verdict)]
VERDICTS_OF = [
    ("-96,7", {"name-unresolvable", "referral-unresolvable"}),
    (
        "-15,570",
        {"lmgrd-refused", "lmgrd-filtered", "lmgrd-rejected", "vendor-refused", "vendor-filtered", "vendor-rejected"}
        | {"referral-elsewhere", "referral-loopback", "referral-invalid"}
        | {"lmgrd-unreachable", "lmgrd-denied", "vendor-unreachable", "vendor-denied"},
    ),
    ("-16,287", {"lmgrd-silent", "vendor-silent", "lmgrd-payload-lost", "vendor-payload-lost"}),
    ("-16,10009", {"lmgrd-closes", "vendor-closes"}),
    ("-59,731", {"lmgrd-garbled", "vendor-garbled"}),
    ("-59,729", {"lmgrd-garbled", "vendor-garbled"}),
    ("-95,378", {"name-unresolvable"}),
    ("-15,29", {"range-shadowed"}),
    ("-5,414", {"healthy"}),
    ("-96,491", {"vendor-filtered", "vendor-refused", "vendor-rejected"}),
    ("-97", {"vendor-daemon-down"}),
    ("-97,121", {"vendor-daemon-down"}),
    ("-97,274", {"vendor-daemon-down"}),
    ("-23,274", {"lmgrd-error"}),
    ("-18,274", {"lmgrd-error"}),
    (
        "-96",
        {
            *("name-unresolvable", "referral-unresolvable", "vendor-filtered", "vendor-refused", "vendor-rejected"),
            *("lmgrd-filtered", "lmgrd-unreachable"),
        },
    ),
    ("-4", set()),
    ("-999,1", set()),
]


@pytest.mark.parametrize(("code", "verdicts"), VERDICTS_OF)
def test_which_verdicts_lead_to_a_code(code: str, verdicts: set[str]) -> None:
    (hit,) = explain(code).hits
    assert set(hit.verdicts) == verdicts


@pytest.mark.parametrize(("verdict", "code"), SHOWN)
def test_every_prediction_leads_back_to_its_verdict(verdict: str, code: str) -> None:
    (hit,) = explain(code).hits
    assert verdict in hit.verdicts


def test_only_verdicts_that_exist_are_named() -> None:
    named = {id_ for ids in VERDICTS.values() for id_ in ids}
    named |= {id_ for message in MESSAGES for id_ in message.verdicts}
    assert named <= set(SPECS)


def test_the_table_of_verdicts_can_be_another_one() -> None:
    table = {"-1,2": ("a",), "-1,3": ("b", "a"), "*,9": ("c",)}
    assert verdicts_for(Code(-1, 2), table) == ("a",)
    assert verdicts_for(Code(-1, 2, 115), table) == ("a",)
    assert verdicts_for(Code(-1), table) == ("a", "b")
    assert verdicts_for(Code(-7, 9), table) == ("c",)
    assert explain("-1,2", verdicts=table).hits[0].verdicts == ("a",)


def shown(text: str) -> str:
    explanation = explain(text)
    parts = [explanation.advice, explanation.command, explanation.vendor, *explanation.servers]
    for hit in explanation.hits:
        parts += [hit.found, hit.name, *hit.meanings, *hit.notes, *hit.system, *hit.sources]
    return " ".join(parts)


def test_nothing_from_the_text_is_shown_raw() -> None:
    text = "error\x1b[31m -96 Unable to validate server '\x1b]0;x\x07', port '27000' 27000@a\x1b[2J \u202e(-15,570)"
    assert "\x1b" not in shown(text)
    assert "\u202e" not in shown(text)


def test_a_command_cannot_be_smuggled_in() -> None:
    assert explain("27000@a;reboot (-15,570)").command == "lmwire diagnose 27000@a"
    assert explain("27000@$(reboot) `x`: UP v1 (-15,570)").command == "lmwire diagnose"


HOSTILE = [
    "-1",
    "-15,570 ",
    "@a",
    "1@a,",
    "a.",
    "a",
    "licens ",
    "error ",
    "flexlm error",
    "(-",
    "-1.1.",
    "a: ",
    "27000@[",
    "x-",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_long_texts_take_bounded_time(unit: str) -> None:
    text = unit * (2 * MAX_TEXT // len(unit))
    started = time.process_time()
    explanation = explain(text)
    assert time.process_time() - started < 5
    assert explanation.truncated
    assert len(explanation.hits) <= 20


PIECES = [
    "-",
    "15",
    ",",
    "570",
    ".",
    ":",
    " ",
    "\n",
    "error",
    "System Error: ",
    "115",
    "FlexNet",
    "licensing ",
    "@",
    "licsrv",
]
PIECES += ["27000", "server", "port", "'", "(", ")", "\x1b", "\u202e", "\u2013", "saltd: UP v1", "[::1]", "99999"]


@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_text_is_explained_without_an_error(text: str) -> None:
    everything = shown(text)
    assert printable(everything).replace("\\\\", "\\") == everything


def test_a_daemon_that_is_down_is_looked_for_in_the_servers_log() -> None:
    explanation = explain("-97")
    assert explanation.network == "no"
    assert "debug log first" in explanation.advice
    assert explanation.command == "lmwire diagnose"


@pytest.mark.parametrize("code", ["-96", "-15", "-16", "-7", "-52"])
def test_codes_of_the_path_stay_suspect(code: str) -> None:
    assert explain(code).network == "yes"


def test_of_an_unknown_code_the_network_is_not_suspected() -> None:
    explanation = explain("-999")
    assert "may be the cause" not in explanation.advice
    assert explanation.command == "lmwire diagnose"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("LM_LICENSE_FILE", "holds the license path"),
        ("lmgrd", "license server manager"),
        ("RLM", "RLM is not FlexNet but another license manager"),
        ("dsls", "DSLS is not FlexNet"),
        ("CodeMeter", "CodeMeter is not FlexNet"),
        ("sentinel", "Sentinel is not FlexNet"),
    ],
)
def test_words_that_people_ask_about(text: str, words: str) -> None:
    explanation = explain(text)
    assert explanation.known
    assert words in explanation.advice
    assert bool(explanation.command) is (text in {"LM_LICENSE_FILE", "lmgrd"})


@pytest.mark.parametrize(
    ("text", "meant"), [("mathwroks", "mathworks"), ("ibmrtal", "ibmratl"), ("Synposys", "synopsys")]
)
def test_a_misspelt_name_is_told_its_neighbour(text: str, meant: str) -> None:
    explanation = explain(text)
    assert not explanation.known
    assert f"`lmwire explain {meant}`" in explanation.advice


def test_the_next_command_has_the_products_own_port() -> None:
    assert explain("doors").command == "lmwire diagnose 19353@licsrv --vendor telelogic"
