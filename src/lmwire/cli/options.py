"""What several commands take: how values are read from text, and what is said of a wrong one.

Each reader is a click callback. Numbers have readers of ours instead of click's ranges, which let NaN through and speak
of "0<x<=3600".
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from lmwire.cli.option_names import spelled_as_option
from lmwire.report import Format
from lmwire.report.renderers import formats_of
from lmwire.text import printable
from lmwire.workflows.settings import LONGEST_WAIT, SettingError, check_address, vendors_of

__all__ = [
    "address",
    "family",
    "file",
    "format_option",
    "number",
    "output_option",
    "seconds",
    "seconds_if_given",
    "vendors",
    "wrong_usage",
]


def format_option(document: str) -> Callable[[Any], Any]:
    """Return the option that picks one of the forms of a result; it is "text" when not given.

    Args:
        document: the type of the result, named as in `lmwire.report.renderers`.
    """
    values = [form.value for form in formats_of(document) if form is not Format.DIFF]  # --diff asks for that one
    return click.option(
        "--format",
        "-f",
        "form",
        type=click.Choice(values),
        metavar="|".join(values),
        default=Format.TEXT.value,
        show_default=True,
        callback=lambda _context, _option, text: Format(text),
        help="The form of the result.",
    )


def output_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option that names a file for the result; without it, None, the result goes to standard output."""
    option = click.option(
        "--output",
        "-o",
        metavar="FILE",
        type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
        callback=file,
        help="Write the result to this file.",
    )
    return option(command)


def seconds(_context: click.Context, _option: click.Parameter, text: str) -> float:
    """Read a number of seconds that can be waited for. Raises BadParameter, as all of these do."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= LONGEST_WAIT:
        raise click.BadParameter(f"must be above 0 and at most {LONGEST_WAIT} seconds, not {printable(text, 40)}")
    return value


def seconds_if_given(context: click.Context, option: click.Parameter, text: str | None) -> float | None:
    """Read as `seconds` does; an option that is not given stays None."""
    return None if text is None else seconds(context, option, text)


def number(allowed: range) -> Callable[[click.Context, click.Parameter, str], int]:
    """Return the reader of a whole number out of `allowed`."""

    def read(_context: click.Context, _option: click.Parameter, text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or int(text) not in allowed:
            raise click.BadParameter(f"must be from {allowed[0]} to {allowed[-1]}, not {printable(text, 40)}")
        return int(text)

    return read


def address(_context: click.Context, _option: click.Parameter, text: str) -> str:
    """Read an IP address; empty stays empty. Whether this machine has it, the connect tells."""
    try:
        check_address("address", text)
    except SettingError as error:
        raise click.BadParameter(error.message) from None
    return text


def family(*, ipv4: bool, ipv6: bool) -> int | None:
    """Return what -4 and -6 come to. Raises UsageError for both."""
    if ipv4 and ipv6:
        raise click.UsageError("-4 and -6 exclude each other")
    return 4 if ipv4 else 6 if ipv6 else None


def vendors(_context: click.Context, _option: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Read names that a hello can carry and a VENDOR line can hold; each counts once."""
    try:
        return vendors_of(names)
    except SettingError as error:
        raise click.BadParameter(error.message) from None


def wrong_usage(error: SettingError) -> click.UsageError:
    """Return the error of click for a setting that a workflow refuses."""
    return click.UsageError(": ".join(filter(None, error.spelled(spelled_as_option))))


def file(_context: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    """Read the name of a file to write; nothing, or -, stands for standard output."""
    if path is None or path in (Path("-"), Path()):  # the last comes from an empty text
        return None
    if not path.parent.is_dir():
        raise click.BadParameter(f"there is no directory {printable(str(path.parent), 200)}")
    return path
