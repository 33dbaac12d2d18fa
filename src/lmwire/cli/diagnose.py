"""`lmwire diagnose`: walk the license path and say where it breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import click

from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.terminal import emit, fail, look
from lmwire.defaults import ANSWER_WAIT, CONNECT_WAIT, PARALLEL
from lmwire.report import Format, render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lmwire.cli.logged import Logged
    from lmwire.diagnosis import Report
    from lmwire.licensepath import LicensePath, LicensePathError
    from lmwire.probe import Settings

__all__ = ["diagnose", "exit_status", "explain_bad_path"]


@click.command(
    cls=Command,
    short_help="Walk from this machine to a license; say what breaks.",
    epilog=epilog(
        "lmwire diagnose 27000@licsrv --vendor ibmratl",
        "lmwire diagnose 27000@a,27000@b,27000@c",
        "lmwire diagnose @licsrv --format json",
        "lmwire diagnose /opt/licenses/license.dat",
        "lmwire diagnose --log lmgrd.log",
        "lmwire diagnose",
    ),
)
@click.argument(
    "targets",
    cls=Argument,
    nargs=-1,
    metavar="[TARGET]...",
    meaning="What stands in LM_LICENSE_FILE: 27000@licsrv, @licsrv, a triad 27000@a,27000@b,27000@c, a list joined by "
    ": or ;, a license file. Several are alternatives of one path. None: the environment.",
)
@click.option(
    "--vendor",
    "-v",
    metavar="NAME",
    multiple=True,
    callback=options.vendors,
    help="Vendor daemon to ask for, as on the VENDOR line. May be given several times. None: those that the license "
    "file or lmgrd itself names.",
)
@click.option(
    "--log",
    "log_file",
    metavar="FILE",
    help="The server's debug log, to compare with. Without a TARGET, the server that wrote it is walked to.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    default=f"{CONNECT_WAIT:g}",
    show_default=True,
    callback=options.seconds,
    help="How long to wait for a connect.",
)
@click.option(
    "--answer-timeout",
    metavar="SECONDS",
    default=f"{ANSWER_WAIT:g}",
    show_default=True,
    callback=options.seconds,
    help="How long to wait for an answer.",
)
@click.option(
    "--source",
    metavar="ADDRESS",
    default="",
    callback=options.address,
    help="Connect from this address of this machine.",
)
@click.option("--ipv4", "-4", is_flag=True, help="Use IPv4 only.")
@click.option("--ipv6", "-6", is_flag=True, help="Use IPv6 only.")
@click.option("--no-follow", is_flag=True, help="Stop at lmgrd's referral.")
@click.option("--dns", is_flag=True, help="Ask the name servers too, past hosts file and cache.")
@click.option(
    "--parallel",
    metavar="N",
    default=str(PARALLEL),
    show_default=True,
    callback=options.number(range(1, 65536)),
    help="How many servers to walk to at a time.",
)
@options.form_option(Format, "--format", "-f")
@options.output_option
def diagnose(
    *,
    targets: tuple[str, ...],
    vendor: tuple[str, ...],
    log_file: str | None,
    timeout: float,
    answer_timeout: float,
    source: str,
    ipv4: bool,
    ipv6: bool,
    no_follow: bool,
    dns: bool,
    parallel: int,
    form: Format,
    output: Path | None,
) -> None:
    """Walk from this machine to a license, and say what breaks, why, and what to change.

    Sends what an application sends before it asks for a license, and never asks for one. Exit status: 0 when the
    license path serves, 1 when it does not or that remains open, 2 for wrong usage.
    """
    if ipv4 and ipv6:
        raise click.BadParameter("-4 and -6 exclude each other")
    log = None if log_file is None else _logged(log_file)
    path = _license_path((log.target(),) if log is not None and not targets else targets, vendor)
    # After the errors that need no network.
    from lmwire.probe import ProbeError, Settings, this_machine  # noqa: PLC0415

    try:
        settings = Settings(
            vendors=vendor or _vendor_of_variable(path) or _vendors_of_log(log, path),
            connect_wait=timeout,
            answer_wait=answer_timeout,
            source=source,
            family=4 if ipv4 else 6 if ipv6 else None,
            follow=not no_follow,
            dns=dns,
            parallel=parallel,
            identity=this_machine(),
        )
    except ProbeError as error:
        fail(str(error))
    _check_source(settings.source)
    _check_family(path, settings)
    report = _report(path, settings, log, "" if log is None or targets else f"the log {log.shown}")
    again = (*_options_again(settings), *(("--log", log_file) if log_file is not None else ()))
    emit(render(report, form, look(output), options=again), output)
    raise click.exceptions.Exit(exit_status(report))


def _logged(file: str) -> Logged:
    from lmwire.cli.logged import Logged  # noqa: PLC0415 # most diagnoses have no log

    return Logged(file)


def _check_source(address: str) -> None:
    """Refuse an address that this machine lacks before anything is tried from it."""
    import socket  # noqa: PLC0415

    if address:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as sock:
            try:
                sock.bind((address, 0))
            except OSError as error:
                reason = f"this machine can't connect from {address}: {error.strerror}"
                raise click.BadParameter(reason, param_hint="--source") from None


def _check_family(path: LicensePath, settings: Settings) -> None:
    """Refuse an address that the options leave out: it can't be walked to, and nothing about it would be found out."""
    from lmwire.evidence import is_address  # noqa: PLC0415

    wanted = settings.used_family
    for server in (server for target in path.targets for server in target.servers):
        version = 0 if not is_address(server.host) else 6 if ":" in server.host else 4
        if wanted and version and version != wanted:
            why = f"--source {settings.source}" if settings.source else f"-{wanted}"
            raise click.UsageError(f"{server} is an IPv{version} address, and {why} wants IPv{wanted}: leave one out")


