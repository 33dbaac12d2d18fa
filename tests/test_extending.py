"""Every file, command, module and name that docs/extending.md and CONTRIBUTING.md tell a contributor to use exists."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
EXTENDING: Final = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
CONTRIBUTING: Final = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS: Final = {part.partition("\n")[0]: part for part in re.split(r"(?m)^## ", EXTENDING)[1:]}
INTRODUCTION: Final = EXTENDING.partition("\n## ")[0]
BASES: Final = (ROOT, ROOT / "src/lmwire", ROOT / "docs")
"""The folders to which a path in the pages is relative; a name alone stands beside a file that was named before it."""

_PLACEHOLDER: Final = re.compile(r"\b(?:NAME|ID)\b")
_FILE: Final = re.compile(r"[\w./-]*(?:/|\.(?:py|toml|tsv|md|sh|jsonl|txt|pcapng))[\w./-]*", re.ASCII)
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]+", re.ASCII)


def spans(text: str) -> list[str]:
    """Return what a page sets as code, outside of its blocks."""
    return re.findall(r"`([^`]+)`", re.sub(r"(?ms)^```.*?^```", "", text))


def modules(text: str) -> set[str]:
    """Return the modules that a page runs with `python -m`."""
    return set(re.findall(r"python -m ([\w.]+)", text))


def paths(text: str) -> list[str]:
    """Return the files and folders that a page names, in their order: alone, linked, or in a command."""
    words = [word for span in spans(text) for word in span.split()]
    return [word for word in words if _FILE.fullmatch(word) and not word.startswith(".venv")]


def found(text: str) -> Iterator[tuple[str, list[Path]]]:
    """Say where each file of a page is: no place for one that does not exist."""
    beside: list[Path] = []
    for path in paths(text):
        pattern = _PLACEHOLDER.sub("*", path).rstrip("/")
        there = [file for base in (*BASES, *beside) for file in base.glob(pattern)]
        beside += [file if file.is_dir() else file.parent for file in there]
        yield path, there


def missing(text: str) -> list[str]:
    """Name the files of a page that do not exist."""
    return [path for path, there in found(text) if not there]


def unknown(text: str) -> list[str]:
    """Name the identifiers of a section that no file of the section has."""
    files = {file for _, there in found(text) for file in there}
    files |= {child for folder in files if folder.is_dir() for child in folder.iterdir()}
    readable = {file for file in files if file.suffix in {".py", ".toml", ".tsv"}}
    words = {word for file in readable for word in _IDENTIFIER.findall(file.read_text(encoding="utf-8"))}
    named = [span for span in spans(text) if _IDENTIFIER.fullmatch(span)]
    return [name for name in named if name not in words]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_file_of_a_section_exists(section: str) -> None:
    assert not missing(SECTIONS[section]), f"docs/extending.md, section {section!r}"


@pytest.mark.parametrize("section", SECTIONS)
def test_every_name_of_a_section_is_in_one_of_its_files(section: str) -> None:
    assert not unknown(SECTIONS[section]), f"docs/extending.md, section {section!r}"


@pytest.mark.parametrize("text", [INTRODUCTION, CONTRIBUTING], ids=["docs/extending.md", "CONTRIBUTING.md"])
def test_every_other_file_exists(text: str) -> None:
    assert not missing(text)


@pytest.mark.parametrize("module", sorted(modules(EXTENDING) | modules(CONTRIBUTING)))
def test_every_module_can_be_run(module: str) -> None:
    spec = importlib.util.find_spec(module)
    assert spec is not None, module
    if spec.submodule_search_locations is not None:
        spec = importlib.util.find_spec(f"{module}.__main__")
    assert spec is not None, f"{module} has no __main__.py"
    assert spec.origin is not None
    assert 'if __name__ == "__main__":' in Path(spec.origin).read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [EXTENDING, CONTRIBUTING], ids=["docs/extending.md", "CONTRIBUTING.md"])
def test_every_link_leads_to_a_file(text: str) -> None:
    folder = ROOT / "docs" if text is EXTENDING else ROOT
    links = re.findall(r"\]\(([^)#]+)", text)
    assert links
    assert not [link for link in links if not (folder / link).is_file()]


def test_every_section_names_the_tests_that_fail() -> None:
    for section, text in SECTIONS.items():
        last = text.partition("Fails until done: ")[2]
        assert any(path.startswith("tests/") for path in paths(last)), section


def test_a_file_that_moved_is_named() -> None:
    section = "1. `src/lmwire/firewall/languages.py`\n2. `moved.py`, `quoting.py`: `python scripts/no_docs.py`\n"
    assert missing(section) == ["moved.py", "scripts/no_docs.py"]


def test_a_name_that_changed_is_named() -> None:
    section = "`src/lmwire/firewall/writers/writer.py`: a `Writer`, no `RuleWriter`"
    assert unknown(section) == ["Writer"]
