"""`lmwire capture`: the same diagnosis, from a capture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from lmwire.cli import options
from lmwire.cli.cases import diagnosed, of_client
from lmwire.cli.diagnose import exit_status
from lmwire.cli.dissector import dissector
from lmwire.cli.manual import Argument, Command, Group, epilog
from lmwire.cli.record import record
from lmwire.cli.terminal import CANT_WRITE, USAGE, emit, fail, look, note
from lmwire.cli.watch import watch
from lmwire.report import Format, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lmwire.capture import Analysis, Case
    from lmwire.diagnosis import Diagnosis, Report

__all__ = ["capture"]

_MANY: Final = 10
"""Stories that are told one by one; of more, those that are alike are told once, with the number of clients."""

_MOST: Final = 100
"""Stories that anybody will read. JSON has all."""


@click.group(
    cls=Group,
    short_help="Find the same faults in a capture.",
    subcommand_metavar="COMMAND [ARGS]...",
    epilog=epilog("lmwire capture analyze ticket-4711.pcapng", "lmwire capture dissector --install"),
    invoke_without_command=True,
)
@click.pass_context
def capture(context: click.Context) -> None:
    """Tell from a capture what breaks between an application and a license. Needs scapy: pip install scapy."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(USAGE)


capture.add_command(dissector)


@capture.command(
    cls=Command,
    short_help="Diagnose every license conversation in a capture.",
    epilog=epilog(
        "lmwire capture analyze ticket-4711.pcapng",
        "lmwire capture analyze ticket-4711.pcapng --client 10.20.0.7 --format markdown",
        "lmwire capture analyze ticket-4711.pcapng --anonymize for-the-vendor.pcapng",
        "tcpdump -i eth0 -w - tcp or icmp or udp port 53 | lmwire capture analyze -",
    ),
)
@click.argument(
    "file",
    cls=Argument,
    metavar="FILE",
    meaning="A pcap or pcapng file, gzipped or not; - for standard input.",
)
@click.option("--client", metavar="ADDRESS", default="", callback=options.address, help="Tell of this client only.")
@options.form_option(Format, "--format", "-f")
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
    callback=options.file,
    help="Write the result to this file.",
)
@click.option(
    "--anonymize",
    metavar="OUT",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=options.file,
    help="Write a copy that can be sent to a vendor, and tell of that: names of users, hosts and displays, IP and MAC "
    "addresses are replaced, other traffic is left out. Vendor daemons' names, ports, versions and times stay.",
)
def analyze(*, file: str, client: str, form: Format, output: Path | None, anonymize: Path | None) -> None:
    """Diagnose every license conversation in a capture, in the words of `lmwire diagnose`.

    Conversations are found on any port, referrals are followed, DNS answers and ICMP errors are taken into account.
    Exit status: 0 when every client reaches a license, 1 when one does not or that can't be told, 2 when the file
    is no capture or breaks off; what was read before it is diagnosed all the same.
    """
    if output is not None and _same(Path(file), output):
        raise click.UsageError("--output names the capture itself, which would be written over")
    if anonymize is not None:
        _refuse_together(file, client, output, anonymize)
    analysis = _read(file) if anonymize is None else _copied(file, anonymize)
    cases = of_client(analysis.cases, client)
    for left_aside in analysis.notes:
        note(left_aside)
    if cases:
        report = _report(cases, brief=form is not Format.JSON)
        emit(render(report, form, look(output)), output)
        status = exit_status(report)
    else:
        of_whom = f" of {client}" if client else ""
        note(f"the capture holds no license traffic{of_whom} ({analysis.packets} packets)")
        status = 1
    if analysis.broken is not None:
        note(f"{_shown(file)} can't be read to its end: {analysis.broken}")
        status = USAGE
    raise click.exceptions.Exit(status)


capture.add_command(record)
capture.add_command(watch)


def _shown(file: str) -> str:
    from lmwire.text import printable  # noqa: PLC0415

    return "standard input" if file == "-" else printable(file, 200)


