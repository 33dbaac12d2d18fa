"""`lmwire mock`: a license server that fails as told."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from lmwire.cli import options
from lmwire.cli.manual import epilog
from lmwire.cli.terminal import emit, fail, log, look, note

if TYPE_CHECKING:
    from lmwire_mockserver.scenario import Scenario

__all__ = ["mock"]

_PORT = options.number(range(65536))

_ANYWHERE: Final = "On any machine"
_LINUX: Final = "On any Linux machine, since their ports are filtered"
_NETWORK: Final = "Failures that need a firewall, names or fixed ports: played in network namespaces"


def _delay(context: click.Context, option: click.Parameter, text: str) -> float:
    return 0.0 if text == "0" else options.seconds(context, option, text)


@click.command(
    short_help="Play a license server that works or fails as told.",
    epilog=epilog(
        "lmwire mock --scenario vendor-filtered",
        "lmwire mock --bind 0.0.0.0 --lmgrd-port 27000 --vendor ibmratl=27001 --vendor telelogic",
        "lmwire mock --list",
    ),
)
@click.option("--scenario", metavar="ID", default="healthy", show_default=True, help="What to play; see --list.")
@click.option("--bind", metavar="ADDRESS", help="Address to listen on; 0.0.0.0 or :: for all. Loopback if not given.")
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
    help="Port of the first vendor daemon without one; 0 takes a free one.",
)
@click.option(
    "--vendor",
    metavar="NAME[=PORT]",
    multiple=True,
    help="Vendor daemon to play. May be given several times.",
)
@click.option("--referral-host", metavar="NAME", help="Host name that lmgrd refers to.")
@click.option(
    "--delay",
    metavar="SECONDS",
    default="0",
    show_default=True,
    callback=_delay,
    help="How long every answer waits.",
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
    list_: bool,
) -> None:
    """Play lmgrd and vendor daemons, healthy or failing as a scenario says. Never grants a license.

    Prints one line of JSON when every listener is ready, then one for each conversation, until Ctrl-C or SIGTERM.
    """
    if list_:
        emit(_scenarios())
        return
    from lmwire_mockserver.command import MockOptions, run_mock  # noqa: PLC0415 # what the other commands don't need
    from lmwire_mockserver.errors import MockError, UnknownScenario  # noqa: PLC0415

    asked = MockOptions(
        scenario=scenario,
        bind=bind or None,
        lmgrd_port=lmgrd_port,
        vendor_port=vendor_port,
        vendors=vendor,
        referral_host=referral_host,
        delay=delay,
    )
    try:
        run_mock(asked, _Guide(scenario))
    except UnknownScenario as error:
        fail(str(error), "all of them: lmwire mock --list")
    except MockError as error:
        fail(str(error))


class _Guide:
    """Writes each line to standard output, and behind the first, for people, what to run now."""

    def __init__(self, scenario: str) -> None:
        self._scenario = scenario
        self._ready = False

    def __call__(self, line: str) -> None:
        log(line)
        if not self._ready:
            self._ready = True
            self._begin(json.loads(line))

    def _begin(self, ready: dict[str, Any]) -> None:
        _warn_of_what_is_missing(self._scenario, ready)
        if sys.stderr is not None and sys.stderr.isatty():
            note(f"now: `{shlex.join(('lmwire', 'diagnose', ready['license_path']))}`")


def _warn_of_what_is_missing(name: str, ready: dict[str, Any]) -> None:
    """Say so when servers alone do not make the failure: a firewall, names or fixed ports do."""
    from lmwire_mockserver.scenario import Where, scenario  # noqa: PLC0415

    played = scenario(name)
    if played.where is Where.NETWORK:
        note(f"{played.id} is a failure of the network ({played.title}); the servers alone do not show it")
        rules = (*played.network.server_rules, *played.network.client_rules, *played.network.client_policy)
        ports = {"lmgrd_port": ready["lmgrd_port"], "vendor_port": ready["vendor_port"]}
        needed = [*(f"the rule `{rule.format_map(ports)}`" for rule in rules), "the names and ports of its file"]
        note(f"it needs {'; '.join(needed)}: see docs/scenarios.md")


def _scenarios() -> str:
    from lmwire.report.text import Page  # noqa: PLC0415
    from lmwire_mockserver.scenario import scenarios  # noqa: PLC0415

    page = Page(look())
    for title in (_ANYWHERE, _LINUX, _NETWORK):
        page.blank()
        page.paragraph(title, "bold")
        page.pairs((found.id, found.title) for found in scenarios() if _place(found) == title)
    return page.finish()


def _place(found: Scenario) -> str:
    """Return where a scenario can be played, as a heading."""
    from lmwire_mockserver.scenario import Listen, Where  # noqa: PLC0415

    if found.where is Where.NETWORK:
        return _NETWORK
    return _LINUX if any(daemon.listen is Listen.FILTERED for daemon in (*found.lmgrds, *found.vendors)) else _ANYWHERE
