"""`lmwire explain`: what an error code, a verdict or a vendor daemon's name means."""

from __future__ import annotations

import codecs
import sys
from typing import Final

import click

from lmwire import workflows
from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.terminal import STDIN, emit, fail, look
from lmwire.report import Format, render

__all__ = ["explain"]

_BYTES: Final = 1 << 20
_STRANGE: Final = 0.3
"""Share of characters that no text has; a dialog pasted with a few of them is one all the same."""


@click.command(
    cls=Command,
    # -96,491 begins like an option, and is not one.
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
@options.format_option("lmwire.explanations.lookup:Explanation")
def explain(text: tuple[str, ...], form: Format) -> None:
    """Show what an error code means, which verdicts lead to it, and what to run next.

    lmwire searches a whole dialog or log for codes and known messages. For the name of a vendor daemon or a product,
    it shows the usual ports and how to pin them; for a verdict, its meaning and what the application shows.

    Exit status: 0: something in the text is known. 1: nothing is. 2: wrong usage.
    """
    pasted = _standard_input() if text in ((), (STDIN,)) else " ".join(text)
    found = workflows.explain(pasted)
    emit(render(found, form, look()))
    raise click.exceptions.Exit(0 if found.known else 1)


def _standard_input() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        fail("nothing to explain: give a code, such as -96,491, or pipe in what the application shows")
    raw = sys.stdin.buffer.read(_BYTES)
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # what PowerShell redirects
    text = raw.decode("utf-16" if wide else "utf-8", "replace")
    strange = sum(not (character.isprintable() or character.isspace()) or character == "\ufffd" for character in text)
    if strange > len(text) * _STRANGE:
        fail("standard input is not text: pipe in what the application shows, as plain text")
    return text
