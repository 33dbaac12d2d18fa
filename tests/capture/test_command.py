"""`lmwire capture analyze` as anybody would run it."""

from __future__ import annotations

import ipaddress
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.capture.wire import Talk, pcap

FOLDER = Path(__file__).resolve().parents[2] / "captures" / "real-client"


def run(*arguments: str, data: bytes = b"") -> tuple[int, str, str]:
    command = [sys.executable, "-m", "lmwire", "capture", "analyze", *arguments]
    done = subprocess.run(command, input=data, capture_output=True, check=False)  # noqa: S603 # our own command
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_text_tells_who_met_what() -> None:
    status, out, err = run(str(FOLDER / "vendor-filtered.pcap"))
    assert status == 1
    assert "Seen from client 192.0.2.1 2 times" in out
    assert "vendor-filtered" in out
    assert err == ""
    assert all(len(line) <= 80 for line in out.splitlines())


def test_json_has_the_occurrence_beside_the_diagnosis() -> None:
    status, out, _ = run(str(FOLDER / "healthy.pcap"), "--format", "json")
    (diagnosis,) = json.loads(out)["diagnoses"]
    assert status == 0
    assert diagnosis["verdict"]["id"] == "healthy"
    assert (diagnosis["capture"]["client"], diagnosis["capture"]["attempts"]) == ("192.0.2.1", 1)


def test_markdown_is_a_ticket() -> None:
    status, out, _ = run(str(FOLDER / "vendor-rejected-icmp.pcap"), "--format", "markdown")
    assert status == 1
    assert "### What to open" in out
    assert "How to see it again" not in out


def test_a_list_whose_second_entry_serves_is_a_warning() -> None:
    status, out, _ = run(str(FOLDER / "list-second-up.pcap"), "--format", "json")
    assert (status, json.loads(out)["overall"]) == (0, "warning")


def test_standard_input_and_a_break_in_it() -> None:
    data = (FOLDER / "vendor-refused.pcap").read_bytes()
    status, out, err = run("-", data=data + b"\1\2\3")
    assert status == 2
    assert "vendor-refused" in out
    assert f"(at byte {len(data)})" in err


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_no_capture_is_wrong_usage(data: bytes) -> None:
    status, out, err = run("-", data=data)
    assert (status, out) == (2, "")
    assert "Traceback" not in err
    assert err.startswith("lmwire: standard input: ")


def test_a_client_by_another_spelling_of_its_address() -> None:
    six = FOLDER.parent / "ipv6-only.pcapng"
    _, out, _ = run(str(six), "--format", "json")
    (diagnosis,) = json.loads(out)["diagnoses"]
    spelled = ipaddress.ip_address(diagnosis["capture"]["client"]).exploded.upper()
    assert run(str(six), "--format", "json", "--client", spelled)[1] == out


def test_the_capture_is_not_written_over(tmp_path: Path) -> None:
    path, link = tmp_path / "x.pcap", tmp_path / "link"
    data = (FOLDER / "healthy.pcap").read_bytes()
    path.write_bytes(data)
    link.symlink_to(path)
    for output in (path, link, tmp_path / ".." / tmp_path.name / "x.pcap"):
        status, _, err = run(str(path), "--output", str(output))
        assert (status, path.read_bytes()) == (2, data)
        assert "written over" in err


def test_nobody_reads_hundreds_of_stories() -> None:
    talks = [
        Talk(server=f"192.0.2.{n}", client_port=1024 + n, when=1000.0 + n / 100).syn().refuse() for n in range(150)
    ]
    data = pcap([packet for talk in talks for packet in talk.packets])
    status, out, err = run("-", data=data)
    assert (status, out.count("Seen from")) == (1, 100)
    assert err == "lmwire: 100 of 150 different stories are shown, the most frequent; --format json has all\n"
    assert len(json.loads(run("-", "--format", "json", data=data)[1])["diagnoses"]) == 150


def test_no_standard_input_is_said() -> None:
    command = [sys.executable, "-m", "lmwire", "capture", "analyze", "-"]
    script = 'exec "$@" <&-'
    done = subprocess.run(["/bin/sh", "-c", script, "sh", *command], capture_output=True, text=True, check=False)  # noqa: S603 # our own command
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "lmwire: cannot read standard input: there is none\n"


def test_a_client_that_is_not_in_it() -> None:
    status, out, err = run(str(FOLDER / "healthy.pcap"), "--client", "192.0.2.77")
    assert (status, out) == (1, "")
    assert "the capture holds no license traffic of 192.0.2.77" in err
