"""`python -m tests.networks --count 1000 --seed 1`: random networks, and whether lmwire is right about each.

Needs root on Linux, iproute2 and nftables. Exit status 0 when every verdict is the expected one and at most one in a
hundred is inconclusive, else 1.

`python -m tests.networks --clients --count 1000`: whole license paths, and whether real clients report what lmwire
predicts of them. Exit status 0 when it is never wrong about being served, and right often enough in the rest.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lmwire.defaults import CONNECT_WAIT
from lmwire.evidence import Connect, Evidence, Role
from tests.networks.compare import compare, totals
from tests.networks.coverage import VERDICTS
from tests.networks.generate import generate, generate_path
from tests.networks.model import words
from tests.networks.plan import ICMP, PLACES, Plan
from tests.networks.pool import JOBS, check_all
from tests.networks.referees import Seen, observe_all
from tests.networks.run import Result

_CLIENTS = ("11.16-linux", "11.19-linux")
_INCONCLUSIVE = 100  # one of so many may be


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line says, print tables and mismatches, and return the exit status."""
    options = _options(arguments)
    console = Console()
    if options.clients is not None:
        return with_clients(options, console)
    plans = _plans(options)
    results = _run(plans, options.jobs, options.timeout, Console(stderr=True))
    for table in (_verdicts(results), _waits(results), _faults(results), _others(results)):
        console.print(table)
    wrong = [result for result in results if not result.right]
    unclear = sum(result.found == "inconclusive" for result in results)
    for result in wrong:
        console.print(result.report(), markup=False, highlight=False, soft_wrap=True)
    console.print(f"{len(results)} networks: {len(wrong)} wrong, {unclear} inconclusive")
    return int(bool(wrong) or unclear * _INCONCLUSIVE > max(len(results), _INCONCLUSIVE))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.networks", description="Random networks, each diagnosed.")
    parser.add_argument("--count", type=int, default=100, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the first; the others follow (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=JOBS, help="how many at a time (default: %(default)s)")
    parser.add_argument(
        "--timeout",
        type=float,
        default=CONNECT_WAIT,
        help="seconds for a connect, as lmwire is told them; any but the default are waited for on every path",
    )
    parser.add_argument(
        "--clients",
        nargs="*",
        metavar="CLIENT",
        help="run real clients along whole license paths, such as 11.19-linux (default: 11.16 and 11.19 on Linux)",
    )
    parser.add_argument("--record", type=Path, help="with --clients: write what was seen, one JSON line a network")
    parser.add_argument("--replay", type=Path, help="with --clients: read such a file instead of building networks")
    parser.add_argument("--plan", type=Path, help="a plan as JSON, as it is printed for a mismatch, instead of seeds")
    return parser.parse_args(arguments)


def _plans(options: argparse.Namespace) -> list[Plan]:
    if options.plan is not None:
        return [msgspec.json.decode(options.plan.read_bytes(), type=Plan)]
    return [generate(seed) for seed in range(options.seed, options.seed + options.count)]


def _run(plans: list[Plan], jobs: int, connect_wait: float, console: Console) -> list[Result]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    results: list[Result] = []
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("networks", total=len(plans))
        for result in check_all(plans, jobs, connect_wait):
            results.append(result)
            wrong = sum(not result.right for result in results)
            progress.update(task, advance=1, description=f"networks, {wrong} wrong" if wrong else "networks")
    return results


def _verdicts(results: list[Result]) -> Table:
    table = Table("verdict", "expected", "found", "longest, s", title="Verdicts")
    wanted, found = (Counter(getattr(result, field) for result in results) for field in ("expected", "found"))
    names = dict.fromkeys([*(words(*verdict) for verdict in VERDICTS), *wanted, *found])
    for name in names:
        seconds = max((result.seconds for result in results if result.found == name), default=0.0)
        table.add_row(name or "none at all", str(wanted[name]), str(found[name]), f"{seconds:.1f}")
    return table


def _waits(results: list[Result]) -> Table:
    """Return how long the vendor daemon's port was waited for that was called filtered."""
    table = Table(
        "path", "networks", "shortest, s", "median", "90 %", "longest", title="Wait for a filtered vendor port"
    )
    filtered = [result for result in results if result.found.startswith("vendor-filtered")]
    for name, clean in (("clean", True), ("other", False)):
        waits = sorted(_longest_wait(result) for result in filtered if result.plan.clean is clean)
        if waits:
            shown = (waits[0], *(waits[int(share * (len(waits) - 1))] for share in (0.5, 0.9)), waits[-1])
            table.add_row(name, str(len(waits)), *(f"{each:.2f}" for each in shown))
    return table


def _longest_wait(result: Result) -> float:
    evidence = msgspec.json.decode(result.evidence, type=Evidence)
    filtered = (leg for leg in evidence.legs_of(Role.VENDOR) if leg.connect is Connect.FILTERED)
    return max((leg.connect_seconds for leg in filtered), default=0.0)


def with_clients(options: argparse.Namespace, console: Console) -> int:
    """Let real clients and lmwire walk along random license paths, print what differs, and return the exit status."""
    seen = _replayed(options.replay) if options.replay else _observed(options)
    comparisons = [each for one in seen for each in compare(one)]
    troubles = [one for one in seen if one.trouble]
    for comparison in comparisons:
        if set(comparison.wrong) - {"system error"}:
            console.print(comparison.report(), markup=False, highlight=False, soft_wrap=True)
    for one in troubles:
        console.print(f"seed {one.plan.seed}: {one.trouble}", markup=False, highlight=False, soft_wrap=True)
    counted = totals(comparisons, len(troubles))
    table = Table("prediction", "wrong", "of", title="Predictions and real clients")
    for kind in ("served", "code", "system error", "seconds", "unknown"):
        table.add_row(kind, str(counted.wrong[kind]), str(counted.runs))
    console.print(table)
    return int(not counted.good)


def _observed(options: argparse.Namespace) -> list[Seen]:
    plans = [generate_path(seed) for seed in range(options.seed, options.seed + options.count)]
    columns = (TextColumn("networks"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    found: list[Seen] = []
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("networks", total=len(plans))
        for seen in observe_all(plans, tuple(options.clients) or _CLIENTS, options.jobs):
            found.append(seen)
            progress.update(task, advance=1)
    if options.record is not None:
        options.record.write_bytes(b"".join(msgspec.json.encode(seen) + b"\n" for seen in found))
    return found


def _replayed(file: Path) -> list[Seen]:
    return msgspec.json.Decoder(Seen).decode_lines(file.read_bytes())


def _faults(results: list[Result]) -> Table:
    """Return how often a fault of each sort decided at each place."""
    met = Counter(fault for result in results if (fault := _fault(result.why)) is not None)
    table = Table("packets and fate", *PLACES, title="Faults that decided")
    for sort in sorted({sort for _, sort in met}):
        table.add_row(sort, *(str(met[place, sort]) for place in PLACES))
    return table


def _fault(cause: str) -> tuple[str, str] | None:
    """Take `r1 there syn drop` apart into the place and the rest, all sorts of ICMP being one."""
    match cause.split():
        case [place, direction, stage, kind] if place in PLACES:
            return place, f"{direction} {stage} {'icmp' if kind in ICMP else kind}"
    return None


def _others(results: list[Result]) -> Table:
    table = Table("what else decided", "networks", title="Other causes")
    causes = Counter(result.why for result in results if _fault(result.why) is None)
    for cause, count in sorted(causes.items()):
        table.add_row(cause, str(count))
    return table


if __name__ == "__main__":
    sys.exit(main())
