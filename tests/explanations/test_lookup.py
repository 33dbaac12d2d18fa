"""Pasted dialogs: what is found in them, what it means, and what to run next."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.diagnosis import SPECS
from lmwire.diagnosis.measured import measured_codes
from lmwire.errorcodes.codes import Code, error_codes
from lmwire.explanations.code_index import LIKELIEST, VERDICTS, verdicts_for
from lmwire.explanations.known_messages import MESSAGES
from lmwire.explanations.lookup import MAX_TEXT, explain
from lmwire.text import printable

MATLAB = """\
License checkout failed.
License Manager Error -15
MATLAB is unable to connect to the license server.
Check that the license manager has been started, and that the MATLAB client machine can communicate
with the license server.

Diagnostic Information:
Feature: MATLAB
License path: 27000@licsrv.example.org:/opt/matlab/licenses/license.dat
Licensing error: -15,570. System Error: 115
"""
ANSYS = """\
ANSYS LICENSE MANAGER ERROR:
Cannot connect to license server system.
 The license server manager (lmgrd) has not been started yet,
 the wrong port@host or license file is being used, or the
 port or hostname in the license file has been changed.
Feature:       cfd_solve_level2
Server name:   192.0.2.76
License path:  1055@srv.win.example.com;
FlexNet Licensing error:-15,10032
"""
LMSTAT_SILENT = """\
lmutil - Copyright (c) 1989-2020 Flexera. All Rights Reserved.
Flexible License Manager status on Tue 11/11/2025 16:03

Error getting status: Cannot read data from license server system. (-16,287)
"""
LMSTAT_DAEMON = """\
License server status: 29000@licsrv
    License file(s) on licsrv: /opt/licenses/license.dat:

    licsrv: license server UP (MASTER) v11.16.2

Vendor daemon status (on licsrv):
     saltd: No socket connection to license server manager. (-7,10015)
