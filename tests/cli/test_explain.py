"""`lmwire explain`: codes that look like options, pasted text, standard input."""

from __future__ import annotations

import json

import jsonschema
import pytest

from lmwire.diagnosis import SPECS
from lmwire.errorcodes.codes import error_codes
from lmwire.explanations.code_index import VERDICTS
from lmwire.explanations.lookup import explain
from lmwire.report import Look
from lmwire.report.explanation import SCHEMA, as_text
from tests.cli.running import invoke
from tests.report.samples import HOSTILE

_DIALOG = """
Cannot connect to license server system.
Feature:       ddts
License path:  27000@licsrv:
FlexNet Licensing error:-15,570.  System Error: 115 "Operation now in progress"
"""


@pytest.mark.parametrize("code", ["-96,491", "-96", "-15,570:115", "-15.570.0", "96"])
def test_a_code_is_no_option(code: str) -> None:
    shown = invoke("explain", code)
    assert shown.exit_code == 0
    assert shown.stdout.startswith(f"── {'-' if code[0] != '-' else ''}{code[:2]}")
    assert "lmwire diagnose" in shown.stdout


def test_words_need_no_quotes() -> None:
    shown = invoke("explain", "FlexNet", "Licensing", "error:-97,121", "System", "Error:", "115")
    assert shown.exit_code == 0
    assert "-97,121:115" in shown.stdout
    assert "vendor-daemon-down" in shown.stdout


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_a_dialog_comes_from_standard_input(arguments: tuple[str, ...]) -> None:
    shown = invoke("explain", *arguments, given=_DIALOG)
    assert shown.exit_code == 0
    assert "-15,570:115" in shown.stdout
    assert shown.stdout.endswith("\n\n  lmwire diagnose 27000@licsrv\n")


def test_json() -> None:
    document = json.loads(invoke("explain", "-96,491", "--format", "json").stdout)
    assert document["schema"] == SCHEMA == "lmwire.explanation/1"
    assert document["hits"][0]["code"] == {"major": -96, "minor": 491, "system": None}
    assert "vendor-filtered" in document["hits"][0]["verdicts"]


@pytest.mark.parametrize("text", ["-96,491:10060", "vendor-filtered", "ibmratl", "the coffee machine is broken"])
def test_each_kind_of_explanation_fits_the_schema(text: str) -> None:
    schema = json.loads(invoke("schema", "explanation").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(invoke("explain", "-f", "json", text).stdout))


def test_nothing_found_is_status_1() -> None:
    shown = invoke("explain", given="the coffee machine is broken")
    assert shown.exit_code == 1
    assert "no FlexNet error code" in shown.stdout


def test_binary_input_is_read_as_well_as_it_can_be() -> None:
    shown = invoke("explain", given=b"\x00\x1b[31m\xff FLEXlm error -96 \x07")
    assert shown.exit_code == 0
    assert "-96" in shown.stdout
    assert "\x1b" not in shown.stdout


def test_a_verdict_says_when_it_is_given_and_what_the_application_shows() -> None:
    shown = invoke("explain", "vendor-filtered")
    assert shown.exit_code == 0
    assert SPECS["vendor-filtered"].meaning.partition(",")[0] in shown.stdout
    assert "-15,570    after 30 s  FlexNet 11.16 to 11.19, Linux, measured" in shown.stdout
    document = json.loads(invoke("explain", "vendor-filtered", "--format", "json").stdout)
    assert document["verdict"]["application_shows"][0]["code"] == "-15,570"


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_escaped_and_folded(text: str, width: int) -> None:
    shown = as_text(explain(f"server name: {text} error -96,491 {text}"), Look(width=width))
    assert all(len(line) <= width or "`" in line or line.startswith("  lmwire ") for line in shown.splitlines())
    assert not any(ord(character) < 32 and character != "\n" for character in shown)


@pytest.mark.parametrize("code", sorted(set(map(str, error_codes())) | set(VERDICTS) - {"*,274"}))
def test_every_known_code_has_a_text_at_every_width(code: str) -> None:
    found = explain(code)
    assert {verdict for hit in found.hits for verdict in hit.verdicts} <= set(SPECS)
    for width in (40, 80):
        shown = as_text(found, Look(width=width))
        assert code in shown
        assert all(len(line) <= width or "`" in line or line.startswith("  lmwire ") for line in shown.splitlines())


def test_options_of_one_letter_are_options() -> None:
    assert invoke("explain", "-h").stdout == invoke("explain", "--help").stdout
    assert json.loads(invoke("explain", "-f", "json", "-96").stdout)["hits"]


def test_an_unknown_code_is_status_1() -> None:
    assert invoke("explain", "-9999").exit_code == 1


def test_a_vendor_daemon_is_explained_with_its_own_console() -> None:
    shown = invoke("explain", "ibmratl")
    assert shown.exit_code == 0
    assert "Rational License Key Server" in shown.stdout
    assert "RATIONAL_LICENSE_FILE (unverified)" in shown.stdout
    assert "Settings > Server Ports" in shown.stdout
    assert 'Restart the Windows service "FLEXlm License Manager".' in shown.stdout
    assert shown.stdout.endswith("\n\n  lmwire diagnose 27000@licsrv --vendor ibmratl\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("matlab", "MLM_LICENSE_FILE"),
        ("SW_D", "25734 (unverified)"),
        ("xilinxd", "public reports; its vendor's documents were not seen"),
        ("mosek", "MOSEKLM_LICENSE_FILE (by FlexNet's rule)"),
        ("License Key Server", "── rational"),
        ("QAC", "not FlexNet but RLM"),
        ("QAC", "FlexNet does not license this product"),
    ],
)
def test_products_are_explained_with_what_is_known_and_on_what_it_rests(text: str, words: str) -> None:
    shown = invoke("explain", text)
    assert shown.exit_code == 0
    assert words in shown.stdout


def test_what_is_not_flexnet_is_not_to_be_diagnosed() -> None:
    assert "lmwire diagnose" not in invoke("explain", "QAC").stdout


def test_a_code_counts_for_more_than_a_name() -> None:
    document = json.loads(invoke("explain", "Vendor daemon: ibmratl error -96,491", "-f", "json").stdout)
    assert document["products"] == []
    assert document["vendor"] == "ibmratl"


def test_json_of_a_product() -> None:
    document = json.loads(invoke("explain", "ibmratl", "--format", "json").stdout)
    (product,) = document["products"]
    assert product["daemons"] == ["ibmratl"]
    assert product["vendor_ports"] == [{"first": 27001, "last": 27009, "basis": "vendor"}]
    assert "{port}" not in json.dumps(document)
    assert document["hits"] == []


def test_what_is_no_text_is_refused() -> None:
    shown = invoke("explain", given=bytes(range(256)) + b"27000@licsrv")
    assert shown.exit_code == 2
    assert "standard input is not text" in shown.stderr
    assert shown.stdout == ""


def test_text_as_powershell_redirects_it_is_read() -> None:
    assert "-96" in invoke("explain", given="error -96".encode("utf-16")).stdout


def test_an_unknown_code_is_headed_so() -> None:
    assert invoke("explain", "-999").stdout.splitlines()[0].endswith("not known ──")
    assert "not the network" in invoke("explain", "-97").stdout.splitlines()[0]


def test_a_question_ends_with_its_mark() -> None:
    assert "`lmwire explain mathworks`?\n" in invoke("explain", "mathwroks").stdout
