"""The two-sided mode: compare diagnoses of a real network with the plan."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from lmwire.diagnosis import SCHEMA, SPECS, Diagnosis, Report
from lmwire.licensepath import parse_path
from lmwire.ruletest.errors import PlanError
from lmwire.ruletest.failures import failures_of
from lmwire.ruletest.judge import judge
from lmwire.ruletest.model import Cell, Result
from lmwire.ruletest.plan import ClientTarget, Plan
from lmwire.text import printable

__all__ = ["judge_results"]

_MOST_BYTES: Final = 64 << 20


def judge_results(plan: Plan, places: Sequence[str]) -> Result:
    """Return the result of the diagnoses in `places`.

    Args:
        plan: the expected verdicts.
        places: each a file of `lmwire diagnose --format json` named after its zone, `office.json`; or `ZONE=FILE`;
            or a directory of such files.

    Raises:
        PlanError: a file cannot be read, is not a diagnosis, or belongs to no zone.
    """
    files = dict(_files(plan, places))
    reports = {zone: _read(file) for zone, file in files.items()}
    expected = plan.expected()
    cells = []
    for zone, aims in plan.aims().items():
        for aim in aims:
            wanted = expected[zone, aim.server]
            if zone in reports:
                cells.append(_cell(zone, aim, wanted, reports[zone], files[zone]))
            else:
                cells.append(judge(zone, aim, wanted, (), f"the result of this zone is missing: add {zone}.json"))
    return Result(
        plan=plan.name,
        mode="results",
        agrees=all(cell.agrees for cell in cells),
        seconds=max((cell.seconds for cell in cells), default=0.0),
        cells=tuple(cells),
        failures=failures_of(cells),
    )


def _files(plan: Plan, places: Sequence[str]) -> Iterator[tuple[str, Path]]:
    zones = {zone.name for zone in plan.zones}
    for place in places:
        zone, equals, name = place.partition("=")
        if equals and zone in zones:
            yield zone, Path(name)
        elif Path(place).is_dir():
            yield from ((found.stem, found) for found in sorted(Path(place).glob("*.json")) if found.stem in zones)
        elif Path(place).stem in zones:
            yield Path(place).stem, Path(place)
        else:
            listed = ", ".join(sorted(zones))
            raise PlanError(
                printable(place, 200), [f"is not named after a zone ({listed}): write ZONE=FILE, or name a directory"]
            )


def _read(file: Path) -> Report:
    shown = printable(str(file), 200)
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise PlanError(shown, [f"is larger than {_MOST_BYTES} bytes"])
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # output redirected by PowerShell
            data = data.decode("utf-16").encode()
        report = msgspec.json.decode(data.removeprefix(codecs.BOM_UTF8), type=Report)
    except OSError as error:
        raise PlanError.unreadable(shown, error) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        said = printable(str(error), 200)
        raise PlanError(shown, [f"is not a result of `lmwire diagnose --format json`: {said}"]) from error
    if report.schema != SCHEMA:
        raise PlanError(shown, [f"has the schema {printable(report.schema, 60)} instead of {SCHEMA}"])
    for diagnosis in report.diagnoses:
        # The file is untrusted, but the code below assumes known verdict ids.
        if diagnosis.verdict.id not in SPECS:
            said = printable(diagnosis.verdict.id, 60)
            raise PlanError(
                shown, [f'has the verdict "{said}", which this lmwire does not know: use the same version of lmwire']
            )
    return report


def _cell(zone: str, aim: ClientTarget, wanted: tuple[str, ...], report: Report, file: Path) -> Cell:
    shown = printable(str(file), 200)
    found = [diagnosis for diagnosis in report.diagnoses if _is_about(diagnosis, aim)]
    if not found:
        listed = ", ".join(sorted({printable(diagnosis.target, 60) for diagnosis in report.diagnoses})) or "nothing"
        return judge(
            zone, aim, wanted, (), f"{shown} has no diagnosis of {printable(aim.target, 100)}; it has {listed}"
        )
    told = {diagnosis.vendor for diagnosis in found}
    missing = [name for name in aim.vendors if name not in told]
    if missing and "" not in told:  # without a name, lmgrd did not answer
        return judge(
            zone, aim, wanted, (), f"{shown} has no diagnosis of the vendor daemon {printable(missing[0], 60)}"
        )
    return judge(zone, aim, wanted, found)


def _is_about(diagnosis: Diagnosis, aim: ClientTarget) -> bool:
    [target] = parse_path(aim.target).targets
    [server] = target.servers
    same = diagnosis.target == target.text or (diagnosis.evidence.host, diagnosis.evidence.port) == (
        server.host,
        server.port,
    )
    return same and diagnosis.vendor in ("", *aim.vendors)
