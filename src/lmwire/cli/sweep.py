"""`lmwire sweep`: many license servers, each diagnosed for itself."""

from __future__ import annotations

from pathlib import Path

import click

from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.progress import Bar
from lmwire.cli.terminal import emit, look
from lmwire.defaults import PARALLEL
from lmwire.diagnosis.overall import serves_overall
from lmwire.fleet.commands import SHORTEST_PAUSE, run_sweep, watch_servers
from lmwire.fleet.documents import Change, SweepReport, SweepResult
from lmwire.fleet.inventory import EXAMPLE
from lmwire.probe import Settings
from lmwire.probe.path import allow_many_sockets
from lmwire.report import Format, render
from lmwire.report.sweep import change_line, result_line
from lmwire.workflows.settings import PARALLELS

__all__ = ["sweep"]

_LONGEST = 86_400.0


def _pause(_context: click.Context, _option: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and SHORTEST_PAUSE <= int(text) <= _LONGEST):
        raise click.BadParameter(f"must be from {SHORTEST_PAUSE:.0f} to {_LONGEST:.0f} seconds")
    return float(text)


@click.command(
    cls=Command,
    epilog=epilog(
        "lmwire sweep servers.txt",
        "lmwire sweep servers.toml --format json > today.jsonl",
        "lmwire sweep servers.toml --every 60",
        "lmwire sweep --example > servers.toml",
    ),
)
@click.argument(
    "file",
    cls=Argument,
    required=False,
    metavar="[FILE]",
    type=click.Path(path_type=Path),
    meaning="The list: a license path a line, or TOML with name, path, vendors and tags of each server.",
)
@click.option("--example", is_flag=True, help="Print a commented list in TOML, and exit.")
@click.option("--every", metavar="SECONDS", callback=_pause, help="Look again and again; print only what changed.")
@click.option(
    "--vendor", "-v", metavar="NAME", multiple=True, callback=options.vendors, help="Ask for this vendor daemon."
)
@click.option("--timeout", metavar="SECONDS", callback=options.seconds_if_given, help="How long to wait for a connect.")
@click.option(
    "--parallel",
    metavar="N",
    default=str(PARALLEL),
    show_default=True,
    callback=options.number(PARALLELS),
    help="How many servers to walk to at a time.",
)
@options.format_option("lmwire.fleet.documents:SweepReport")
@options.output_option
def sweep(
    *,
    file: Path | None,
    example: bool,
    every: float | None,
    vendor: tuple[str, ...],
    timeout: float | None,
    parallel: int,
    form: Format,
    output: Path | None,
) -> None:
    """Diagnose many license servers, each for itself, from this machine.

    Exit status: 0: each server can be reached. 1: one cannot, or lmwire could not tell. 2: wrong usage.
    """
    if example:
        emit(EXAMPLE, output)
        return
    if file is None:
        raise click.UsageError("Missing argument '[FILE]'; `lmwire sweep --example` prints one to begin with.")
    allow_many_sockets()
    settings = (
        Settings(vendors=vendor, parallel=parallel)
        if timeout is None
        else Settings(vendors=vendor, parallel=parallel, connect_wait=timeout, hurry=False)
    )
    if every is not None:
        watch_servers(file, settings, every, _Teller(form))
        return
    with Bar("Walking to license servers") as bar:
        failed = 0

        def found(done: int, total: int, result: SweepResult) -> None:
            nonlocal failed
            if not serves_overall(result.overall):
                failed += 1
                bar.describe(f"Walking to license servers: {failed} cannot be reached")
            bar(done, total)
            if form is Format.JSON and output is None:
                emit(f"{result_line(result)}\n")

        report = run_sweep(file, settings, found)
    if form is not Format.JSON or output is not None:
        emit(render(report, form, look(output)), output)
    raise click.exceptions.Exit(0 if all(serves_overall(result.overall) for result in report.results) else 1)


class _Teller:
    """Shows the first look in full, then changes only."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._first = True

    def __call__(self, report: SweepReport, changed: tuple[Change, ...]) -> bool:
        if self._first:
            self._first = False
            emit(render(report, self._form, look()))
        for change in changed:
            emit(f"{change_line(change)}\n" if self._form is Format.TEXT else _json(change))
        return True


def _json(change: Change) -> str:
    from lmwire.report.json import document  # noqa: PLC0415

    return document(change)