def _read(file: str) -> Analysis:
    from lmwire.capture import CaptureError, analyze  # noqa: PLC0415 # scapy is not for everybody's start
    from lmwire.cli.progress import Bar  # noqa: PLC0415

    if file == "-" and sys.stdin is None:
        fail("there is no standard input to read a capture from")
    try:
        with Bar("Reading the capture") as bar:
            return analyze(sys.stdin.buffer if file == "-" else Path(file), bar)
    except CaptureError as error:
        fail(f"{_shown(file)}: {error}")


def _refuse_together(file: str, client: str, output: Path | None, copy: Path) -> None:
    """Raise UsageError for what can't go with a copy."""
    if file == "-":
        raise click.UsageError("--anonymize reads a capture several times: save it to a file first")
    if client:
        raise click.UsageError("--client names an address that the copy of --anonymize no longer has")
    if output is not None and _same(output, copy):
        raise click.UsageError("--output and --anonymize name the same file")


def _same(one: Path, other: Path) -> bool:
    """Whether two names are of one file, be it there already or not."""
    try:
        return one.samefile(other)
    except OSError:  # of one that is not there
        return one.resolve() == other.resolve()


def _copied(file: str, copy: Path) -> Analysis:
    """Write an anonymous copy, and return its analysis."""
    import msgspec  # noqa: PLC0415

    from lmwire.capture import CaptureError, analyze  # noqa: PLC0415 # scapy is not for everybody's start
    from lmwire.capture.privacy.anonymize import anonymize  # noqa: PLC0415
    from lmwire.cli.progress import Bar  # noqa: PLC0415

    try:
        with Bar("Reading the capture") as bar:
            copied = anonymize(Path(file), copy, progress=bar)
        analysis = analyze(copy)
    except CaptureError as error:
        fail(f"{_shown(file)}: {error}")
    except OSError as error:
        note(f"can't write {_shown(str(copy))}: {error.strerror}")
        raise click.exceptions.Exit(CANT_WRITE) from None
    note(f"{_shown(str(copy))} has the {copied.packets} packets of license traffic, with stand-ins for all names")
    if copied.others:
        note(f"left out of it: packets of other traffic ({copied.others})")
    if copied.unreadable:
        note(f"left out of it: packets that can't be read, so that they may hold names ({copied.unreadable})")
    if not copied.same:
        note("without that other traffic the story reads differently: told here is what the copy tells")
    return msgspec.structs.replace(analysis, broken=copied.broken)


def _report(cases: Sequence[Case], *, brief: bool) -> Report:
    from lmwire.diagnosis import Report, overall_of, worst_state  # noqa: PLC0415

    diagnoses = list(map(diagnosed, cases))
    # What one client tried are alternatives, as the entries of its license path are; another's luck does not mend it.
    by_client: dict[str, list[Diagnosis]] = {}
    for case, diagnosis in zip(cases, diagnoses, strict=True):
        by_client.setdefault(case.client, []).append(diagnosis)
    overall = worst_state(map(overall_of, by_client.values()))
    if brief and len(diagnoses) > _MANY:
        diagnoses = _folded(diagnoses)
    if brief and len(diagnoses) > _MOST:
        note(f"{_MOST} of {len(diagnoses)} different stories are told, the commonest; --format json has all")
        del diagnoses[_MOST:]
    return Report(overall=overall, path_from="capture", diagnoses=tuple(diagnoses))


def _folded(diagnoses: Iterable[Diagnosis]) -> list[Diagnosis]:
    """Return one diagnosis for each story, told by the first client that met it, the commonest first."""
    import msgspec  # noqa: PLC0415

    alike: dict[tuple[str, str, str], list[Diagnosis]] = {}
    for diagnosis in diagnoses:
        alike.setdefault((diagnosis.target, diagnosis.vendor, diagnosis.verdict.id), []).append(diagnosis)
    folded = []
    for same in sorted(alike.values(), key=len, reverse=True):
        seen = [diagnosis.capture for diagnosis in same if diagnosis.capture is not None]
        together = msgspec.structs.replace(
            seen[0],
            clients=len({one.client for one in seen}),
            attempts=sum(one.attempts for one in seen),
            first=min(one.first for one in seen),
            last=max(one.last for one in seen),
        )
        folded.append(msgspec.structs.replace(same[0], capture=together))
    return folded
