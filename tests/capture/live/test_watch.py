"""`lmwire capture watch`: a line for each story, soon after it is over."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterable

import pytest

from lmwire.capture.live.live_analysis import Stories
from lmwire.capture.live.source import LivePacket
from lmwire.diagnosis import diagnose
from lmwire.netns import Namespace
from lmwire_mockserver.scenario import scenario
from lmwire_mockserver.scenario_network import ScenarioNetwork
from tests.capture.listening import diagnosed, listening, stopped
from tests.capture.wire import CLIENT, Packet, Talk, hello_answer, lookup, referral
from tests.cli.running import COMMAND, clean

RAW_IP = 101


_SENTENCE = 6
"""Lines that the sentence below a story has at most."""


@pytest.mark.network
@pytest.mark.parametrize(
    ("name", "code"), [("vendor-filtered", "-15,570"), ("vendor-rejected-icmp", "-15,570"), ("healthy", "")]
)
def test_a_line_comes_by_itself_soon_after(name: str, code: str) -> None:
    played = scenario(name)
    with ScenarioNetwork(played) as stage, listening(stage.client.popen, "watch") as watcher:
        # Less patience than usual: the watcher waits as long again.
        diagnosed(stage.client, stage.license_path, "--vendor", played.vendor, "--timeout", "1.5")
        began = time.monotonic()
        assert watcher.stdout is not None
        line = watcher.stdout.readline()
        assert time.monotonic() - began < 12
        more: list[str] = []
        for _ in range(_SENTENCE):  # below it, wrapped
            if not code or f"shows {code} (" in " ".join("".join(more).split()):
                break
            more.append(watcher.stdout.readline())
        status, _, _ = stopped(watcher)
    assert status == 0
    out = "".join(more)
    assert all(len(each) <= 80 and each.startswith(" " * 9) for each in out.splitlines())
    assert f" 192.0.2.10 {stage.license_path} {played.vendor} {played.expected.verdict}" in line
    assert (f"The application shows {code} (" in " ".join(out.split())) == bool(code)
    assert "\x1b" not in line


@pytest.mark.network
def test_json_is_a_line_each_and_what_is_under_way_at_the_end_is_told() -> None:
    played = scenario("vendor-refused")
    with ScenarioNetwork(played) as stage, listening(stage.client.popen, "watch", "--format", "json") as watcher:
        diagnosed(stage.client, stage.license_path, "--vendor", played.vendor)
        status, out, _ = stopped(watcher)
    told = json.loads(out)
    assert status == 0
    assert (told["client"], told["verdict"], told["severity"]) == (CLIENT, "vendor-refused", "critical")
    assert told["first"] <= told["last"]
    assert told["application_shows"][0]["code"] == "-15,570"


@pytest.mark.network
def test_a_terminal_shows_progress_and_standard_output_has_the_lines_only() -> None:
    own, theirs = pty.openpty()
    with ScenarioNetwork(scenario("vendor-refused")) as stage, open(own, "rb", buffering=0) as screen:  # noqa: PTH123 # no path
        command = [*COMMAND, "capture", "watch", "--format", "json"]
        env = clean(TERM="xterm", COLUMNS="100")
        watcher = stage.client.popen(command, stdout=subprocess.PIPE, stderr=theirs, env=env)
        os.close(theirs)
        shown = screen.read(1000)
        while b" packets seen" not in shown:
            shown += screen.read(1000)
        diagnosed(stage.client, stage.license_path)
        assert watcher.stdout is not None
        line = watcher.stdout.readline()
        watcher.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # that nobody writes there any more
            while piece := screen.read(1000):
                shown += piece
        assert watcher.wait(30) == 0
    assert json.loads(line)["verdict"] == "vendor-refused"
    assert b"clients not done" in shown


@pytest.mark.network
def test_clients_that_were_not_asked_for_are_left_out() -> None:
    with (
        ScenarioNetwork(scenario("healthy")) as stage,
        listening(stage.client.popen, "watch", "--client", "192.0.2.77") as watcher,
    ):
        diagnosed(stage.client, stage.license_path)
        assert stopped(watcher)[:2] == (0, "")


@pytest.mark.network
def test_an_interface_on_which_nothing_goes_by_is_told() -> None:
    with Namespace("alone") as alone, listening(alone.popen, "watch", "-i", "lo", "--for", "0.1") as watcher:
        out, err = watcher.communicate(timeout=30)
    assert (watcher.returncode, out) == (0, "")
    assert err == "lmwire: no packet seen on lo; to listen on all interfaces: -i any\n"


def fed(stories: Stories, packets: Iterable[Packet]) -> Stories:
    stories.take(LivePacket(round(when * 1e9), RAW_IP, data, len(data), "eth0") for when, data in packets)
    return stories


def verdicts(stories: Stories, now: float) -> list[str]:
    return [diagnose(case.evidence).verdict.id for case in stories.over(now)]


def lmgrd() -> Talk:
    return Talk().connect().ask().answer(referral("licsrv", 27001)).close()


def test_a_story_is_told_once_and_when_the_client_is_quiet() -> None:
    first = lmgrd()
    vendor = Talk(port=27001, when=first.when, client_port=40001).connect().ask().answer(hello_answer()).close()
    stories = fed(Stories(), [*first.packets, *vendor.packets])
    assert verdicts(stories, vendor.when + 1) == []
    assert stories.under_way == 1
    assert verdicts(stories, vendor.when + 4) == ["healthy"]
    assert stories.under_way == 0
    assert verdicts(stories, vendor.when + 400) == []


def test_a_filtered_port_waits_for_the_next_try() -> None:
    first = lmgrd()
    vendor = Talk(port=27001, when=first.when, client_port=40001).syn(3)  # at 0, 1 and 2 s
    stories = fed(Stories(), [*first.packets, *vendor.packets])
    assert verdicts(stories, vendor.when + 4) == []
    assert verdicts(stories, vendor.when + 7) == ["vendor-filtered"]


def test_a_client_that_looks_up_where_it_was_referred_to_is_waited_for() -> None:
    first = lmgrd()
    late = first.when + 20
    vendor = Talk(port=27001, when=late + 1, client_port=40001).syn()
    vendor.refuse()
    stories = fed(Stories(), first.packets)
    assert verdicts(stories, late) == []
    fed(stories, [*lookup(late, "licsrv", "192.0.2.20"), *vendor.packets])
    assert verdicts(stories, vendor.when + 4) == ["vendor-refused"]


def test_a_client_never_referred_on_is_told_in_the_end() -> None:
    stories = fed(Stories(), lmgrd().packets)
    assert verdicts(stories, 1010.0) == []
    assert verdicts(stories, 1040.0) == ["inconclusive"]


def test_another_client_is_not_waited_for() -> None:
    done = Talk().syn()
    done.refuse()
    open_ = Talk(client="192.0.2.11", client_port=40002).connect().ask()
    stories = fed(Stories(), [*done.packets, *open_.packets])
    assert [case.client for case in stories.over(1005.0)] == [CLIENT]
    assert [case.client for case in stories.over(1100.0)] == ["192.0.2.11"]
