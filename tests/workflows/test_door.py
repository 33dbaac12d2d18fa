"""What a program gets from the door: results, and a LmwireError for whatever it gives wrongly."""

from __future__ import annotations

import ast
import asyncio
import io
import math
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeGuard

import pytest

import lmwire
from lmwire.licensepath import LicensePathError
from lmwire.probe import Settings
from lmwire.workflows import SettingError

CAPTURE = Path(__file__).parents[2] / "captures" / "vendor-filtered.pcapng"


class _License(io.BytesIO):
    """A license file that each call reads from its start."""

    def read(self, size: int | None = -1) -> bytes:
        self.seek(0)
        return super().read(size)


UNPINNED = _License(b"SERVER licsrv.invalid ANY 27000\nVENDOR a\n")
PINNED = _License(b"SERVER licsrv.invalid ANY 27000\nVENDOR a port=27001\n")

# What is called, and what its error says.
WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: lmwire.diagnose("27000@@x"), "a second @"),
    (lambda: lmwire.diagnose(""), "the license path is empty"),
    (lambda: lmwire.diagnose("no/such/file.lic"), "the file no/such/file.lic does not exist"),
    (lambda: lmwire.diagnose(Path("no/such/file.lic")), "the file no/such/file.lic does not exist"),
    (lambda: lmwire.diagnose("@x", log="no-such.log"), "no-such.log"),
    (lambda: lmwire.diagnose("@x", vendor="\0"), "cannot be the name of a vendor daemon"),
    (lambda: lmwire.diagnose("@x", vendor=""), "an empty text cannot be the name of a vendor daemon"),
    (lambda: lmwire.diagnose("@x", vendor=["a", "b c"]), "b c cannot be the name of a vendor daemon"),
    (lambda: lmwire.diagnose("@x", connect_wait=0), "connect_wait is 0: it must be above 0"),
    (lambda: lmwire.diagnose("@x", connect_wait=math.nan), "connect_wait is nan"),
    (lambda: lmwire.diagnose("@x", answer_wait=3601), "at most 3600"),
    (lambda: lmwire.diagnose("@x", parallel=0), "parallel is 0: it must be from 1 to 65535"),
    (lambda: lmwire.diagnose("@x", family=5), "family is 5: it must be 4, 6 or None"),
    (lambda: lmwire.diagnose("27000@::1", family=4), "is an IPv6 address, and only IPv4"),
    (lambda: lmwire.diagnose("@x", source="192.0.2.77"), "cannot connect from 192.0.2.77"),
    (lambda: lmwire.diagnose("@x", source="here"), "cannot connect from here"),
    (lambda: lmwire.diagnose("@x", source="\x1b[31m"), "cannot connect from \\x1b[31m"),
    (lambda: lmwire.locate("27000@a,27000@b,27000@c"), "names 3 servers"),
    (lambda: lmwire.locate("@x", port=27001), "lmgrd's port must be in the target"),
    (lambda: lmwire.locate("1@x", port=0), "port is 0: it must be from 1 to 65535"),
    (lambda: lmwire.locate("1@x", max_hops=65), "max_hops is 65: it must be from 1 to 64"),
    (lambda: lmwire.locate("1@x", family=7), "family is 7: it must be 4, 6 or None"),
    (lambda: lmwire.locate("1@x", vendor="ü"), "ü cannot be the name of a vendor daemon"),
    (lambda: lmwire.analyze_capture("no-such.pcap"), "no-such.pcap: it cannot be opened"),
    (lambda: lmwire.analyze_capture(io.BytesIO(b"nothing like it")), "standard input: "),
    (lambda: lmwire.analyze_capture(CAPTURE, client="x"), "x is not an IP address"),
    (lambda: lmwire.read_license_file("no-such.lic"), "the file no-such.lic does not exist"),
    (lambda: lmwire.read_license_file("."), "cannot be read"),
    (lambda: lmwire.read_license_file("a\0b"), "cannot be read"),
    (lambda: lmwire.read_license_file(io.BytesIO(b"\0")), "is binary, not a license file"),
    (lambda: lmwire.read_log("no-such.log"), "no-such.log"),
    (lambda: lmwire.firewall_rules(sources="any"), "nothing says which ports to open"),
    (
        lambda: lmwire.firewall_rules(sources="x", ports=["1"], to=["192.0.2.1"]),
        "x is neither a network nor an address",
    ),
    (lambda: lmwire.firewall_rules(sources="any", ports=["1"], language="x"), "there is no language 'x'"),
    (lambda: lmwire.firewall_rules(sources="any", ports=["1"], to=["192.0.2.1"], at="x"), "at is 'x'"),
    (lambda: lmwire.firewall_rules("no-such.lic", sources="any"), "the file no-such.lic does not exist"),
    (lambda: lmwire.firewall_rules(sources=(), ports="1", to="192.0.2.1"), 'sources="10.20.0.0/16"'),
    (lambda: lmwire.firewall_rules(sources="::/0", ports="1", to="192.0.2.1"), 'write sources="any"'),
    (lambda: lmwire.firewall_rules(sources="any", ports="x"), 'write ports="27000" for lmgrd'),
    (lambda: lmwire.firewall_rules(sources="any", ports=["1:a", "2:a"]), 'ports="2:ibmratl"'),
    (lambda: lmwire.firewall_rules(sources="any", ports="1", to="a b"), 'to="192.0.2.20"'),
    (lambda: lmwire.firewall_rules("x", diagnosis="y", sources="any"), "license_file and diagnosis exclude"),
    (lambda: lmwire.firewall_rules(UNPINNED, sources="any"), 'ports="PORT:a"'),
    (lambda: lmwire.firewall_rules(UNPINNED, sources="any", ports="2:b"), "unknown daemon b"),
    (lambda: lmwire.firewall_rules(PINNED, sources="any", language="gcp"), "into is missing"),
    (lambda: lmwire.firewall_rules(PINNED, sources="any", language="netsh", into="x"), "does not use into"),
    (lambda: lmwire.firewall_rules(PINNED, sources="any", language="iptables", into=";"), "not valid for into"),
    (lambda: lmwire.firewall_rules(PINNED, sources="any", language="netsh", at="router"), 'write at="server"'),
    (lambda: lmwire.firewall_rules(PINNED, sources="any", server="b"), "choose one of"),
    (lambda: lmwire.firewall_rules(PINNED, sources="any", language="cisco-asa", into="x"), "or resolve=True"),
    (lambda: lmwire.firewall_rules(PINNED, sources="any", to="nobody=192.0.2.1"), "no server has the name nobody"),
    (lambda: lmwire.firewall_rules(PINNED, sources="any", resolve=True), 'to="licsrv.invalid=ADDRESS"'),
    (lambda: lmwire.firewall_rules(diagnosis="no-such.json", sources="any"), "make it with: lmwire diagnose -f json"),
    (lambda: lmwire.firewall_rules(diagnosis=io.BytesIO(b"{}"), sources="any"), "is not a diagnosis"),
    (lambda: lmwire.MockServer("helthy"), "no scenario is called 'helthy'"),
    (lambda: lmwire.MockServer("lmgrd-rejected-icmp"), "needs firewalls"),
    (lambda: lmwire.MockServer(lmgrd_port=65536), "lmgrd_port is 65536: it must be from 0 to 65535"),
    (lambda: lmwire.MockServer(vendor_ports=[0, -1]), "vendor_ports is -1: it must be from 0 to 65535"),
    (lambda: lmwire.MockServer().target, "enter it with `with` first"),
    (lambda: lmwire.MockServer().wait_for_conversations(1), "enter it with `with` first"),
]


