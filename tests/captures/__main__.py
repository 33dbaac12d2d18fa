"""`python -m tests.captures`: record every scenario anew, or those named.

Needs root on Linux, and dumpcap (package tshark or wireshark-common), ip (iproute2), nft (nftables) and setpriv
(util-linux). Exit status 0 when every capture tells what it must, 1 when one does not (the old one is kept then), 2 for
wrong usage, or when something is missing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lmwire.netns import NetworkUnavailable
from lmwire_mockserver.errors import UnknownScenario
from lmwire_mockserver.scenario import Scenario, scenario, scenarios
from tests.captures.compare import assert_same_evidence, assert_tells
from tests.captures.index import FOLDER, INDEX, Row, analyzed, capture_of, read, row_of, write
from tests.captures.play import Diagnosed, play
from tests.matrix.judging import assert_verdict

_AT_ONCE: Final = 10
"""Scenarios: they mostly wait for what never comes."""

_TOOLS: Final = {"dumpcap": "tshark", "ip": "iproute2", "nft": "nftables", "setpriv": "util-linux"}
_WRONG: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Record what the command line names, and return the exit status."""
    names = _names(arguments)
    console = Console(stderr=True)
    try:
        chosen = [scenario(name) for name in names] or list(scenarios())
    except UnknownScenario as error:
        console.print(error.one_line, markup=False)
        return _WRONG
    if missing := _missing():
        console.print(f"Missing: {', '.join(missing)}.", markup=False)
        return _WRONG
    rows, failures = _record(chosen, console)
    kept = {row.scenario: row for row in read()} if INDEX.exists() else {}
    known = {one.id for one in scenarios()}
    write(row for name, row in {**kept, **rows}.items() if name in known)
    for file in FOLDER.glob("*.pcapng"):
        if file.stem not in known:
            file.unlink()  # of a scenario that is gone
    for name, failure in failures.items():
        console.print(f"{name}: {failure}", markup=False, soft_wrap=True)
    size = sum(file.stat().st_size for file in FOLDER.glob("*.pcapng"))
    console.print(f"{len(rows)} captures recorded, {len(failures)} failed; all: {size / 1024:.0f} KiB")
    return int(bool(failures))


def _names(arguments: Sequence[str] | None) -> list[str]:
    parser = argparse.ArgumentParser(
        prog="python -m tests.captures",
        description="Play scenarios between two network namespaces, diagnose and record each: captures/ID.pcapng.",
        epilog=f"Needs root on Linux, and the programs {', '.join(_TOOLS)}.",
    )
    parser.add_argument("scenario", nargs="*", help="an id (default: all of them)")
    names: list[str] = parser.parse_args(arguments).scenario
    return names


def _missing() -> list[str]:
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
    found = [f"{tool} (package {package})" for tool, package in _TOOLS.items() if not shutil.which(tool, path=path)]
    return found if os.geteuid() == 0 else ["root (network namespaces are made, and packets recorded)", *found]


def _record(chosen: Sequence[Scenario], console: Console) -> tuple[dict[str, Row], dict[str, str]]:
    """Record scenarios side by side; return the rows of those that succeeded, and what is wrong with the others."""
    rows: dict[str, Row] = {}
    failures: dict[str, str] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory() as folder, Progress(*columns, console=console) as progress:
        task = progress.add_task("captures", total=len(chosen))
        for one, file, playing in _played(chosen, Path(folder)):
            try:
                rows[one.id] = _checked(one, playing.result(), file)
            except NetworkUnavailable as error:
                failures[one.id] = str(error)
            except Exception as error:  # noqa: BLE001 # whatever it is, the other captures are made
                failures[one.id] = f"{type(error).__name__}: {error}"
            else:
                capture_of(one).write_bytes(file.read_bytes())
            description = f"captures, {len(failures)} failed" if failures else "captures"
            progress.update(task, advance=1, description=description)
    return rows, failures


def _checked(one: Scenario, live: Diagnosed, file: Path) -> Row:
    """Return the capture's line of the index; AssertionError says what was seen live and what the capture tells."""
    row, found = row_of(one, live.license_path), analyzed(file)
    try:
        assert_verdict(live.document, one)
        assert_tells(found, one, row)
        assert_same_evidence(live.document, found, row)
    except AssertionError as error:
        raise AssertionError(f"live: {_verdicts(live.document)}; from the capture: {_verdicts(found)}") from error
    return row


def _verdicts(document: dict[str, Any] | None) -> str:
    found = document["diagnoses"] if document is not None else ()
    return ", ".join(f"{one['verdict']['id']} ({one['verdict']['severity']})" for one in found) or "nothing"


def _played(chosen: Sequence[Scenario], folder: Path) -> Iterator[tuple[Scenario, Path, Future[Diagnosed]]]:
    slowest_first = sorted(chosen, key=lambda one: -one.client.seconds)
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        files = {one.id: folder / f"{one.id}.pcapng" for one in slowest_first}
        playing = {threads.submit(play, one, files[one.id]): one for one in slowest_first}
        for done in as_completed(playing):
            yield playing[done], files[playing[done].id], done


if __name__ == "__main__":
    sys.exit(main())
