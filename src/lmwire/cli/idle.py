"""`lmwire idle`: find after how much silence the path forgets a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lmwire import workflows
from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.progress import Bar
from lmwire.cli.terminal import emit, look, note
from lmwire.defaults import IDLE_UP_TO, IDLE_WAIT
from lmwire.report import Format, render

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["idle"]

_MINUTE = 60
_MOST = 32


def _ages(context: click.Context, option: click.Parameter, text: str) -> tuple[float, ...]:
    if not text:
        return ()
    values = text.split(",")
    if len(values) > _MOST:
        raise click.BadParameter(f"must be at most {_MOST} numbers of seconds, with commas between them")
    return tuple(options.seconds(context, option, value.strip()) for value in values)


@click.command(
    cls=Command,
    epilog=epilog(
        "lmwire idle 27000@gateway",
        "lmwire idle 27000@gateway --up-to 180",
        "lmwire idle 27000@gateway --ages 30,60,120 --format json",
    ),
)
@click.argument(
    "target", cls=Argument, metavar="TARGET", meaning="A gateway or a mock at the other end of the path: 27000@gateway."
)
@click.option(
    "--up-to",
    metavar="SECONDS",
    default=f"{IDLE_UP_TO:g}",
    show_default=True,
    callback=options.seconds,
    help="The longest silence to try; it takes as long.",
)
@click.option(
    "--ages",
    metavar="SECONDS,SECONDS,…",
    default="",
    callback=_ages,
    help="Try these silences instead, for example 30,60,120.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    default=f"{IDLE_WAIT:g}",
    show_default=True,
    callback=options.seconds,
    help="How long to wait for a byte to come back.",
)
@click.option("--ipv4", "-4", is_flag=True, help="Use IPv4 only.")
@click.option("--ipv6", "-6", is_flag=True, help="Use IPv6 only.")
@options.format_option("lmwire.idle.model:IdleResult")
@options.output_option
@click.pass_context
def idle(
    context: click.Context,
    /,
    *,
    target: str,
    up_to: float,
    ages: tuple[float, ...],
    timeout: float,
    ipv4: bool,
    ipv6: bool,
    form: Format,
    output: Path | None,
) -> None:
    """Find after how much silence a NAT, VPN or firewall forgets a connection, and whether a license survives it.

    Opens a connection for each silence, all at once, to `lmwire gateway` or `lmwire mock` at the other end of the path.
    A license server is never measured to: it gets one question, and lmwire says that it answers like one.

    Exit status: 0: a license's heartbeat, every 120 s, keeps its connection alive. 1: it does not, or lmwire could not
    tell. 2: wrong usage, or the target is not a gateway or a mock that can be reached.
    """
    if ages and context.get_parameter_source("up_to") is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("--ages and --up-to exclude each other")
    family = options.family(ipv4=ipv4, ipv6=ipv6)
    try:
        with Bar("Silence") as bar:

            def progress(done: float, total: float, survived: float | None) -> None:
                if survived is not None:
                    bar.describe(f"{survived:g} s survived")
                bar(min(int(done), int(total)), max(int(total), 1))

            result = workflows.measure_idle(
                target,
                ages=ages,
                up_to=up_to,
                wait=timeout,
                family=family,
                on_start=lambda seconds: note(
                    f"this takes up to {_duration(seconds)}; it ends sooner at the first loss"
                ),
                progress=progress,
            )
    except workflows.SettingError as error:
        raise options.wrong_usage(error) from None
    emit(render(result, form, look(output)), output)
    raise click.exceptions.Exit(0 if result.judged.heartbeat_survives else 1)


def _duration(seconds: float) -> str:
    if seconds < 2 * _MINUTE:
        return f"{seconds:g} seconds"
    return f"{round(seconds / _MINUTE)} minutes"
