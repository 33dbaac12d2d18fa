"""`lmwire explain`: what an error code, a verdict or a vendor daemon's name means."""

from __future__ import annotations

import codecs
import sys
from typing import Final

import click

from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.options import ShortFormat, form_option
from lmwire.cli.terminal import emit, fail, look

__all__ = ["explain"]

_STDIN: Final = "-"
_BYTES: Final = 1 << 20
_STRANGE: Final = 0.3
"""Share of characters that no text has; a dialog pasted with a few of them is one all the same."""


@click.command(
    cls=Command,
    short_help="Tell what an error, a verdict or a vendor daemon means.",
    # -96,491 begins like an option and is none.
    context_settings={"ignore_unknown_options": True, "help_option_names": ["-h", "--help"]},
    epilog=epilog(
        "lmwire explain -96,491",
        "lmwire explain -15,570:115",
        'lmwire explain "Cannot connect to license server system. (-15,570:115)"',
        "lmwire explain < dialog.txt",
        "lmwire explain ibmratl",
        "lmwire explain matlab",
        "lmwire explain vendor-filtered",
    ),
)
@click.argument(
    "text",
    cls=Argument,
    nargs=-1,
    metavar="[TEXT]...",
    meaning="An error code or its symbol, all that the application shows, a verdict, or the name of a vendor daemon "
    "or a product. None, or -: read from standard input.",
)
@form_option(ShortFormat, "--format", "-f")
def explain(text: tuple[str, ...], form: ShortFormat) -> None:
    """Tell what an error code means, which verdicts lead to it, and what to run next.

    A whole dialog or log is searched for codes and known messages. A vendor daemon's or a product's name tells its
    usual ports and how to pin them; a verdict's, when it is given and what the application shows then. Exit status 1
    when nothing that is known is in it.
    """
    pasted = _standard_input() if text in ((), (_STDIN,)) else " ".join(text)
    from lmwire.explain.lookup import explain as search  # noqa: PLC0415 # tables that the help does not need
    from lmwire.report import explanation  # noqa: PLC0415

    found = search(pasted)
    emit(explanation.as_json(found) if form is ShortFormat.JSON else explanation.as_text(found, look()))
    raise click.exceptions.Exit(0 if found.known else 1)


def _standard_input() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        fail("explain what? Give a code, such as -96,491, or pipe the application's message in")
    raw = sys.stdin.buffer.read(_BYTES)
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # what PowerShell redirects
    text = raw.decode("utf-16" if wide else "utf-8", "replace")
    strange = sum(not (character.isprintable() or character.isspace()) or character == "\ufffd" for character in text)
    if strange > len(text) * _STRANGE:
        fail("standard input is no text: pipe in what the application shows, as plain text")
    return text
