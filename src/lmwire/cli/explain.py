"""`lmwire explain`: what an application's error means."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from lmwire.cli.options import ShortFormat, choice, epilog
from lmwire.cli.quick import Command
from lmwire.cli.terminal import emit, fail, look

__all__ = ["explain", "register"]

_STDIN: Final = "-"
_BYTES: Final = 1 << 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        cls=Command,
        short_help="Tell what an application's error code or dialog means.",
        # -96,491 begins like an option and is none; hence no option of one letter here either.
        context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
        epilog=epilog(
            "lmwire explain -96,491",
            "lmwire explain -15,570:115",
            'lmwire explain "Cannot connect to license server system. (-15,570:115)"',
            "lmwire explain < dialog.txt",
        ),
    )(explain)


def explain(
    *,
    text: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TEXT]...",
            help="An error code, or all that the application shows. None, or -: read from standard input.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="|".join(ShortFormat), help="Form of the result.")
    ] = ShortFormat.TEXT.value,
) -> None:
    """Tell what an error code means, which verdicts lead to it, and what to run next.

    A whole dialog or log is searched for codes and known messages. Exit status 1 when there is none in it.
    """
    chosen = choice("--format", form, ShortFormat)
    words = list(text or ())
    pasted = _standard_input() if words in ([], [_STDIN]) else " ".join(words)
    from lmwire.diagnosis.explain import explain as search  # noqa: PLC0415 # tables that the help does not need
    from lmwire.report import explanation  # noqa: PLC0415

    found = search(pasted)
    emit(explanation.as_json(found) if chosen is ShortFormat.JSON else explanation.as_text(found, look()))
    raise typer.Exit(0 if found.hits else 1)


def _standard_input() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        fail("explain what? Give a code, such as -96,491, or pipe the application's message in")
    return sys.stdin.buffer.read(_BYTES).decode("utf-8", "replace")