def exit_status(report: Report) -> int:
    """Return 0 when the path serves, at least with a warning, else 1."""
    from lmwire.diagnosis import Overall  # noqa: PLC0415

    return 0 if report.overall in (Overall.OK, Overall.WARNING) else 1


def _license_path(targets: tuple[str, ...], vendors: tuple[str, ...]) -> LicensePath:
    import os  # noqa: PLC0415

    from lmwire.licensepath import LicensePathError, from_environment, parse_path  # noqa: PLC0415

    try:
        if targets:
            path = parse_path(";".join(targets))
        else:
            path = from_environment(os.environ, vendor=vendors[0] if len(vendors) == 1 else None)
    except LicensePathError as error:
        explain_bad_path(error)
    return path


def explain_bad_path(error: LicensePathError) -> NoReturn:
    """Say what is wrong with a license path, and where in it; end with status 2."""
    sentence = f"{error.where}: {error.message}" if error.where else error.message
    hint = [f"Hint: {error.hint}"] if error.hint else []
    fail(sentence, *error.pointer().splitlines(), *hint)


def _vendor_of_variable(path: LicensePath) -> tuple[str, ...]:
    """Return the vendor daemon whose variable the path was found in: its application asks for no other."""
    return (path.source.daemon,) if path.source.daemon else ()


def _vendors_of_log(log: Logged | None, path: LicensePath) -> tuple[str, ...]:
    """Return the vendor daemons that the log names, unless a license file of the path names its own."""
    return () if log is None or any(target.vendors for target in path.targets) else log.vendors


def _path_from(path: LicensePath) -> str:
    return path.source.variable or path.source.kind


def _notes(path: LicensePath) -> tuple[str, ...]:
    """Return what of the surroundings the path leaves aside, as an application does."""
    from lmwire.text import printable  # noqa: PLC0415

    return (
        *(f"Also set, and passed over: {printable(name, 100)}." for name in path.source.passed_over),
        *(f"Ignored {printable(ignored.text, 100)}: {ignored.reason}." for ignored in path.ignored),
    )


def _report(path: LicensePath, settings: Settings, log: Logged | None, found_in: str) -> Report:
    import asyncio  # noqa: PLC0415
    from functools import partial  # noqa: PLC0415

    from lmwire.checkup import check  # noqa: PLC0415
    from lmwire.cli.progress import Bar  # noqa: PLC0415
    from lmwire.diagnosis import Report, overall_of  # noqa: PLC0415

    alone = len(path.targets) == 1 and not path.targets[0].is_triad
    with Bar("Walking to license servers") as bar:
        walk = (
            check(path, settings, bar, beside=partial(log.beside, alone=alone)) if log else check(path, settings, bar)
        )
        diagnoses = asyncio.run(walk)
    return Report(
        overall=overall_of(diagnoses),
        path_from=found_in or _path_from(path),
        notes=_notes(path),
        diagnoses=tuple(diagnoses),
    )


def _options_again(settings: Settings) -> Sequence[str]:
    """Return the options that a ticket's command needs to see the same again: those that are not as usual."""
    return (
        *(("--timeout", f"{settings.connect_wait:g}") if settings.connect_wait != CONNECT_WAIT else ()),
        *(("--answer-timeout", f"{settings.answer_wait:g}") if settings.answer_wait != ANSWER_WAIT else ()),
        *(("--source", settings.source) if settings.source else ()),
        *((f"-{settings.family}",) if settings.family else ()),
        *(("--no-follow",) if not settings.follow else ()),
        *(("--dns",) if settings.dns else ()),
    )