@pytest.mark.parametrize(("call", "words"), WRONG, ids=[words for _, words in WRONG])
def test_what_is_given_wrongly_is_a_sentence(call: Callable[[], object], words: str) -> None:
    with pytest.raises(lmwire.LmwireError) as caught:
        call()
    assert words in f"{caught.value} {caught.value.hint}"
    assert all(character.isprintable() for character in f"{caught.value.message}{caught.value.hint}")
    assert "--" not in f"{caught.value}{caught.value.hint}", "a program has no options"


def test_no_error_below_the_command_line_names_an_option() -> None:
    found = []
    for file in sorted(Path(lmwire.__file__).parent.rglob("*.py")):
        room = file.relative_to(Path(lmwire.__file__).parent).parts[0]
        if room not in {"cli", "lab", "ruletest", "netns"}:  # the door does not lead into these
            tree = ast.parse(file.read_text(encoding="utf-8"))
            found += [f"{file.name}:{node.lineno}" for node in ast.walk(tree) if _says_an_error(node) and _option(node)]
    assert found == []


def _says_an_error(node: ast.AST) -> TypeGuard[ast.stmt]:
    """Whether a statement raises, or prepares a sentence for an error."""
    if isinstance(node, ast.Assign):
        return any(isinstance(name, ast.Name) and name.id in {"hint", "message", "unknown"} for name in node.targets)
    return isinstance(node, ast.Raise)


def _option(node: ast.stmt) -> bool:
    texts = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str))
    return any(re.search(r"--[a-z]", text) for text in texts)


def test_errors_hold_facts() -> None:
    with pytest.raises(LicensePathError) as path:
        lmwire.diagnose("27000@@licsrv")
    assert path.value.pointer() == "27000@@licsrv\n      ^"
    with pytest.raises(SettingError) as setting:
        lmwire.diagnose("@x", parallel=0)
    assert setting.value.setting == "parallel"


async def test_where_an_event_loop_runs_blocking_functions_say_what_to_write() -> None:
    with pytest.raises(lmwire.LmwireError, match="event loop is running") as caught:
        lmwire.diagnose("@x")
    assert "await lmwire.diagnose_async(" in caught.value.hint
    with pytest.raises(lmwire.LmwireError) as other:
        lmwire.locate("1@192.0.2.1", port=2)
    assert "await asyncio.to_thread(lmwire.locate" in other.value.hint or sys.platform != "linux"


