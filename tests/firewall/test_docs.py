"""What docs/firewall.md says is so."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from lmwire.firewall import FirewallPlace, Language
from lmwire.firewall.writers import WRITERS
from tests.cli.running import invoke

TEXT = (Path(__file__).resolve().parents[2] / "docs/firewall.md").read_text(encoding="utf-8")
LICENSE = "SERVER licsrv 0123456789ab 27000\nVENDOR ibmratl port=27001\n"


def test_the_table_has_each_format_with_its_places_and_what_it_goes_into() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("| `")
    ]
    found = {row[0].strip("`"): row[1:] for row in rows if row[0].strip("`") in set(Language)}
    missing = set(Language).difference(found)
    assert not missing, f"the table of docs/firewall.md has no row for {', '.join(missing)}"
    assert list(found) == list(Language), "the rows of docs/firewall.md have another order than `Language`"
    for language, (at, address, into, _) in found.items():
        writer = WRITERS[Language(language)]
        if not writer.names:
            assert at.split(", ") == list(writer.places)
            bound = {"": set(), "router": {FirewallPlace.ROUTER}, "always": set(writer.places)}[address]
            assert bound == writer.bound
        assert bool(into) == (writer.into is not None)
        if writer.into is not None:
            assert ("required" in into) == (not writer.into.usual)
            for usual in filter(None, writer.into.usual.values()):
                assert usual in into


COMMANDS = [
    line.removeprefix("$ ").partition(" > ")[0].partition("  #")[0].strip()
    for line in TEXT.splitlines()
    if line.startswith("$ lmwire firewall rules ") and "--from-diagnosis" not in line and "--log" not in line
]


@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_work(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("server.lic").write_text(LICENSE)
    words = shlex.split(command)[1:]
    if "--resolve" in words:
        place = words.index("--resolve")
        words[place : place + 1] = ["--to", "192.0.2.20"]  # of what it resolves to, other tests know
    result = invoke(*words)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "27001" in result.stdout
