"""Standard output and standard error: what they can show, and how to write to them without a surprise.

Either may be missing: Python has None then, as in a service, under pythonw, and after `>&-`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NoReturn, TextIO

from click.exceptions import Exit

from lmwire.cli.option_names import spelled_as_option
from lmwire.errors import LmwireError
from lmwire.report import Look
from lmwire.text import printable

if TYPE_CHECKING:
    from lmwire.diagnosis import Report

__all__ = [
    "CANT_WRITE",
    "CLOSED_PIPE",
    "DEBUG",
    "INTERRUPTED",
    "SOFTWARE",
    "STDIN",
    "USAGE",
    "closed_pipe",
    "colours",
    "emit",
    "fail",
    "look",
    "note",
    "say",
    "silence_stdout",
    "status_of",
    "stdin_or_path",
    "tell_error",
    "unwritten",
]

DEBUG: Final = "LMWIRE_DEBUG"
STDIN: Final = "-"

USAGE: Final = 2
SOFTWARE: Final = 70
CANT_WRITE: Final = 74
INTERRUPTED: Final = 130
CLOSED_PIPE: Final = 141
"""What a shell shows for a program that SIGPIPE ended."""

_LETTERS: Final = "✔✖·─…→"
_NARROWEST, _WIDEST, _USUAL = 20, 100, 80


def colours(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """Whether to use colours: NO_COLOR says no whatever else is said, FORCE_COLOR yes, else a terminal is wanted."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in {"", "0"}:
        return True
    return stream is not None and stream.isatty() and environ.get("TERM") != "dumb" and _understands_escapes()


def _understands_escapes() -> bool:
    if sys.platform != "win32":
        return True
    from rich.console import detect_legacy_windows  # noqa: PLC0415 # asks the console, on Windows only

    return not detect_legacy_windows()


def look(output: Path | None = None) -> Look:
    """Return how to render text for standard output, or for a file."""
    if output is not None:
        return Look()
    columns = shutil.get_terminal_size((_USUAL, 24)).columns
    return Look(
        width=min(max(columns, _NARROWEST), _WIDEST),
        colour=colours(sys.stdout, os.environ),
        unicode=_can_show(sys.stdout, _LETTERS),
    )


def _can_show(stream: TextIO | None, letters: str) -> bool:
    try:
        letters.encode((stream and stream.encoding) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def emit(text: str, output: Path | None = None) -> None:
    """Write the result to standard output or to a file.

    A reader that went away ends the program quietly. When the file cannot be written, the result goes to standard
    output all the same, and the exit status tells.
    """
    if output is not None:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            _write(text)
            note(
                f"cannot write {printable(str(output), 200)}: {error.strerror}; "
                "the result is on standard output instead"
            )
            raise Exit(CANT_WRITE) from None
        return
    _write(text)


def _write(text: str) -> None:
    if sys.stdout is None:
        note("cannot write to standard output: there is none")
        raise Exit(CANT_WRITE)
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        raise Exit(closed_pipe()) from None
    except OSError as error:
        raise Exit(unwritten(error)) from None


def unwritten(error: OSError) -> int:
    """Say why standard output took no more, write nothing more to it, and return the exit status for that."""
    silence_stdout()
    note(f"cannot write to standard output: {error.strerror}")
    return CANT_WRITE


def closed_pipe() -> int:
    """Write nothing more to standard output after its reader closed it; return the exit status for it."""
    silence_stdout()
    return CLOSED_PIPE


def silence_stdout() -> None:
    """Let what is still buffered go nowhere, so that the interpreter has nothing to complain about at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(text: str) -> None:
    """Write a line to standard error under our name. Names in it must be escaped already."""
    say(f"lmwire: {text}")


def say(*lines: str) -> None:
    """Write lines to standard error, as well as it can be; names in them must be escaped already."""
    if sys.stderr is None:
        return
    encoding = sys.stderr.encoding or "utf-8"
    text = "".join(f"{line}\n" for line in lines)
    with contextlib.suppress(OSError):
        sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stderr.flush()


def fail(text: str, *more: str) -> NoReturn:
    """Say what is wrong with the command line or its surroundings, and end with status 2."""
    note(text)
    say(*(f"  {line}" for line in more))
    raise Exit(USAGE)


def tell_error(error: LmwireError) -> None:
    """Say what is wrong, where, and what to do instead."""
    sentence, hint = error.spelled(spelled_as_option)
    note(sentence)
    say(*(f"  {line}" for line in (*error.details(), *([f"Hint: {hint}"] if hint else []))))


def stdin_or_path(text: str) -> str | BinaryIO:
    """Return standard input for `-`, and any other name as it is. Without standard input, end with status 2."""
    if text != STDIN:
        return text
    if sys.stdin is None:
        fail("cannot read standard input: there is none")
    return sys.stdin.buffer


def status_of(report: Report) -> int:
    """Return 0 when a license can be reached, at least with a warning, else 1."""
    from lmwire.diagnosis.overall import serves_overall  # noqa: PLC0415 # commands without a diagnosis start faster

    return 0 if serves_overall(report.overall) else 1
