"""How the help is laid out: arguments are explained, commands stand in their own order, examples end it."""

from __future__ import annotations

from typing import Any

import click

__all__ = ["Argument", "Command", "Group", "epilog"]


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


class Group(click.Group):
    """A group whose help lists commands in the order of their importance, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 # click's signature
        """Return the names in the order in which the commands were added."""
        return list(self.commands)


def epilog(*examples: str) -> str:
    """Return the end of a command's help: examples, one a line."""
    lines = "\n".join(f"  {example}" for example in examples)
    # \b keeps the help from joining the lines into a paragraph.
    return f"\b\n{'Example' if len(examples) == 1 else 'Examples'}:\n{lines}"
