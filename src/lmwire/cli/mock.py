"""`lmwire mock`: a license server that works, or fails as a scenario says."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from typing import Any

import click

from lmwire import workflows
from lmwire.addresses import is_loopback
from lmwire.cli import options
from lmwire.cli.manual import Command, epilog
from lmwire.cli.terminal import USAGE, emit, fail, look, note, say, tell_error
from lmwire.ports import MAX_PORT
from lmwire.report import Format, render
from lmwire_mockserver.errors import UnknownScenario

__all__ = ["mock"]

_PORT = options.number(range(MAX_PORT + 1))


def _delay(context: click.Context, option: click.Parameter, text: str) -> float:
    return 0.0 if text == "0" else options.seconds(context, option, text)


@click.command(
    cls=Command,
    epilog=epilog(
        "lmwire mock --scenario vendor-filtered",
        "lmwire mock --bind 0.0.0.0 --lmgrd-port 27000 --vendor ibmratl=27001 --vendor telelogic",
        "lmwire mock --list",
    ),
)
@click.option("--scenario", metavar="ID", default="healthy", show_default=True, help="What to play; see --list.")
@click.option("--bind", metavar="ADDRESS", help="The address to listen on; 0.0.0.0 or :: for all; default: loopback.")
@click.option(
    "--lmgrd-port",
    metavar="PORT",
    default="0",
    show_default=True,
    callback=_PORT,
    help="lmgrd's port; 0 takes a free one.",
)
@click.option(
    "--vendor-port",
    metavar="PORT",
    default="0",
    show_default=True,
    callback=_PORT,
    help="The port of the first vendor daemon that has none; 0 takes a free one.",
)
@click.option(
    "--vendor",
    metavar="NAME[=PORT]",
    multiple=True,
    help="A vendor daemon to play. Repeatable.",
)
@click.option("--referral-host", metavar="NAME", help="The host name that lmgrd refers to.")
@click.option(
    "--delay",
    metavar="SECONDS",
    default="0",
    show_default=True,
    callback=_delay,
    help="How long every answer is delayed.",
)
@click.option(
    "--servers-only",
    is_flag=True,
    help="Play the servers of a failure that needs a network, too; alone they work.",
)
@click.option("--list", "list_", is_flag=True, help="List the scenarios and exit.")
def mock(
    *,
    scenario: str,
    bind: str | None,
    lmgrd_port: int,
    vendor_port: int,
    vendor: tuple[str, ...],
    referral_host: str | None,
    delay: float,
    servers_only: bool,
    list_: bool,
) -> None:
    """Play lmgrd and vendor daemons, healthy or failing as a scenario says. Never grants a license.

    Prints one line of JSON when every listener is ready, then one for each conversation, until Ctrl-C or SIGTERM.

    Exit status: 0: a signal ended it. 2: it cannot be played, or wrong usage.
    """
    if list_:
        emit(render(workflows.list_scenarios(), Format.TEXT, look()))
        return
    try:
        workflows.play_mock(
            scenario,
            bind=bind or None,
            lmgrd_port=lmgrd_port,
            vendor_port=vendor_port,
            vendors=vendor,
            referral_host=referral_host,
            delay=delay,
            servers_only=servers_only,
            on_ready=_Guide(bind or None),
            on_missing=note,
        )
    except UnknownScenario as error:
        near = f"did you mean {' or '.join(error.near)}? " if error.near else ""
        fail(error.message, f"Hint: {near}`lmwire mock --list` shows all scenarios")
    except workflows.NeedsNetworkError as error:
        tell_error(error)
        say(*_elsewhere(error.scenario))
        raise click.exceptions.Exit(USAGE) from None


def _elsewhere(scenario: str) -> Iterator[str]:
    """Yield where a failure of the network is played."""
    from lmwire.lab import labs, read_lab  # noqa: PLC0415 # only here, and it reads the plans of all labs

    for lab in labs():
        if read_lab(lab).scenario == scenario:
            yield f"  Hint: `lmwire lab start {lab}` plays it in a network"
    yield "  Hint: ScenarioNetwork plays it in a network, for tests: see docs/scenarios.md"


class _Guide:
    """Says, once the mock is ready, what people have to know, and what to run now."""

    def __init__(self, bind: str | None) -> None:
        self._bind = bind

    def __call__(self, line: str) -> None:
        ready: dict[str, Any] = json.loads(line)
        if self._bind is not None and not is_loopback(self._bind):
            note(f"the mock is open to every machine that can reach {self._bind}: it does not ask for a password")
        if sys.stderr is not None and sys.stderr.isatty():
            note(f"now: `{shlex.join(('lmwire', 'diagnose', ready['license_path']))}`")
