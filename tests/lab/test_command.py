"""`lmwire lab`, as a learner at a terminal uses it."""

from __future__ import annotations

import fcntl
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from lmwire.lab import read_lab
from lmwire.lab.documents import CheckDocument
from lmwire.lab.records import RunningLab
from lmwire.lab.state import HOME
from tests.cli.running import COMMAND, clean, invoke
from tests.lab.playing import lmwire, playing

_ORDINARY = ("unshare", "--map-user=1000", "--map-group=1000")
"""Makes a user with a number of their own and no capability at all, who may read what this test's user may."""


def _home(folder: Path) -> dict[str, str | None]:
    return {HOME: str(folder), "COLUMNS": "80"}


@pytest.mark.network
def test_from_the_story_to_the_points(tmp_path: Path) -> None:
    with playing("vendor-port", 6, tmp_path) as played:
        lab = played.lab
        story = lmwire(tmp_path, "lab", "story").stdout
        assert all(name in story for name in lab.machines)
        assert played.running.folder in story
        assert max(map(len, story.splitlines())) <= 80
        assert lmwire(tmp_path, "lab", "hint").stdout.startswith("Hint 1 of 3, which costs 15 points\n")
        broken = lmwire(tmp_path, "lab", "check")
        assert broken.returncode == 1
        assert "office, 27000@flex1.lab.example: vendor-filtered" in " ".join(broken.stdout.split())
        assert "Remaining problems" in broken.stdout
        [step] = lab.solution
        assert lmwire(tmp_path, "lab", "shell", step.on, *step.run.split()).returncode == 0
        whole = lmwire(tmp_path, "lab", "check")
        assert (whole.returncode, whole.stderr) == (0, "")
        assert "solved, 85 points" in whole.stdout
        assert "Lesson" in whole.stdout
    listed = lmwire(tmp_path, "lab", "list").stdout
    assert [line.split()[-2:] for line in listed.splitlines() if "vendor-port" in line] == [["85", "points"]]
    assert listed.endswith("\n85 of 800 points\n")
    with playing("vendor-port", 6, tmp_path):  # what was read is not unread by starting anew
        assert lmwire(tmp_path, "lab", "hint").stdout.startswith("Hint 2 of 3, which costs 20 points\n")


@pytest.mark.network
def test_reset_breaks_the_network_again_and_keeps_hints_and_time(tmp_path: Path) -> None:
    with playing("vendor-port", 0, tmp_path) as played:
        [step] = played.lab.solution
        assert played.run(step.on, *step.run.split()).returncode == 0
        assert lmwire(tmp_path, "lab", "hint").returncode == 0
        assert lmwire(tmp_path, "lab", "reset").stdout.startswith("── vendor-port ")
        again = msgspec.json.decode((tmp_path / "running.json").read_bytes(), type=RunningLab)
        assert again.pid != played.running.pid
        assert (again.hints, again.began) == (1, played.running.began)
        document = _json_of_check(tmp_path)
        assert (document.solved, document.points, document.hints) == (False, 0, 1)


@pytest.mark.network
def test_an_exam_tells_nothing_before_its_end(tmp_path: Path) -> None:
    started = lmwire(tmp_path, "lab", "start", "vendor-port", "--exam")
    assert started.returncode == 0
    refused = lmwire(tmp_path, "lab", "hint")
    assert (refused.returncode, refused.stderr) == (2, "lmwire: an exam has no hints\n")
    checked = lmwire(tmp_path, "lab", "check")
    assert checked.returncode == 0
    assert checked.stdout.startswith("Recorded at ")
    assert "vendor-filtered" not in checked.stdout
    assert _json_of_check(tmp_path).solved is None
    [step] = read_lab("vendor-port").solution
    assert lmwire(tmp_path, "lab", "shell", step.on, *step.run.split()).returncode == 0
    stopped = lmwire(tmp_path, "lab", "stop")
    assert "solved, 100 points, " in stopped.stdout
    assert stopped.stderr.endswith("lmwire: lab vendor-port stopped\n")


def _json_of_check(home: Path) -> CheckDocument:
    return msgspec.json.decode(lmwire(home, "lab", "check", "--format", "json").stdout, type=CheckDocument)


