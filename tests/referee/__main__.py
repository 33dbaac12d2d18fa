"""`python -m tests.referee`: unmodified FlexNet clients, and what each reports of each scenario of the mock.

Writes measured.jsonl beside this file. Needs Linux on x86_64; scenarios between namespaces need root, iproute2 and
nftables; the Windows clients need Wine and MinGW. What is missing is said, and its rows stay as they are.

Exit status: 0 when all went well; 1 when `--check` found a difference, or when a client could not run.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lmwire_mockserver.scenario import Scenario, Where, scenarios
from tests.referee.clients import CLIENTS, Client, client
from tests.referee.errors import RefereeError
from tests.referee.measured import FILE, Row, differences, load, merged, save
from tests.referee.measuring import JOBS, measure_all
from tests.referee.running import missing_for, prepare

_ROOT = 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says, and return the exit status."""
    options = _options(arguments)
    console = Console(stderr=True, highlight=False)
    try:
        clients = _prepared(options.client or CLIENTS, console)
        if options.fetch:
            return 0
    except RefereeError as error:
        console.print(error.one_line, markup=False, soft_wrap=True)
        return 1
    results = _run(clients, _playable(options.scenario, console), options.jobs, console)
    rows = [each for each in results if isinstance(each, Row)]
    failed = [str(each) for each in results if isinstance(each, RefereeError)]
    for reason in failed:
        console.print(reason, markup=False, soft_wrap=True)
    old = load() if FILE.exists() else ()
    if options.check:
        return int(_check(old, rows) or bool(failed))
    new = merged(old, rows, (each.id for each in scenarios()))
    save(new)
    console.print(f"{len(rows)} runs: {len(set(new).difference(old))} rows of {FILE.name} have changed")
    return int(bool(failed))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.referee", description="Measure what unmodified FlexNet clients report of each scenario."
    )
    parser.add_argument(
        "--client", type=_client, action="append", help="such as 11.19-linux; may be repeated (default: all)"
    )
    parser.add_argument("--scenario", action="append", help="its id; may be repeated (default: all)")
    parser.add_argument("--jobs", type=_jobs, default=JOBS, help="how many runs at a time (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a row differs")
    parser.add_argument("--fetch", action="store_true", help="only fetch the clients' wheels and prepare Wine")
    options = parser.parse_args(arguments)
    if unknown := set(options.scenario or ()).difference(each.id for each in scenarios()):
        parser.error(f"--scenario: unknown: {', '.join(sorted(unknown))}; `lmwire mock --list` shows all")
    return options


def _client(name: str) -> Client:
    try:
        return client(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _jobs(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


def _prepared(clients: Sequence[Client], console: Console) -> list[Client]:
    """Return the clients that can run here, ready to run; say which cannot."""
    able = []
    for each in clients:
        if missing := missing_for(each):
            console.print(f"client {each} is left out: it needs {missing}")
        else:
            prepare(each)
            able.append(each)
    return able


def _playable(wanted: Sequence[str] | None, console: Console) -> list[Scenario]:
    """Return the scenarios that can be played here, slowest first; say how many cannot."""
    chosen = [each for each in scenarios() if not wanted or each.id in wanted]
    if os.geteuid() != _ROOT:
        left_out = [each for each in chosen if each.where is Where.NETWORK]
        if left_out:
            console.print(f"{len(left_out)} scenarios are left out: they need network namespaces, so root")
        chosen = [each for each in chosen if each.where is Where.LOOPBACK]
    return sorted(chosen, key=lambda each: (each.client.seen, -each.client.seconds))


def _run(
    clients: Sequence[Client], failures: Sequence[Scenario], jobs: int, console: Console
) -> list[Row | RefereeError]:
    """Run every client on every scenario, and show how far it is."""
    runs = [(each, failure.id) for failure in failures for each in clients]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    results: list[Row | RefereeError] = []
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("runs", total=len(runs))
        for result in measure_all(runs, jobs):
            results.append(result)
            progress.advance(task)
            if not console.is_terminal:  # where no bar can move
                said = f"{result.scenario}, {result.client}: {result.code}" if isinstance(result, Row) else str(result)
                console.print(f"{len(results)} of {len(runs)}: {said}", markup=False, soft_wrap=True)
    return results


def _check(old: Sequence[Row], new: Sequence[Row]) -> int:
    known = {(row.scenario, row.client): row for row in old}
    compared = [(row, differences(known.get((row.scenario, row.client)), row)) for row in new]
    console = Console(highlight=False)
    wrong = [(row, found) for row, found in compared if found]
    for row, found in sorted(wrong, key=lambda each: (each[0].scenario, each[0].client)):
        console.print(f"{row.scenario}, {row.client}: {'; '.join(found)}", markup=False, soft_wrap=True)
    console.print(f"{len(new)} runs: {len(wrong)} differ from {FILE.name}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
