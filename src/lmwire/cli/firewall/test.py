"""`lmwire firewall test`: who gets a license through a rule set, tried out in a network made for it."""

from __future__ import annotations

import contextlib
import signal
import sys
from pathlib import Path

import click

from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.progress import Bar
from lmwire.cli.terminal import emit, look, note, say
from lmwire.report import Format, render
from lmwire.ruletest import commands
from lmwire.ruletest.documents import NetworkTest
from lmwire.ruletest.model import MOST_LOOKS

__all__ = ["test"]


@click.command(
    "test",
    cls=Command,
    epilog=epilog(
        "lmwire firewall test --example > plan.toml",
        "lmwire firewall test plan.toml",
        "lmwire firewall test plan.toml --format junit --output firewall.xml",
        "lmwire firewall test plan.toml --repeat 16",
        "lmwire firewall test plan.toml --commands",
        "lmwire firewall test plan.toml --results office.json --results guests=today.json",
    ),
)
@click.argument(
    "plan",
    cls=Argument,
    required=False,
    metavar="[PLAN]",
    type=click.Path(path_type=Path),
    meaning="The plan: networks, your own rule files between them, license servers, and the verdicts expected.",
)
@click.option("--example", is_flag=True, help="Print a commented plan that works, and exit.")
@click.option("--commands", "real", is_flag=True, help="Print what to run where, to test a real network, and exit.")
@click.option(
    "--results",
    metavar="FILE",
    multiple=True,
    help="Build no network; judge what `lmwire diagnose --format json` printed in the real one. A file named after its "
    "zone, ZONE=FILE, or a directory of such files. Repeatable.",
)
@click.option("--keep", is_flag=True, help="Keep the network until Enter or Ctrl-C, and show how to enter it.")
@click.option(
    "--repeat",
    metavar="N",
    default="1",
    show_default=True,
    callback=options.number(range(1, MOST_LOOKS + 1)),
    help="Look N times, each time in a fresh network and from other source ports, and count the looks that pass.",
)
@options.format_option("lmwire.ruletest.model:Result")
@options.output_option
def test(
    *,
    plan: Path | None,
    example: bool,
    real: bool,
    results: tuple[str, ...],
    keep: bool,
    repeat: int,
    form: Format,
    output: Path | None,
) -> None:
    """Try out who gets a license through a rule set, before it is loaded into a real firewall.

    Builds the networks of a plan from Linux network namespaces, with your own nftables or iptables files on the
    routers, plays the license servers, and diagnoses from every zone. Where a verdict is not the expected one, lmwire
    names the rule that decided. Touches nothing outside these namespaces, and leaves nothing behind. Needs root, or a
    kernel that lets users make user namespaces.

    Exit status: 0: all is as expected. 1: something is not. 2: the plan cannot be used, or not on this machine.
    """
    if example:
        emit(render(commands.example_plan(), Format.TEXT), output)
        return
    if plan is None:
        raise click.UsageError("Missing argument '[PLAN]'; `lmwire firewall test --example` prints one to begin with.")
    if sum((bool(results), real, keep)) > 1:
        raise click.UsageError("--commands, --results and --keep exclude each other")
    if repeat > 1 and (results or real):
        raise click.UsageError("--repeat needs the network that lmwire builds, so it excludes --commands and --results")
    if real:
        emit(render(commands.real_network(plan), Format.TEXT), output)
        return
    if results:
        result = commands.judge_files(plan, results)
        emit(render(result, form, look(output)), output)
    else:
        with commands.network_test(plan, lambda: Bar("Diagnosing from every zone"), looks=repeat) as tested:
            result = tested.result
            emit(render(result, form, look(output)), output)
            if keep:
                _wait(tested)
    raise click.exceptions.Exit(0 if result.agrees else 1)


def _wait(tested: NetworkTest) -> None:
    """Show how to enter each machine, and wait for Enter, Ctrl-C or SIGTERM."""
    note("the network stays until Enter or Ctrl-C; from another terminal, enter")
    say(*(f"  {door.kind} {door.name}: {door.command}" for door in tested.doors))
    with contextlib.suppress(KeyboardInterrupt):
        # At the end of its input, as from a service, only a signal is left.
        if not (sys.stdin and sys.stdin.readline()):
            signal.pause()
