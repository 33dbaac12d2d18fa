"""`lmwire idle` on the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import jsonschema
import pytest

from lmwire.cli import idle as module
from lmwire.idle.judging import judge
from lmwire.idle.model import Fate, IdleProbe, IdleResult, Measured
from lmwire.idle.sentences import headline_of, remedies_of, sentences_of
from lmwire.report import Format, render
from lmwire.report.look import Look
from lmwire_mockserver.scenario import Lmgrd, Servers, TextAnswers, Vendor
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock
from tests.cli.running import invoke


@pytest.fixture
def target() -> Iterator[str]:
    with ThreadedMock(AsyncMockServer()) as mock:
        yield mock.mock.target


def result(**fates: Fate) -> IdleResult:
    """Return a result of silences, named like s60."""
    return result_of((float(name[1:]), fate) for name, fate in fates.items())


def result_of(fates: Iterable[tuple[float, Fate]], target: str = "27000@gw\x1b[31m") -> IdleResult:
    probes = tuple(IdleProbe(age=seconds, seconds=seconds, fate=fate) for seconds, fate in fates)
    seen = Measured(probes=probes)
    judged = judge(seen)
    return IdleResult(
        target=target,
        address="10.20.0.9",
        port=27000,
        judged=judged,
        headline=headline_of(judged),
        sentences=sentences_of(judged, seen),
        remedies=remedies_of(judged, "27000@gw"),
        probes=probes,
    )


def test_a_short_measurement_cannot_tell_about_the_heartbeat(target: str) -> None:
    ended = invoke("idle", target, "--ages", "0.1, 0.2")
    assert ended.exit_code == 1
    assert re.search(r"The path remembers a connection for at least 0\.\d+ s of silence\.", ended.stdout)
    assert "this takes up to 0.2 seconds" in ended.stderr


def test_the_json_document_is_as_its_schema_says(target: str) -> None:
    ended = invoke("idle", target, "--up-to", "0.2", "--format", "json")
    made = json.loads(ended.stdout)
    jsonschema.validate(made, json.loads(invoke("schema", "idle").stdout))
    assert made["judged"].pop("survived") >= 0.2
    assert made["judged"] == {
        "outcome": "remembers",
        "forgotten": None,
        "how": None,
        "heartbeat_survives": None,
        "keepalive": None,
        "trouble": "",
    }
    assert [probe["fate"] for probe in made["probes"]] == ["survived"]


@pytest.mark.parametrize(
    ("fates", "status"),
    [
        ({"s120": Fate.SURVIVED, "s150": Fate.SILENT}, 0),
        ({"s600": Fate.SURVIVED}, 0),
        ({"s60": Fate.SURVIVED, "s90": Fate.SILENT}, 1),
        ({"s90": Fate.SURVIVED, "s150": Fate.RESET}, 1),
        ({"s60": Fate.WRONG}, 1),
    ],
)
def test_the_exit_status_is_about_the_heartbeat(
    monkeypatch: pytest.MonkeyPatch, fates: dict[str, Fate], status: int
) -> None:
    monkeypatch.setattr(module.workflows, "measure_idle", lambda *_, **__: result(**fates))
    assert invoke("idle", "27000@gw").exit_code == status


def test_a_license_server_is_refused_and_met_once() -> None:
    servers = Servers(lmgrds=(Lmgrd(text=TextAnswers.REFUSED),), vendors=(Vendor(),))
    with ThreadedMock(AsyncMockServer(servers)) as mock:
        ended = invoke("idle", mock.mock.target, "--ages", "0.1,0.2,0.3")
        (met,) = mock.wait_for_conversations(1)
    assert ended.exit_code == 2
    assert ended.stdout == ""
    assert "is not a gateway or a mock of this lmwire: it answers like a license server, with error -60" in ended.stderr
    assert "`lmwire gateway 27000@licsrv --listen ADDRESS:PORT`" in ended.stderr
    assert met.asked == ("lmwire-idle",)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("27000@gw", "--ages", "0"), "must be above 0 and at most 3600 seconds"),
        (("27000@gw", "--ages", "1,,2"), "must be above 0"),
        (("27000@gw", "--ages", "1,nan"), "must be above 0"),
        (("27000@gw", "--ages", ",".join(map(str, range(1, 40)))), "must be at most 32 numbers of seconds"),
        (("27000@gw", "--up-to", "4000"), "must be above 0 and at most 3600 seconds"),
        (("27000@gw", "--ages", "1", "--up-to", "2"), "--ages and --up-to exclude each other"),
        (("@gw",), "names no port"),
        (("27000@a,27000@b,27000@c",), "names 3 servers"),
        (("27000@gw", "-4", "-6"), "exclude each other"),
        (("1@127.0.0.1", "-6"), "does not resolve"),
        (("1@127.0.0.1",), "cannot connect to 127.0.0.1:1"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], words: str) -> None:
    ended = invoke("idle", *arguments)
    assert ended.exit_code == 2
    assert words in ended.stderr


def test_the_text_names_each_silence_and_what_to_do() -> None:
    shown = render(
        result(s60=Fate.SURVIVED, s90=Fate.SILENT, s96=Fate.SILENT, s600=Fate.NOT_TRIED), Format.TEXT, Look(width=100)
    )
    assert "\x1b" not in shown
    lines = [line.split(maxsplit=3) for line in shown.splitlines()]
    assert ["✔", "60", "s", "the byte came back"] in lines
    assert ["✖", "90", "s", "no answer: the byte was not delivered"] in lines
    assert ["·", "600", "s", "not tried"] in lines
    assert "more than 60 s and at most 90 s" in shown
    assert "`lmwire gateway` at one end of the path sends one every 25 s" in shown.replace("\n     ", " ")


def test_the_page_shows_what_is_printed() -> None:
    page = (Path(__file__).parents[2] / "docs/idle.md").read_text(encoding="utf-8")
    survived = [(float(seconds), Fate.SURVIVED) for seconds in (15, 30, 60)]
    shown = result_of([*survived, (90.0, Fate.SILENT), (95.1, Fate.SILENT)], "27000@10.20.0.9")
    assert f"```\n{render(shown, Format.TEXT)}```\n" in page


def test_no_line_is_wider_than_the_terminal() -> None:
    for width in (20, 40, 80):
        shown = render(result(s60=Fate.SURVIVED, s90=Fate.NOT_RETURNED), Format.TEXT, Look(width=width, unicode=False))
        assert shown.isascii()
        assert all(len(line) <= max(width, 66) for line in shown.splitlines())


@pytest.mark.parametrize("code", ["-16", "-17", "-216"])
def test_the_codes_of_a_license_that_is_lost_later_lead_here(code: str) -> None:
    ended = invoke("explain", code)
    assert "`lmwire idle` measures after how much silence" in " ".join(ended.stdout.split()), ended.stderr