@pytest.mark.network
def test_files_changed_by_hand_give_no_points(tmp_path: Path) -> None:
    with playing("vendor-port", 0, tmp_path) as played:
        assert lmwire(tmp_path, "lab", "hint").returncode == 0
        hinted = msgspec.structs.replace(
            msgspec.json.decode((tmp_path / "running.json").read_bytes(), type=RunningLab), hints=0, began=2e9
        )
        (tmp_path / "running.json").write_bytes(msgspec.json.encode(hinted))
        (tmp_path / "hints.json").unlink()
        [step] = played.lab.solution
        assert played.run(step.on, *step.run.split()).returncode == 0
        document = _json_of_check(tmp_path)
        assert (document.solved, document.points, document.hints) == (True, 85, 1)
        assert 0 < document.seconds < 600


@pytest.mark.network
def test_in_the_shells_are_the_usual_tools_and_the_right_license_path(tmp_path: Path) -> None:
    with playing("split-dns", 0, tmp_path) as played:
        [aim] = played.lab.aims()["partner"]
        edge, server = (each[0].name for each in (played.lab.plan.routers, played.lab.plan.servers))
        host = aim.target.partition("@")[2]
        assert played.run("partner", "sh", "-c", "echo $LM_LICENSE_FILE").stdout == f"{aim.target}\n"
        sees = played.lab.plan.zone("partner").sees
        assert sees is not None
        assert played.run("partner", "dig", "+short", host).stdout == f"{sees[host][0]}\n"
        assert ":53" in played.run("partner", "ss", "-Hltn").stdout
        assert "dnat to" in played.run(edge, "nft", "list", "ruleset").stdout
        assert "wan0" in played.run(edge, "dumpcap", "-D").stdout
        diagnosed = played.run("partner", *COMMAND, "diagnose")
        assert "referral-elsewhere" in diagnosed.stdout
        assert played.run(server, "ls").stdout.split() == ["license.lic", "lmgrd.log"]
        assert " adskflex " in f" {played.run(server, *COMMAND, 'log', 'lmgrd.log').stdout} "
        assert played.run(server, "no-such-program").returncode == 127


@pytest.mark.network
def test_files_that_a_learner_has_broken_are_told_and_can_be_mended(tmp_path: Path) -> None:
    with playing("vendor-port", 0, tmp_path) as played:
        [server] = [each.name for each in played.lab.plan.servers]
        license_file = Path(played.running.folder) / server / "license.lic"
        whole = license_file.read_bytes()
        license_file.write_bytes(b"SERVER\n")
        down = lmwire(tmp_path, "lab", "restart")
        assert (down.returncode, down.stderr) == (1, "")
        assert down.stdout == f"{server}: does not run: license.lic has no SERVER line, or no VENDOR line\n"
        graded = " ".join(lmwire(tmp_path, "lab", "check").stdout.split())
        assert f"✖ license service of {server}: down" in graded
        assert f"license service of {server}: it does not run: license.lic has no SERVER line" in graded
        assert "office, 27000@cadlic.eng.example: lmgrd-refused" in graded
        license_file.unlink()
        assert "license.lic cannot be read: No such file" in lmwire(tmp_path, "lab", "restart").stdout
        license_file.write_bytes(whole)
        assert lmwire(tmp_path, "lab", "restart", server).returncode == 0

        names = Path(played.running.folder) / "dns" / "office.hosts"
        names.write_text("# fine\n10.0.0.300 somewhere\n", encoding="utf-8")
        wrong = lmwire(tmp_path, "lab", "restart", "dns")
        assert wrong.returncode == 2
        assert wrong.stderr == f"lmwire: line 2 of {names}: 10.0.0.300 is not an address\n"
        assert played.run("office", "dig", "+short", "cadlic.eng.example").stdout != ""
        assert "choose one of cadlic, dns" in lmwire(tmp_path, "lab", "restart", "nobody\x1b").stderr


