"""`lmwire capture analyze`: the same diagnosis, from a capture."""

from __future__ import annotations

from pathlib import Path

import click

from lmwire import workflows
from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.progress import Bar
from lmwire.cli.terminal import STDIN, USAGE, emit, look, note, status_of, stdin_or_path
from lmwire.report import Format, render
from lmwire.text import printable

__all__ = ["analyze"]


@click.command(
    cls=Command,
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
@click.option("--client", metavar="ADDRESS", default="", callback=options.address, help="Show this client only.")
@options.format_option("lmwire.diagnosis.model:Report")
@options.output_option
@click.option(
    "--anonymize",
    metavar="OUT",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=options.file,
    help="Write a copy that can be sent to a vendor, and diagnose that copy. Names of users, hosts and displays, IP "
    "and MAC addresses are replaced; other traffic is left out. Vendor daemons' names, ports, versions and times stay.",
)
def analyze(*, file: str, client: str, form: Format, output: Path | None, anonymize: Path | None) -> None:
    """Diagnose every license conversation in a capture, in the words of `lmwire diagnose`.

    Finds conversations on any port, follows referrals, and takes DNS answers and ICMP errors into account.

    Exit status: 0: every client reaches a license. 1: one does not, or lmwire could not tell. 2: the file is not a
    capture, or breaks off; what was read before is diagnosed all the same.
    """
    if output is not None and _same(Path(file), output):
        raise click.UsageError("--output names the capture itself, which would be written over")
    if anonymize is not None:
        _refuse_together(file, client, output, anonymize)
    brief = form is not Format.JSON
    source = stdin_or_path(file)
    with Bar("Reading the capture") as bar:
        if anonymize is None:
            found = workflows.analyze_capture(source, client=client, brief=brief, on_progress=bar)
        else:
            found = workflows.anonymize_capture(file, anonymize, brief=brief, on_progress=bar)
    for left_aside in found.notes:
        note(left_aside)
    status = status_of(found.report)
    if found.report.diagnoses:
        emit(render(found.report, form, look(output)), output)
    else:
        of_whom = f" of {client}" if client else ""
        note(f"the capture holds no license traffic{of_whom} ({found.packets} packets)")
    if found.broken is not None:
        shown = "standard input" if file == STDIN else printable(file, 200)
        note(f"{shown} cannot be read to its end: {found.broken}")
        status = USAGE
    raise click.exceptions.Exit(status)


def _refuse_together(file: str, client: str, output: Path | None, copy: Path) -> None:
    """Raise UsageError for what cannot go with a copy."""
    if file == STDIN:
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