def test_the_environment_is_read_as_the_command_does(monkeypatch: pytest.MonkeyPatch) -> None:
    with lmwire.MockServer(vendors=["MLM"]) as mock:
        for name, value in mock.environment.items():
            monkeypatch.setenv(name, value)
        report = lmwire.diagnose()
        assert lmwire.diagnose(vendor=["mlm", "MLM"], path=mock.target).diagnoses[1].verdict.id == "healthy"
    assert report.path_from == "MLM_LICENSE_FILE"
    assert [(each.vendor, each.verdict.id) for each in report.diagnoses] == [("MLM", lmwire.VerdictId.HEALTHY)]
    assert report.overall is lmwire.Overall.OK


async def test_a_mock_serves_the_program_that_plays_it() -> None:
    told: list[tuple[int, int]] = []
    async with lmwire.MockServer("vendor-refused") as mock:
        first = lmwire.diagnose_async(mock.license_path, on_progress=lambda done, total: told.append((done, total)))
        reports = await asyncio.gather(first, lmwire.diagnose_async(mock.target, vendor="ibmratl"))
        assert await asyncio.to_thread(mock.wait_for_conversations, 2)
    assert {each.diagnoses[0].verdict.id for each in reports} == {"vendor-refused"}
    assert told[-1] == (1, 1)
    assert len(mock.conversations) >= 2
    with pytest.raises(lmwire.LmwireError, match="entered before"):
        await mock.__aenter__()


async def test_a_mock_whose_start_is_cancelled_frees_its_ports() -> None:
    mock = lmwire.MockServer()
    starting = asyncio.ensure_future(mock.__aenter__())
    await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    for _ in range(500):
        if not any(thread.name == "mock" for thread in threading.enumerate()):
            return
        await asyncio.sleep(0.01)
    pytest.fail("the mock is still running")


def test_one_port_and_one_address_may_be_given_as_text() -> None:
    one = lmwire.firewall_rules(ports="27000", to="192.0.2.20", sources="any")
    assert one == lmwire.firewall_rules(ports=["27000"], to=["192.0.2.20"], sources=["any"])


def test_a_capture_from_a_file_a_stream_and_of_one_client() -> None:
    from_file = lmwire.analyze_capture(CAPTURE)
    from_stream = lmwire.analyze_capture(io.BytesIO(CAPTURE.read_bytes()))
    assert from_file == from_stream
    assert [each.verdict.id for each in from_file.report.diagnoses] == ["vendor-filtered"]
    nobody = lmwire.analyze_capture(CAPTURE, client="192.0.2.99")
    assert (nobody.report.diagnoses, nobody.report.overall) == ((), lmwire.Overall.INCONCLUSIVE)


def test_the_log_of_a_server_can_be_given_as_read(tmp_path: Path) -> None:
    with lmwire.MockServer(vendors=["ibmratl"]) as mock:
        file = tmp_path / "lmgrd.log"
        file.write_text(
            f" 8:24:20 (lmgrd) FlexNet Licensing (v11.19.0.0 build 291455 x64_lsb) started on localhost (linux)"
            f" (11/24/2026)\n 8:24:20 (lmgrd) lmgrd tcp-port {mock.lmgrd_port}\n"
            f" 8:24:21 (lmgrd) ibmratl using TCP-port {mock.vendors['ibmratl']}\n"
        )
        read = lmwire.read_log(file)
        with file.open("rb") as stream:
            reports = [lmwire.diagnose(mock.target, log=log) for log in (file, read, stream)]
    ports = [report.diagnoses[0].evidence.log and report.diagnoses[0].evidence.log.port for report in reports]
    assert ports == [read.daemons[0].port] * 3


def test_importing_the_door_imports_next_to_nothing() -> None:
    code = "import sys; before = set(sys.modules); import lmwire; print(*sorted(set(sys.modules) - before))"
    shown = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 # ours
    if shown.returncode:  # without site, an editable install is not found
        shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 # ours
    assert set(shown.stdout.split()) <= {
        "lmwire",
        "lmwire.errors",
        "lmwire.lazy",
        "lmwire.version",
        "importlib",
        "types",
        "__future__",
        "_frozen_importlib_external",
        "warnings",
        "importlib._bootstrap",
        "importlib._bootstrap_external",
    }


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = lmwire.nonsense  # type: ignore[attr-defined] # that is the point
    assert set(lmwire.__all__) <= set(dir(lmwire))


@pytest.mark.parametrize(("wait", "hurry"), [(None, True), (4.0, False), (2.0, False)])
def test_a_wait_for_a_connect_that_is_given_is_kept(
    wait: float | None, hurry: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[Settings] = []

    async def walk(_path: object, settings: Settings, _on_progress: object) -> tuple[list[object], tuple[object, ...]]:
        used.append(settings)
        return [], ()

    monkeypatch.setattr("lmwire.workflows.diagnose_path.check_path", walk)
    lmwire.diagnose("27000@127.0.0.1", connect_wait=wait)
    assert [(settings.connect_wait, settings.hurry) for settings in used] == [(wait or 4.0, hurry)]