@pytest.mark.network
def test_a_lab_of_ones_own_may_have_its_rules_in_a_file(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(Path(__file__).parents[2] / "src" / "lmwire" / "lab" / "labs" / "1-vendor-port", mine)
    plan = (mine / "plan.toml").read_text(encoding="utf-8")
    before, rules, after = re.split('ruleset = """|"""', plan)
    (mine / "plan.toml").write_text(f'{before}nftables = "own.nft"{after}', encoding="utf-8")
    (mine / "own.nft").write_text(rules.replace("<servers>", "10.33.54").replace("<lmgrd>", "27000"), encoding="utf-8")
    with playing(str(mine), 0, tmp_path / "home") as played:
        assert played.lab.id == "mine"
        assert "dport 27000" in played.run("firewall", "nft", "list", "ruleset").stdout


@pytest.mark.network
def test_one_lab_at_a_time_and_machines_that_there_are(tmp_path: Path) -> None:
    with playing("nat", 0, tmp_path) as played:
        again = lmwire(tmp_path, "lab", "start", "proxy")
        assert (again.returncode, again.stdout) == (2, "")
        assert again.stderr == "lmwire: the lab nat is already running\n  Hint: stop it with `lmwire lab stop`\n"
        nobody = lmwire(tmp_path, "lab", "shell", "clinet")
        assert nobody.returncode == 2
        assert nobody.stderr == (
            "lmwire: no machine is called clinet\n  Hint: write client; the machines are home, office, edge, cadlic\n"
        )
        assert lmwire(tmp_path, "lab", "shell", "client", "hostname").stdout == "home\n"
        assert played.run("edge", "getent", "hosts", "cadlic.intra.eng.example").returncode == 0
        inside = played.run("home", *COMMAND, "lab", "stop")
        assert inside.returncode == 2
        assert "leave it first" in inside.stderr
        listed = lmwire(tmp_path, "lab", "list").stdout
        assert [line.split()[-1] for line in listed.splitlines() if line.split()[1:2] == ["nat"]] == ["running"]


@pytest.mark.network
def test_a_user_who_is_nobody_in_particular_may(tmp_path: Path) -> None:
    lab = f"{shlex.join(COMMAND)} lab"
    script = (
        f"{lab} start vendor-port && {lab} shell firewall nft list ruleset && {lab} shell client ss -Hltn; {lab} stop"
    )
    done = subprocess.run(  # noqa: S603 # ours
        [*_ORDINARY, "sh", "-c", script],
        env=clean(**{HOME: str(tmp_path)}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == "lmwire: lab vendor-port stopped\n"
    assert "license server, as ordered" in done.stdout
    assert ":53" in done.stdout


@pytest.mark.network
def test_a_user_who_may_not_is_told_so(tmp_path: Path) -> None:
    limit = "echo 0 > /proc/sys/user/max_user_namespaces"
    rest = f"exec setpriv --bounding-set -all --inh-caps -all {shlex.join(COMMAND)} lab start nat"
    done = subprocess.run(  # noqa: S603 # in a user namespace of its own, whose limit nobody else meets
        ["unshare", "-Ur", "sh", "-c", f"{limit} && {rest}"],  # noqa: S607
        env=clean(**{HOME: str(tmp_path)}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "lmwire: the lab cannot run on this machine: no network namespaces here: the limit of user namespaces is "
        "reached (sysctl user.max_user_namespaces); run it as root (in a container: --privileged)\n"
    )
    assert not (tmp_path / "running.json").exists()


@pytest.mark.parametrize("command", ["story", "hint", "check", "restart", "stop"])
def test_without_a_lab_one_is_told_how_to_start(command: str, tmp_path: Path) -> None:
    done = invoke("lab", command, env=_home(tmp_path))
    assert done.exit_code == 2
    assert "no lab is running" in done.stderr


def test_names_that_are_nearly_right(tmp_path: Path) -> None:
    done = invoke("lab", "start", "vendorport", env=_home(tmp_path))
    assert done.exit_code == 2
    assert done.stderr == "lmwire: no lab is called vendorport\n  Hint: write vendor-port\n"
    done = invoke("lab", "start", "x\x1b[31m", env=_home(tmp_path))
    assert "\x1b" not in done.stderr
    done = invoke("lab", "start", "nat", "--seed", "x", env=_home(tmp_path))
    assert done.exit_code == 2


def test_a_home_that_cant_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = invoke("lab", "start", "nat", env=_home(tmp_path / "file" / "home"))
    assert done.exit_code == 2
    assert "cannot be written: Not a directory" in done.stderr
    assert HOME in done.stderr


def test_two_starts_at_once_are_one_too_many(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = invoke("lab", "start", "nat", env=_home(tmp_path))
    assert (done.exit_code, "another lab is starting" in done.stderr) == (2, True)


def test_a_damaged_file_of_results_is_none(tmp_path: Path) -> None:
    for name in ("running.json", "achieved.json", "hints.json"):
        (tmp_path / name).write_bytes(b'{"lab": 3')
    done = invoke("lab", "list", env=_home(tmp_path))
    assert done.exit_code == 0
    assert "0 of 800 points" in done.stdout


@pytest.mark.parametrize("columns", [20, 40, 63, 80, 300])
def test_the_list_fits_every_terminal(columns: int, tmp_path: Path) -> None:
    done = invoke("lab", "list", env={**_home(tmp_path), "COLUMNS": str(columns)})
    assert max(map(len, done.stdout.splitlines())) <= max(columns, 29)
    assert "Telnet connects" in " ".join(done.stdout.split())
