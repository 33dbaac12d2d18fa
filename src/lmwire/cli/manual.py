"""How the help is laid out: arguments are explained, commands stand in their own order, examples end it.

Commands are loaded when they are used: a group knows the name and the short help of each.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, NamedTuple

import click

from lmwire.cli.terminal import USAGE
from lmwire.lazy import load
from lmwire.text import printable

__all__ = ["Argument", "Command", "LazyGroup", "Listed", "epilog"]


class Argument(click.Argument):
    """An argument whose meaning the help tells; click itself only does so since 8.5."""

    def __init__(self, *declarations: Any, meaning: str, **settings: Any) -> None:  # noqa: ANN401 # click's own
        super().__init__(*declarations, **settings)
        self.meaning = meaning


class Command(click.Command):
    """A command whose help lists such arguments above the options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write arguments, then options."""
        arguments = [found for found in self.get_params(ctx) if isinstance(found, Argument)]
        if arguments:
            with formatter.section("Arguments"):
                formatter.write_dl([(found.human_readable_name, found.meaning) for found in arguments])
        super().format_options(ctx, formatter)


class Listed(NamedTuple):
    """A command that a group has.

    Attributes:
        place: where the command is, as `MODULE:NAME`.
        short_help: what the group's help says of it; the only place where that is written.
    """

    place: str
    short_help: str


class LazyGroup(click.Group):
    """A group that loads a command when it is used, and whose help lists commands in the order of their importance.

    Args:
        listed: name → command.
    """

    def __init__(self, *arguments: Any, listed: Mapping[str, Listed], **settings: Any) -> None:  # noqa: ANN401 # click's own
        settings |= {"invoke_without_command": True, "subcommand_metavar": "COMMAND [ARGS]..."}
        super().__init__(*arguments, **settings)
        self.listed = listed

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 # click's signature
        """Return the names, the most important first."""
        return list(self.listed)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command. Raises UsageError, with the names that look like the one that there is none of."""
        if args and not args[0].startswith("-") and args[0] not in self.listed:
            near = difflib.get_close_matches(args[0], self.listed, 2)
            meant = f" Did you mean {' or '.join(near)}?" if near else ""
            ctx.fail(f"No such command {printable(args[0], 60)!r}.{meant}")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 # click's signature
        """Load a command; None where there is none of that name."""
        if cmd_name not in self.listed:
            return None
        place, short_help = self.listed[cmd_name]
        command = load(place)
        if not isinstance(command, click.Command):
            raise TypeError(place)
        command.short_help = short_help
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 # click's signature
        """Write the commands, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, short_help) for name, (_, short_help) in self.listed.items()])

    def show_help_unless_called(self, context: click.Context) -> None:
        """Write the help to standard error, and end with the status of wrong usage, when no command is named."""
        if context.invoked_subcommand is None:
            click.echo(context.get_help(), err=True)
            context.exit(USAGE)


def epilog(*examples: str) -> str:
    """Return the end of a command's help: examples, one a line."""
    lines = "\n".join(f"  {example}" for example in examples)
    # \b keeps the help from joining the lines into a paragraph.
    return f"\b\n{'Example' if len(examples) == 1 else 'Examples'}:\n{lines}"
