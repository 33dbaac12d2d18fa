"""`lmwire diagnose`: walk the license path and say where it breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from lmwire.cli import options
from lmwire.cli.options import epilog
from lmwire.cli.quick import Command
from lmwire.cli.terminal import emit, fail, look, note
from lmwire.report import Format, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lmwire.cli.progress import Bar
    from lmwire.diagnosis import Diagnosis, Report
    from lmwire.licensepath import LicensePath, LicensePathError
    from lmwire.probe import Settings

__all__ = ["diagnose", "exit_status", "register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        cls=Command,
        short_help="Walk from this machine to a license; say what breaks.",
        epilog=epilog(
            "lmwire diagnose 27000@licsrv --vendor ibmratl",
            "lmwire diagnose 27000@a,27000@b,27000@c",
            "lmwire diagnose @licsrv --format json",
            "lmwire diagnose /opt/licenses/license.dat",
            "lmwire diagnose",
        ),
    )(diagnose)


def diagnose(
    *,
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TARGET]...",
            help="What stands in LM_LICENSE_FILE: 27000@licsrv, @licsrv, a triad 27000@a,27000@b,27000@c, a list "
            "joined by : or ;, a license file. Several are alternatives of one path. None: the environment.",
            show_default=False,
        ),
    ] = None,
    vendor: Annotated[
        list[str] | None,
        typer.Option(
            "--vendor",
            "-v",
            metavar="NAME",
            help="Vendor daemon to ask for, as on the VENDOR line. May be given several times. None: those that "
            "the license file or lmgrd itself names.",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[str, typer.Option(metavar="SECONDS", help="How long to wait for a connect.")] = "4",
    answer_timeout: Annotated[str, typer.Option(metavar="SECONDS", help="How long to wait for an answer.")] = "10",
    source: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Connect from this address of this machine.", show_default=False)
    ] = "",
    ipv4: Annotated[bool, typer.Option("-4", "--ipv4", help="Use IPv4 only.")] = False,
    ipv6: Annotated[bool, typer.Option("-6", "--ipv6", help="Use IPv6 only.")] = False,
    no_follow: Annotated[bool, typer.Option("--no-follow", help="Stop at lmgrd's referral.")] = False,
    dns: Annotated[bool, typer.Option("--dns", help="Ask the name servers too, past hosts file and cache.")] = False,
    parallel: Annotated[str, typer.Option(metavar="N", help="How many servers to walk to at a time.")] = "1000",
    form: Annotated[
        str, typer.Option("--format", "-f", metavar="|".join(Format), help="Form of the result.")
    ] = Format.TEXT.value,
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="FILE", help="Write the result to this file.", show_default=False),
    ] = "",
) -> None:
    """Walk from this machine to a license, and say what breaks, why, and what to change.

    Sends what an application sends before it asks for a license, and never asks for one. Exit status: 0 when the
    license path serves, 1 when it does not or that remains open, 2 for wrong usage.
    """
    if ipv4 and ipv6:
        raise typer.BadParameter("-4 and -6 exclude each other")
    asked = options.vendors("--vendor", vendor)
    chosen = options.choice("--format", form, Format)
    file = options.file("--output", output)
    waits = options.seconds("--timeout", timeout), options.seconds("--answer-timeout", answer_timeout)
    own = options.address("--source", source)
    at_a_time = options.number("--parallel", parallel, range(1, 65536))
    path = _license_path(tuple(targets or ()), asked)
    from lmwire.probe import Settings, this_machine  # noqa: PLC0415 # after the errors that need no network

    settings = Settings(
        vendors=asked or _vendor_of_variable(path),
        connect_wait=waits[0],
        answer_wait=waits[1],
        source=own,
        family=4 if ipv4 else 6 if ipv6 else None,
        follow=not no_follow,
        dns=dns,
        parallel=at_a_time,
        identity=this_machine(),
    )
    report = _report(path, settings)
    emit(render(report, chosen, look(file), options=_options_again(settings)), file)
    raise typer.Exit(exit_status(report))


def exit_status(report: Report) -> int:
    """Return 0 when the path serves, at least with a warning, else 1."""
    from lmwire.diagnosis import Overall  # noqa: PLC0415

    return 0 if report.overall in (Overall.OK, Overall.WARNING) else 1


def _license_path(targets: tuple[str, ...], vendors: tuple[str, ...]) -> LicensePath:
    import os  # noqa: PLC0415

    from lmwire.licensepath import LicensePathError, from_environment, parse_path  # noqa: PLC0415
    from lmwire.text import printable  # noqa: PLC0415

    try:
        if targets:
            path = parse_path(";".join(targets))
        else:
            path = from_environment(os.environ, vendor=vendors[0] if len(vendors) == 1 else None)
    except LicensePathError as error:
        _explain_bad_path(error)
    for ignored in path.ignored:
        note(f"ignored {printable(ignored.text, 100)}: {ignored.reason}")
    if path.source.passed_over:
        note(f"the license path is from {path.source}")
    return path


def _explain_bad_path(error: LicensePathError) -> NoReturn:
    sentence = f"{error.where}: {error.message}" if error.where else error.message
    hint = [f"Hint: {error.hint}"] if error.hint else []
    fail(sentence, *error.pointer().splitlines(), *hint)


def _vendor_of_variable(path: LicensePath) -> tuple[str, ...]:
    """Return the vendor daemon whose variable the path was found in: its application asks for no other."""
    return (path.source.daemon,) if path.source.daemon else ()


def _path_from(path: LicensePath) -> str:
    return path.source.variable or path.source.kind


def _report(path: LicensePath, settings: Settings) -> Report:
    import asyncio  # noqa: PLC0415

    from lmwire.cli.progress import Bar  # noqa: PLC0415
    from lmwire.diagnosis import Report, overall_of  # noqa: PLC0415

    with Bar("Walking to license servers") as bar:
        diagnoses = asyncio.run(_diagnoses(path, settings, bar))
    return Report(overall=overall_of(diagnoses), path_from=_path_from(path), diagnoses=tuple(diagnoses))


async def _diagnoses(path: LicensePath, settings: Settings, bar: Bar) -> list[Diagnosis]:
    from lmwire import diagnosis  # noqa: PLC0415
    from lmwire.probe import probe_path  # noqa: PLC0415

    found = await probe_path(path, settings, bar)
    return [
        diagnosis.diagnose_triad(evidences) if target.is_triad else diagnosis.diagnose(evidences[0])
        for target, by_vendor in found
        for evidences in by_vendor
    ]


def _options_again(settings: Settings) -> Sequence[str]:
    """Return the options that a ticket's command needs to see the same again."""
    return (
        *(("--source", settings.source) if settings.source else ()),
        *((f"-{settings.family}",) if settings.family else ()),
        *(("--no-follow",) if not settings.follow else ()),
    )
