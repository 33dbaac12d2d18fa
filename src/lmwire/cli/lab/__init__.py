"""`lmwire lab`: a broken network to repair, and a grade."""

from __future__ import annotations

import sys
from typing import Final

import click

from lmwire.cli.manual import LazyGroup, Listed, epilog
from lmwire.cli.terminal import fail

__all__ = ["lab"]

_HERE: Final = "lmwire.cli.lab"
_COMMANDS: Final = {
    "list": Listed(f"{_HERE}.play:list_", "Show all labs, and what was achieved."),
    "start": Listed(f"{_HERE}.play:start", "Start a lab."),
    "story": Listed(f"{_HERE}.play:story", "Show the story again."),
    "shell": Listed(f"{_HERE}.play:shell", "Log into a machine of the lab."),
    "restart": Listed(f"{_HERE}.play:restart", "Restart a license service, or the name servers."),
    "hint": Listed(f"{_HERE}.play:hint", "Get the next hint; it costs points."),
    "check": Listed(f"{_HERE}.play:check", "Measure the repair, and be graded."),
    "reset": Listed(f"{_HERE}.play:reset", "Build the running lab anew, broken as at first."),
    "board": Listed(f"{_HERE}.play:board", "Show the results of a class on one page."),
    "stop": Listed(f"{_HERE}.play:stop", "End the lab."),
}


class _LinuxGroup(LazyGroup):
    """A group whose commands import what only Linux has."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; end with status 2 anywhere but on Linux."""
        if sys.platform != "linux":
            fail(
                f"labs are made of network namespaces, which {sys.platform} does not have",
                "Hint: use a virtual machine with Linux",
            )
        return super().resolve_command(ctx, args)


@click.group(
    cls=_LinuxGroup,
    listed=_COMMANDS,
    epilog=epilog("lmwire lab list", "lmwire lab start vendor-port", "lmwire lab check"),
)
@click.pass_context
def lab(context: click.Context) -> None:
    """Play a network with a license server that clients cannot use, repair it with the usual tools, and be graded.

    Needs root on Linux, or a kernel that lets users make user namespaces. Nothing outside the lab is touched. What was
    achieved is kept in LMWIRE_LAB_HOME, by default ~/.local/state/lmwire/lab.
    """
    lab.show_help_unless_called(context)