"""
CONTAINER = """\
License Manager Error -96
License path: 27000@licsrv:
FlexNet Licensing error:-96,7.  System Error: 2 "No such file or directory"
"""
IBM = "CRVAP0001E Unable to validate server 'rational.example.com', port '27000'."
IBM_WRAPPED = "Unable to validate server\n   'rational.example.com',\n   port\n '27000'"
RATIONAL = "FLEXlm error -96: License server machine is down or not\nresponding."
DENIED = '10:00:01 (ansyslmd) DENIED: "f" u@h  (Licensed number of users already reached. (-4,342:10054))'

# name, text, codes found, network, command
DIALOGS = [
    ("MATLAB", MATLAB, ["-15,570:115"], "yes", "lmwire diagnose 27000@licsrv.example.org"),
    ("Ansys", ANSYS, ["-15,10032"], "yes", "lmwire diagnose 1055@srv.win.example.com"),
    ("lmstat, silent", LMSTAT_SILENT, ["-16,287"], "yes", "lmwire diagnose"),
    ("lmstat, daemon", LMSTAT_DAEMON, ["-7,10015"], "yes", "lmwire diagnose 29000@licsrv --vendor saltd"),
    ("container", CONTAINER, ["-96,7:2"], "yes", "lmwire diagnose 27000@licsrv"),
    ("support note", IBM, [], "yes", "lmwire diagnose 27000@rational.example.com"),
    ("support note, wrapped", IBM_WRAPPED, [], "yes", "lmwire diagnose 27000@rational.example.com"),
    ("Rational", RATIONAL, ["-96"], "yes", "lmwire diagnose"),
    ("server log", DENIED, ["-4,342:10054"], "no", "lmwire diagnose"),
    ("Kubernetes", "[error] checkout() failed-39", ["-39"], "no", "lmwire diagnose"),
    ("Autodesk", "The error code is -15.570.0.", ["-15,570"], "yes", "lmwire diagnose"),
    ("no minus", "FLEXlm Licensing error 96", ["-96"], "yes", "lmwire diagnose"),
    ("dash of a word processor", "FlexNet error \u201396,491", ["-96,491"], "yes", "lmwire diagnose"),
    ("IPv6", "(-15,570) 27000@[2001:db8::7]", ["-15,570"], "yes", "lmwire diagnose '27000@[2001:db8::7]'"),
    ("list", "path: 1@a:2@b;@c 1@a (-15,570)", ["-15,570"], "yes", "lmwire diagnose 1@a 2@b @c"),
    ("triad", "1@a,2@b,3@c (-15,570)", ["-15,570"], "yes", "lmwire diagnose 1@a,2@b,3@c"),
    ("mail address", "(-15,570) from me@example.com 99999@x", ["-15,570"], "yes", "lmwire diagnose"),
    ("server name", "Server name: licsrv (-15,570)", ["-15,570"], "yes", "lmwire diagnose @licsrv"),
    ("two codes", "(-5,147) then (-15,570:10061)", ["-5,147", "-15,570:10061"], "yes", "lmwire diagnose"),
    ("twice the same", "(-15,570)\n(-15,570)\n-15,570. System Error: 111", ["-15,570:111"], "yes", "lmwire diagnose"),
    ("unknown", "FLEXnet error -999,3", ["-999,3"], "maybe", "lmwire diagnose"),
]


@pytest.mark.parametrize(
    ("text", "codes", "network", "command"), [case[1:] for case in DIALOGS], ids=[case[0] for case in DIALOGS]
)
def test_dialogs(text: str, codes: list[str], network: str, command: str) -> None:
    explanation = explain(text)
    assert [str(hit.code) for hit in explanation.hits if hit.kind == "code"] == codes
    assert explanation.network == network
    assert explanation.command == command
    assert explanation.hits
    assert all(hit.meanings for hit in explanation.hits)


SENTENCES = [
    ("appscan-validate", IBM, -96),
    ("appscan-validate", "Unable to validate server", -96),
    ("appscan-validate", "unable to validate the license server.", -96),
    ("machine-down", "License server machine is down or not responding", -96),
    ("machine-down", "server node is down or not responding", -96),
    ("daemon-no-socket", "saltd: No socket connection to license server manager.", -7),
    ("vendor-down", "The desired vendor daemon is down", -97),
    ("cannot-connect", "Cannot connect to license server system.", -15),
    ("unable-to-connect", "Unable to connect to the license server", -15),
    ("matlab-connect", "MATLAB is unable to connect to the license server.", -15),
    ("ansys-connect", "Could not connect to any license server.", -15),
    ("lmgrd-not-running", "lmgrd is not running", -15),
    ("cannot-read", "Cannot read data from license server system.", -16),
    ("cannot-write", "Cannot write data to license server", -17),
    ("no-answer", "Vendor daemon did not respond within timeout interval", -52),
    ("bad-data", "Invalid returned data from license server system", -12),
    ("bad-host", "Cannot find SERVER hostname in network database", -14),
    ("checksum", "message checksum failure", -59),
    ("this-host", "Failed to connect to 'this_host'", -95),
    ("no-license-file", "license manager: can't initialize:Cannot find license file.", -1),
    ("no-feature", "No such feature exists.", -5),
    ("no-feature", "Request name cfd does not exist in the licensing pool.", -5),
    ("unsupported-feature", "License server system does not support this feature.", -18),
    ("all-taken", "Licensed number of users already reached.", -4),
    ("wrong-host", "Invalid host.", -9),
    ("expired", "Feature has expired.", -10),
    ("illegal-connection", "Illegal connection request to snpslmd", None),
    ("daemon-exited", "10:00 (lmgrd) MLM exited with status 2 signal = 17", -97),
    ("port-in-use", "The TCP port number in the license, 27000, is already in use.", None),
    ("newer-client", "Request denied: Client (11.15) newer than Vendor Daemon (11.13).", -83),
]


@pytest.mark.parametrize(("id_", "text", "major"), SENTENCES, ids=[f"{case[0]} {case[1][:20]}" for case in SENTENCES])
def test_known_sentences(id_: str, text: str, major: int | None) -> None:
    (message,) = [message for message in MESSAGES if message.id == id_]
    assert message.pattern.search(text)
    (hit,) = explain(text).hits
    assert hit.kind == "message"
    assert hit.code == (None if major is None else Code(major))
    assert hit.meanings
    assert hit.network in {"yes", "no", "maybe"}


def test_every_sentence_is_tried_here() -> None:
    assert {message.id for message in MESSAGES} == {id_ for id_, _, _ in SENTENCES}


def test_a_sentence_does_not_repeat_its_code() -> None:
    (hit,) = explain(LMSTAT_SILENT).hits
    assert (hit.kind, hit.code) == ("code", Code(-16, 287))


def test_the_support_note_leads_to_the_vendor_port() -> None:
    (hit,) = explain(IBM).hits
    assert hit.verdicts[0] == "vendor-filtered"
    assert "ibmratl" in hit.meanings[0]


@pytest.mark.parametrize(
    ("text", "servers"),
    [
        (IBM, ("27000@rational.example.com",)),
        ("Unable to validate server lks01 on port 27000", ("27000@lks01",)),
        ("Unable to validate server 'lks01'", ("@lks01",)),
        ("Unable to validate server 'lks01' (27000@lks01)", ("27000@lks01",)),
        ("Unable to validate server because it is down", ()),
        ("Unable to validate server", ()),
    ],
)
def test_the_support_note_names_the_server_as_far_as_it_does(text: str, servers: tuple[str, ...]) -> None:
    explanation = explain(text)
    assert explanation.servers == servers
    assert [hit.code for hit in explanation.hits] == [Code(-96)]


@pytest.mark.parametrize("text", [IBM, "Unable to validate server 'lks01', port '27000'", IBM_WRAPPED])
def test_a_quotation_is_closed(text: str) -> None:
    (hit,) = explain(text).hits
    assert hit.found.count("'") == 4


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("-15,570", ("vendor-filtered", "vendor-refused", "lmgrd-refused", "lmgrd-filtered")),
        ("-15", ("vendor-filtered", "vendor-refused", "lmgrd-refused")),
        ("-96", ("vendor-filtered", "vendor-refused", "vendor-rejected", "name-unresolvable")),
        ("-96,7", ("name-unresolvable", "referral-unresolvable")),
        ("-16,287", ("vendor-silent", "lmgrd-silent")),
        ("-7,10015", ("vendor-closes", "vendor-filtered")),
        ("-52", ("vendor-silent", "vendor-filtered")),
    ],
)
def test_the_likeliest_verdict_is_named_first(code: str, first: tuple[str, ...]) -> None:
    (hit,) = explain(code).hits
    assert hit.verdicts[: len(first)] == first


def test_every_verdict_that_shows_a_code_has_its_place_in_the_order() -> None:
    assert {verdict for verdicts in VERDICTS.values() for verdict in verdicts} <= set(LIKELIEST)
    assert len(set(LIKELIEST)) == len(LIKELIEST)


def test_the_codes_meaning_comes_before_the_majors() -> None:
    (hit,) = explain("-96,491").hits
    assert "vendor daemon's port is blocked" in hit.meanings[0]
    assert hit.meanings[-1] == f"-96 in general: {error_codes()[-96].meaning}"
    assert any("swg21324011" in source for source in hit.sources)
    assert hit.found == "-96,491"


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
