"""JUnit XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmwire.diagnosis import Report
from lmwire.diagnosis.model import Client
from lmwire.report import Format, Look, render
from lmwire.text import printable
from tests.report.samples import HOSTILE, WALKS, alternatives, hostile, report


def _parsed(made: Report) -> ET.Element:
    return ET.fromstring(render(made, Format.JUNIT, Look()).encode("utf-8"))  # noqa: S314 # our own


@pytest.mark.parametrize("verdict", WALKS)
def test_what_is_critical_or_inconclusive_fails(verdict: str) -> None:
    root = _parsed(report(WALKS[verdict]))
    works = verdict in {"healthy", "referral-elsewhere"}
    [case] = root.iter("testcase")
    assert (case.find("failure") is None) == works
    assert root.get("failures") == ("0" if works else "1")
    if not works:
        failure = case.find("failure")
        assert failure is not None
        assert failure.get("type") == verdict
        assert failure.get("message")


def test_a_list_is_a_testcase_for_each_diagnosis() -> None:
    root = _parsed(alternatives())
    assert [case.get("name") for case in root.iter("testcase")] == ["27000@licsrv ibmratl", "27000@backup ibmratl"]
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    assert {each.get("name"): each.get("value") for each in root.iter("property")} == {
        "overall": "warning",
        "path_from": "IBMRATL_LICENSE_FILE",
        "note": "Also set, but not used: LM_LICENSE_FILE.",
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_well_formed_xml(text: str) -> None:
    [case] = _parsed(report(hostile(text))).iter("testcase")
    assert case.get("name") == f"{printable(text, 200)} {printable(text, 100)}"


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_name_is_well_formed_xml(text: str) -> None:
    [case] = _parsed(report(hostile(text))).iter("testcase")
    assert case.get("name") == f"{printable(text, 200)} {printable(text, 100)}".strip()


def test_who_measured_and_when_are_properties() -> None:
    client = Client(measured="2026-11-24T09:30:00Z", user="an\x1bna", host="ws12", version="0.1.0")
    root = _parsed(msgspec.structs.replace(report(WALKS["healthy"]), client=client))
    found = {each.get("name"): each.get("value") for each in root.iter("property")}
    assert found["measured"] == "2026-11-24T09:30:00Z"
    assert (found["user"], found["host"], found["lmwire"]) == ("an\\x1bna", "ws12", "0.1.0")
    nobody = Client(measured="2026-11-24T09:30:00Z", version="0.1.0")
    root = _parsed(msgspec.structs.replace(report(WALKS["healthy"]), client=nobody))
    assert not {"user", "host"} & {each.get("name") for each in root.iter("property")}
