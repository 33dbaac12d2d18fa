"""`lmwire gateway recipe`, as people run it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from lmwire.cli.terminal import CANT_WRITE
from lmwire.gateway.errors import GatewayError
from lmwire.gateway.recipes.gather import GivenForRecipe, gateway_recipe
from lmwire.gateway.recipes.model import Kind
from lmwire_mockserver.scenario import scenario
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock
from tests.cli.running import invoke

ROOT = Path(__file__).resolve().parents[3]
PINNED = "SERVER licsrv 0123456789ab 27000\nVENDOR ibmratl PORT=27001\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "server.lic"
    path.write_text(PINNED, encoding="ascii")
    return path


@pytest.fixture
def mock() -> Iterator[AsyncMockServer]:
    played = AsyncMockServer(scenario("healthy"), vendors=("ibmratl",), referral_host="licsrv")
    with ThreadedMock(played):
        yield played


def vendor_port(mock: AsyncMockServer) -> int:
    return mock.daemons.vendors[0].port.number


def test_the_page_shows_what_the_command_prints(file: Path) -> None:
    page = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```console\n\$ lmwire (.+)\n((?:.*\n)+?)```", page)
    printed = invoke(*shlex.split(shown[0]))
    assert file.exists()
    assert printed.exit_code == 0
    assert printed.stdout == shown[1]


def test_the_page_has_every_kind() -> None:
    page = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE) == [kind.value for kind in Kind]


@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.value)
def test_a_pinned_license_file_needs_no_network(kind: Kind, file: Path) -> None:
    ended = invoke("gateway", "recipe", kind.value, str(file), "--to", "192.0.2.20", "-f", "json")
    assert ended.exit_code == 0, ended.stderr
    document = json.loads(ended.stdout)
    jsonschema.validate(document, json.loads(invoke("schema", "gateway-recipe").stdout))
    assert document["schema"] == "lmwire.gateway-recipe/1"
    assert document["kind"] == kind.value
    assert "27001" in json.dumps([document["files"], document["commands"]])


def test_files_are_written_and_others_are_kept(file: Path, tmp_path: Path) -> None:
    command = ("gateway", "recipe", "haproxy", str(file), "--via", "192.0.2.1", "-o", "made")
    ended = invoke(*command)
    assert ended.exit_code == 0
    written = tmp_path / "made" / "lmwire-license.cfg"
    assert "bind 0.0.0.0:27001" in written.read_text(encoding="ascii")
    assert "bind" not in ended.stdout
    assert str(Path("made") / "lmwire-license.cfg") in ended.stderr
    assert invoke(*command).exit_code == 0  # the same again
    written.write_text("another", encoding="ascii")
    ended = invoke(*command)
    assert ended.exit_code == 2
    assert "exists with other contents" in ended.stderr
    assert written.read_text(encoding="ascii") == "another"


def test_a_directory_that_cannot_be_made(file: Path) -> None:
    ended = invoke("gateway", "recipe", "haproxy", str(file), "-o", str(file / "below"))
    assert ended.exit_code == CANT_WRITE
    assert "cannot write" in ended.stderr


def test_a_diagnosis_finds_the_ports_and_the_referrals_name(mock: AsyncMockServer) -> None:
    made = gateway_recipe(Kind.SSH, mock.license_path, GivenForRecipe())
    assert [entry.name for entry in made.hosts] == ["licsrv"]
    (command,) = made.commands
    for port in (mock.lmgrd_port, vendor_port(mock)):
        assert f"-L 127.0.0.1:{port}:127.0.0.1:{port} " in command.line
    assert any("Whether the license file pins" in note for note in made.notes)
    assert not any("as given" in note for note in made.notes)


def test_a_license_file_without_a_port_is_diagnosed(mock: AsyncMockServer, tmp_path: Path) -> None:
    path = tmp_path / "server.lic"
    path.write_text(f"SERVER 127.0.0.1 ANY {mock.lmgrd_port}\nVENDOR ibmratl\n", encoding="ascii")
    made = gateway_recipe(Kind.SSH, str(path), GivenForRecipe())
    assert f":{vendor_port(mock)}:" in made.commands[0].line
    assert any(f"does not pin port {vendor_port(mock)}" in note for note in made.notes)


def test_a_vendor_daemon_that_is_the_target(mock: AsyncMockServer) -> None:
    made = gateway_recipe(Kind.SSH, f"{vendor_port(mock)}@127.0.0.1", GivenForRecipe(vendors={"ibmratl": None}))
    assert made.commands[0].line.count(" -L ") == 1
    assert made.license_path == f"{vendor_port(mock)}@127.0.0.1"


def test_a_vendor_daemon_that_is_down_is_left_out_and_named() -> None:
    played = AsyncMockServer(scenario("several-daemons-one-down"))
    with ThreadedMock(played):
        made = gateway_recipe(Kind.SSH, played.license_path, GivenForRecipe())
        assert made.commands[0].line.count(" -L ") == 2
        assert any(note.startswith("otherd is not forwarded") for note in made.notes)
        with pytest.raises(GatewayError, match="did not say at which port otherd listens"):
            gateway_recipe(Kind.SSH, played.license_path, GivenForRecipe(vendors={"otherd": None}))


def test_a_server_that_is_not_reached_asks_for_the_port() -> None:
    with pytest.raises(GatewayError, match=r"at which port ibmratl listens \(.+refuse") as caught:
        gateway_recipe(Kind.SSH, "1@127.0.0.1", GivenForRecipe(vendors={"ibmratl": None}))
    assert "ibmratl=27001" in caught.value.hint


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("27000@licsrv", "--vendor", "ibmratl=0"), "must be from 1 to 65535"),
        (("27000@licsrv", "--vendor", "a b=27001"), "cannot be the name of a vendor daemon"),
        (("27000@licsrv", "--vendor", "a=27001", "--vendor", "a=27002"), "a is given twice"),
        (("27000@a:27000@b", "--vendor", "v=27001"), "is a list of 2 license servers"),
        (("27000@licsrv", "--vendor", "v=27001", "--to", "licsrv"), "licsrv is not an address"),
        (("27000@licsrv", "--vendor", "v=27001", "--to", "192.0.2.1", "--to", "192.0.2.2"), "2 addresses for 1 "),
        (("27000@licsrv", "--vendor", "v=27001", "--allow", "10.8.0.1/16"), "is not a network"),
        (("27000@licsrv", "--vendor", "v=27001", "--via", "-x"), "neither an address nor a host name"),
        (("27000@licsrv", "--vendor", "v=27001", "--listen", "licsrv"), "--listen: licsrv is not an address"),
    ],
)
def test_what_cannot_be_used_is_said(arguments: tuple[str, ...], words: str) -> None:
    ended = invoke("gateway", "recipe", "haproxy", *arguments)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_server_line_for_every_machine_needs_an_address(tmp_path: Path) -> None:
    path = tmp_path / "server.lic"
    path.write_text("SERVER this_host ANY 27000\nVENDOR ibmratl PORT=27001\n", encoding="ascii")
    ended = invoke("gateway", "recipe", "ssh", str(path))
    assert ended.exit_code == 2
    assert "the SERVER line says this_host" in ended.stderr
    assert "--to 192.0.2.20" in ended.stderr
    assert invoke("gateway", "recipe", "ssh", str(path), "--to", "192.0.2.20").exit_code == 0


def test_given_ports_need_no_network() -> None:
    arguments = ("@licsrv", "--lmgrd-port", "27005", "--vendor", "ibmratl=27001", "--referral-host", "other")
    ended = invoke("gateway", "recipe", "ssh", *arguments)
    assert ended.exit_code == 0
    assert "-L 127.0.0.1:27005:licsrv:27005" in ended.stdout
    assert "127.0.0.1 other" in ended.stdout
    assert "nothing was connected to" in ended.stdout
