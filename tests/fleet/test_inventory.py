"""Lists of license servers: what is read, and how what is wrong is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmwire.fleet.errors import FleetError
from lmwire.fleet.inventory import EXAMPLE, read_inventory


def written(folder: Path, text: str, name: str = "servers.txt") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_license_path_a_line(tmp_path: Path) -> None:
    file = written(tmp_path, "# all of ours\n27000@a\n\n27000@b,27000@c,27000@d   # a triad\n@e\n")
    found = read_inventory(file)
    assert [entry.name for entry in found] == ["27000@a", "27000@b,27000@c,27000@d", "@e"]
    assert [len(entry.path.targets[0].servers) for entry in found] == [1, 3, 1]


def test_the_example_is_a_list(tmp_path: Path) -> None:
    found = read_inventory(written(tmp_path, EXAMPLE, "servers.toml"))
    assert [(entry.name, entry.vendors, entry.tags) for entry in found] == [
        ("cad", ("ibmratl",), ("building 7",)),
        ("27000@licsrv.example", (), ()),
    ]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.txt", "27000@a\n27000@\n", "a.txt, line 2: "),
        ("a.txt", "# none\n\n", "names no license server; write one a line, such as 27000@licsrv"),
        ("a.txt", "27000@a\x1b[31m\n", "a.txt, line 1: "),
        ("a.toml", "[[servers]]\nname = 'x'\n", "servers[0].path: is missing"),
        ("a.toml", "[[servers]]\npath = '27000@a'\nport = 1\n", "servers[0].port: this key does not exist"),
        ("a.toml", "[[servers]]\npath = '27000@a'\nvendors = ['a b']\n", "servers[0].path: "),
        ("a.toml", "[[servers]]\npath = 'a:b:c@'\n", "servers[0].path: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(FleetError) as caught:
        read_inventory(written(tmp_path, text, name))
    assert words in caught.value.one_line
    assert caught.value.one_line.isprintable()


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(FleetError, match="does not exist"):
        read_inventory(tmp_path / "missing.txt")
    (tmp_path / "latin.txt").write_bytes(b"27000@\xfc\n")
    with pytest.raises(FleetError, match="is not UTF-8 at byte 6"):
        read_inventory(tmp_path / "latin.txt")
