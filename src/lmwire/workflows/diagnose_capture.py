"""From a capture file to a report: what `lmwire capture analyze` does, for programs, too."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from lmwire.capture import Analysis, CaptureError, Case, analyze
from lmwire.capture.privacy.anonymize import anonymize
from lmwire.diagnosis import Diagnosis, Occurrence, Report, diagnose, overall_of, worst_state
from lmwire.text import printable
from lmwire.workflows.documents import CaptureResult
from lmwire.workflows.files import CannotWriteError
from lmwire.workflows.progress import Progress, no_progress
from lmwire.workflows.settings import check_address

__all__ = ["analyze_capture", "anonymize_capture", "diagnosed", "of_client"]

_MANY: Final = 10
"""Stories that are reported one by one; of more, equal ones are reported once, with the number of clients."""

_MOST: Final = 100
"""Stories that anybody will read. JSON has all."""


def analyze_capture(
    file: str | os.PathLike[str] | BinaryIO,
    *,
    client: str = "",
    brief: bool = False,
    on_progress: Progress = no_progress,
) -> CaptureResult:
    """Diagnose every license conversation in a pcap or pcapng file, in the words of `diagnose`.

    Needs scapy, the extra `capture`.

    Args:
        file: the capture, gzipped or not, as a path or a binary stream.
        client: the address of the only client to tell of; empty for all.
        brief: whether stories that are alike become one where there are many, for people.
        on_progress: called with megabytes read and megabytes in all.

    Raises:
        CaptureError: the file cannot be opened or is not a capture, or scapy is missing. A capture that breaks off is
            diagnosed as far as it goes, see `CaptureResult.broken`.
    """
    check_address("client", client)
    try:
        analysis = analyze(Path(file) if isinstance(file, str | os.PathLike) else file, on_progress)
    except CaptureError as error:
        error.where = _shown(file)
        raise
    return _result(analysis, client, brief=brief)


def anonymize_capture(
    file: str, copy: Path, *, brief: bool = False, on_progress: Progress = no_progress
) -> CaptureResult:
    """Write a copy of a capture that can be sent to a vendor, and diagnose that copy.

    Raises:
        CaptureError: the file cannot be opened or is not a capture.
        CannotWriteError: the copy cannot be written.
    """
    try:
        copied = anonymize(Path(file), copy, progress=on_progress)
        analysis = analyze(copy)
    except CaptureError as error:
        error.where = _shown(file)
        raise
    except OSError as error:
        raise CannotWriteError(str(copy), error) from None
    shown = printable(str(copy), 200)
    copy_note = f"{shown} has the {copied.packets} packets of license traffic, with false names and addresses"
    notes = [copy_note]
    if copied.others:
        notes.append(f"left out of it: packets of other traffic ({copied.others})")
    if copied.unreadable:
        notes.append(f"left out of it: packets that cannot be read, and so may hold names ({copied.unreadable})")
    if not copied.same:
        notes.append("without that other traffic the diagnosis differs: this is the diagnosis of the copy")
    analysis = msgspec.structs.replace(analysis, broken=copied.broken, notes=(*notes, *analysis.notes))
    return _result(analysis, "", brief=brief)


def diagnosed(case: Case) -> Diagnosis:
    """Judge what one client met, and say when and how often it did."""
    seen = Occurrence(client=case.client, clients=1, attempts=case.attempts, first=case.first, last=case.last)
    return msgspec.structs.replace(diagnose(case.evidence), capture=seen)


def of_client(cases: Iterable[Case], client: str) -> list[Case]:
    """Return the cases of one client, however its address is written; all of them when `client` is empty."""
    if not client:
        return list(cases)
    wanted = str(ipaddress.ip_address(client.partition("%")[0]))  # a capture has no zones
    return [case for case in cases if case.client == wanted]


def _shown(file: str | os.PathLike[str] | BinaryIO) -> str:
    return printable(os.fspath(file), 200) if isinstance(file, str | os.PathLike) else "standard input"


def _result(analysis: Analysis, client: str, *, brief: bool) -> CaptureResult:
    cases = of_client(analysis.cases, client)
    report, notes = _report(cases, brief=brief)
    return CaptureResult(
        report=report, packets=analysis.packets, notes=(*analysis.notes, *notes), broken=analysis.broken
    )


def _report(cases: Sequence[Case], *, brief: bool) -> tuple[Report, list[str]]:
    diagnoses = list(map(diagnosed, cases))
    # One client's attempts are alternatives. Another client's success does not change its result.
    by_client: dict[str, list[Diagnosis]] = {}
    for case, diagnosis in zip(cases, diagnoses, strict=True):
        by_client.setdefault(case.client, []).append(diagnosis)
    overall = worst_state(map(overall_of, by_client.values()))
    notes = []
    if brief and len(diagnoses) > _MANY:
        diagnoses = list(_folded(diagnoses))
    if brief and len(diagnoses) > _MOST:
        notes.append(
            f"{_MOST} of {len(diagnoses)} different stories are shown, the most frequent; --format json has all"
        )
        del diagnoses[_MOST:]
    return Report(overall=overall, path_from="capture", diagnoses=tuple(diagnoses)), notes


def _folded(diagnoses: Iterable[Diagnosis]) -> Iterator[Diagnosis]:
    """Yield one diagnosis for each story, with the first client that had it, the commonest first."""
    alike: dict[tuple[str, str, str], list[Diagnosis]] = {}
    for diagnosis in diagnoses:
        alike.setdefault((diagnosis.target, diagnosis.vendor, diagnosis.verdict.id), []).append(diagnosis)
    for same in sorted(alike.values(), key=len, reverse=True):
        seen = [diagnosis.capture for diagnosis in same if diagnosis.capture is not None]
        together = msgspec.structs.replace(
            seen[0],
            clients=len({one.client for one in seen}),
            attempts=sum(one.attempts for one in seen),
            first=min(one.first for one in seen),
            last=max(one.last for one in seen),
        )
        yield msgspec.structs.replace(same[0], capture=together)
