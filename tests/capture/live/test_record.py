"""`lmwire capture record`: what is recorded tells the same story as the probe told, and holds nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from lmwire.capture import analyze
from lmwire.diagnosis import Diagnosis, diagnose
from lmwire.netns import Network
from lmwire_mockserver.addresses import SERVER_ADDRESSES
from lmwire_mockserver.scenario import scenario
from lmwire_mockserver.scenario_network import ScenarioNetwork
from tests.capture.listening import NOISE, analyzed, diagnosed, listening, noise, start_here, stopped, tshark, until
from tests.cli.running import COMMAND, clean

pytestmark = pytest.mark.network

SCENARIOS = (
    "dynamic-port-643",
    "default-range-scan",
    "ipv6-dead-first",
    "name-to-loopback-and-filtered",
    "referral-unresolvable-and-refused",
    "referral-wrong-address-and-filtered",
    "triad-second-up",
    "vendor-filtered",
    "vendor-rejected-icmp",
)
WHAT = ("-T", "fields", "-e", "tcp.port", "-e", "udp.port", "-e", "dns.qry.name")


def verdicts(diagnoses: Iterable[Diagnosis]) -> set[str]:
    return {diagnosis.verdict.id for diagnosis in diagnoses}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_recording_tells_what_the_probe_told(name: str, tmp_path: Path) -> None:
    played = scenario(name)
    aimed, any_ = tmp_path / "aimed.pcapng", tmp_path / "any.pcapng"
    with ScenarioNetwork(played) as stage:
        popen = stage.client.popen
        with (
            listening(popen, "record", "-o", str(aimed), stage.license_path) as first,
            listening(popen, "record", "-i", "any", "-o", str(any_)) as second,
            noise(stage.client, stage.server, SERVER_ADDRESSES[0]) as made,
        ):
            # As long as three SYNs take, which tell a capture that nothing answers.
            live = diagnosed(stage.client, stage.license_path, "--vendor", played.vendor, "--timeout", "3.2")
            ends = [stopped(process) for process in (first, second)]
    wanted = live | (set(played.expected.each) or {played.expected.verdict})
    for file, (status, out, err) in zip((aimed, any_), ends, strict=True):
        assert (status, out) == (0, "")
        assert f"Next: lmwire capture analyze {file}" in err
        assert "the system dropped" not in err
        assert told(file) >= wanted
        assert not [word for word in NOISE if word in file.read_bytes()]
    ports, names = seen(any_)
    assert ports.isdisjoint(map(str, made.ports))
    assert "unrelated.example" not in names


def told(file: Path) -> set[str]:
    """Return the verdicts of what was recorded."""
    analysis = analyze(file)
    assert analysis.broken is None
    return verdicts(diagnose(case.evidence) for case in analysis.cases)


def seen(file: Path) -> tuple[set[str], set[str]]:
    """Return the ports and the names in a capture, as tshark reads it."""
    rows = [line.split("\t") for line in tshark(file, *WHAT).splitlines()]
    assert rows
    ports = {port for tcp, udp, _ in rows for port in f"{tcp},{udp}".split(",")}
    return ports, {name for _, _, name in rows}


def test_a_name_that_leads_nowhere_is_recorded_with_a_target_and_without(tmp_path: Path) -> None:
    played = scenario("name-unresolvable")
    aimed, any_ = tmp_path / "aimed.pcapng", tmp_path / "any.pcapng"
    with ScenarioNetwork(played) as stage:
        popen = stage.client.popen
        with (
            listening(popen, "record", "-o", str(aimed), stage.license_path) as first,
            listening(popen, "record", "-o", str(any_)) as second,
        ):
            diagnosed(stage.client, stage.license_path)
            stopped(first)
            stopped(second)
    assert told(aimed) == told(any_) == {"name-unresolvable"}


@pytest.fixture
def stage() -> Any:
    with ScenarioNetwork(scenario("healthy")) as stage:
        yield stage


def test_sigterm_stops_it_as_well(stage: ScenarioNetwork, tmp_path: Path) -> None:
    file = tmp_path / "out.pcapng"
    with listening(stage.client.popen, "record", "-o", str(file)) as process:
        diagnosed(stage.client, stage.license_path)
        status, _, err = stopped(process, signal.SIGTERM)
    assert (status, "Next:" in err) == (0, True)
    assert analyzed(file) == (0, {"healthy"}, "")


def test_a_killed_recorder_leaves_a_whole_file(stage: ScenarioNetwork, tmp_path: Path) -> None:
    file = tmp_path / "out.pcapng"
    with listening(stage.client.popen, "record", "-o", str(file)) as process:
        diagnosed(stage.client, stage.license_path)
        until(lambda: told(file) == {"healthy"})
        status, _, _ = stopped(process, signal.SIGKILL)
    assert (status, told(file)) == (-signal.SIGKILL, {"healthy"})
    tshark(file)


def test_packets_are_nobody_else_s_business(stage: ScenarioNetwork, tmp_path: Path) -> None:
    file = tmp_path / "out.pcapng"
    old = os.umask(0)
    try:
        with listening(stage.client.popen, "record", "-o", str(file), "--for", "0.1") as process:
            process.communicate(timeout=30)
    finally:
        os.umask(old)
    assert file.stat().st_mode & 0o777 == 0o600


def test_it_stops_by_itself_after_so_many_packets(stage: ScenarioNetwork, tmp_path: Path) -> None:
    file = tmp_path / "out.pcapng"
    with listening(stage.client.popen, "record", "-o", str(file), "--packets", "5") as process:
        diagnosed(stage.client, stage.license_path)
        assert process.wait(30) == 0
    assert len(tshark(file).splitlines()) == 5


def test_standard_output_is_for_the_next_program(stage: ScenarioNetwork, tmp_path: Path) -> None:
    file = tmp_path / "piped"
    with file.open("wb") as out:
        command = [*COMMAND, "capture", "record", "-o", "-", "-i", "any"]
        process = stage.client.popen(command, stdout=out, stderr=subprocess.PIPE, env=clean())
    assert process.stderr is not None
    assert "into standard output" in process.stderr.readline()
    diagnosed(stage.client, stage.license_path)
    status, _, err = stopped(process)
    assert (status, "Next:" in err) == (0, False)
    assert told(file) == {"healthy"}


def test_an_interface_by_name_has_its_name_in_the_file(stage: ScenarioNetwork, tmp_path: Path) -> None:
    file = tmp_path / "out.pcapng"
    lines = stage.client.run(["ip", "-brief", "link"]).stdout.splitlines()
    (name,) = {line.split("@")[0].split()[0] for line in lines} - {"lo"}
    with listening(stage.client.popen, "record", "-i", name, "-o", str(file)) as process:
        diagnosed(stage.client, stage.license_path)
        stopped(process)
    assert set(tshark(file, "-T", "fields", "-e", "frame.interface_name").split()) == {name}


def test_nothing_recorded_is_told_with_the_likely_reasons(tmp_path: Path) -> None:
    file = tmp_path / "out.pcapng"
    with Network() as network:
        alone = network.host("alone")
        with listening(
            alone.popen, "record", "-i", "lo", "-o", str(file), "--for", "0.1", "27000@127.0.0.9"
        ) as process:
            _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "no packet seen on lo" in err
    assert analyzed(file)[2].startswith("lmwire: the capture holds no license traffic (0 packets)")


def record(popen: Any, *arguments: str, prefix: tuple[str, ...] = ()) -> tuple[int, str]:
    """Run a recorder that is not to get as far as listening; return status and standard error."""
    command = [*prefix, *COMMAND, "capture", "record", *arguments]
    process = popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean())
    out, err = process.communicate(timeout=30)
    assert (out, "Traceback" in err) == ("", False)
    return process.returncode, err


def test_a_file_that_is_there_is_not_written_over_unless_told(tmp_path: Path) -> None:
    file = tmp_path / "out.pcapng"
    file.write_text("of value", encoding="ascii")
    status, err = record(start_here, "-o", str(file))
    assert (status, "--force" in err, file.read_text(encoding="ascii")) == (2, True, "of value")
    with Network() as network:
        alone = network.host("alone")
        with listening(alone.popen, "record", "-o", str(file), "--force", "--for", "0.1") as process:
            process.communicate(timeout=30)
    assert file.read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"


def test_without_the_right_to_see_packets_it_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "out.pcapng"
    status, err = record(start_here, "-o", str(file), prefix=("setpriv", "--bounding-set", "-net_raw"))
    assert status == 2
    assert err.startswith("lmwire: this user may not capture packets on this machine: ")
    assert f"sudo lmwire capture record -o {file}" in err
    assert "setcap" in err
    assert "tcpdump -i any" in err
    assert not file.exists()


def test_an_unknown_interface_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    status, err = record(start_here, "-i", "eth\x1b77", "-o", str(tmp_path / "out.pcapng"))
    assert status == 2
    assert "there is no interface eth\\x1b77; use one of: any, " in err
    assert "lo" in err.partition("use one of: ")[2].split()[-1] or "lo," in err


def test_an_interface_that_is_down_is_told(tmp_path: Path) -> None:
    with Network() as network:
        alone = network.host("alone")
        alone.ip("link add down0 type veth peer name down1")
        status, err = record(alone.popen, "-i", "down0", "-o", str(tmp_path / "out.pcapng"))
    assert (status, err) == (2, "lmwire: the interface down0 does not work: it is down\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-o", "nowhere/out.pcapng"), "there is no directory nowhere"),
        (("-o", "out.pcapng", "--for", "nan"), "must be above 0 and at most 604800 seconds, a week, not nan"),
        (("-o", "out.pcapng", "70000@licsrv"), "70000"),
        ((), "--output"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], words: str) -> None:
    status, err = record(start_here, *arguments)
    assert (status, words in err) == (2, True)


def test_a_disk_that_is_full_is_told() -> None:
    status, err = record(start_here, "-o", "/dev/full", "--force", "--for", "5")
    assert (status, "cannot write /dev/full: No space left on device" in err) == (74, True)
