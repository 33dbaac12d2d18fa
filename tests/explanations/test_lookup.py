"""Pasted dialogs: what is found in them, what it means, and what to run next."""

from __future__ import annotations

import pytest

from lmwire.diagnosis.verdicts import SPECS
from lmwire.errorcodes.codes import Code, error_codes
from lmwire.explanations.code_index import LIKELIEST, VERDICTS, verdicts_for
from lmwire.explanations.known_messages import MESSAGES
from lmwire.explanations.lookup import explain

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
    ("clock-set-back", "System clock has been set back.", -88),
    ("bad-key", "Invalid (inconsistent) license key or signature.", -8),
    ("no-server-line", "No SERVER lines in license file.", -13),
    ("this-host", "Network connect to THIS_HOST failed.", -95),
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


def test_verdicts_name_messages_that_exist_and_have_places_of_their_own() -> None:
    places: dict[str, list[int]] = {}
    for spec in SPECS.values():
        for message, place in spec.said_by.items():
            places.setdefault(message, []).append(place)
    assert set(places) <= {message.id for message in MESSAGES}
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in places.values()), places
    (denied,) = [message for message in MESSAGES if message.id == "illegal-connection"]
    assert denied.verdicts == ("vendor-closes", "vendor-silent", "range-shadowed")


def test_a_sentence_names_verdicts_that_show_its_code() -> None:
    """Except one: the support note of the AppScan wizard says that -96 stands for lmgrd's own port, too."""
    for message in MESSAGES:
        if message.major is not None and message.id != "appscan-validate":
            assert set(message.verdicts) <= set(verdicts_for(Code(message.major))), message.id
