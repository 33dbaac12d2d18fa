"""Turn diagnoses into a cell: whether the verdict is as the plan expects. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from lmwire.diagnosis import Diagnosis, Overall, VerdictId, state_of, worst_of
from lmwire.ruletest.model import Cell
from lmwire.ruletest.plan import FAILURE, SERVES, ClientTarget

__all__ = ["is_healthy", "judge", "judge_clients", "judge_looks"]

_UNWANTED: Final = "Clients in this zone get a license, but the plan expects that they do not."


def judge(
    zone: str, aim: ClientTarget, expected: tuple[str, ...], diagnoses: Sequence[Diagnosis], note: str = ""
) -> Cell:
    """Return the cell. A cell without a diagnosis is not as expected, and `note` gives the reason."""
    told = worst_of(diagnoses)  # an application may need any of the vendor daemons
    if told is None:
        return Cell(
            zone=zone,
            server=aim.server,
            target=aim.target,
            expected=expected,
            found="",
            severity="",
            agrees=False,
            note=note,
        )
    agrees = any(_meets(word, told) for word in expected)
    unwanted = is_healthy(told) and not agrees
    return Cell(
        zone=zone,
        server=aim.server,
        target=aim.target,
        expected=expected,
        found=told.verdict.id,
        severity=_state(told).value,
        agrees=agrees,
        headline=told.verdict.headline,
        cause=_UNWANTED if unwanted else told.verdict.cause,
        remedies=told.verdict.remedies,
        note=note,
        seconds=max(diagnosis.evidence.seconds for diagnosis in diagnoses),
        diagnoses=tuple(diagnoses),
        passed=int(agrees),
    )


def judge_clients(
    zone: str,
    aim: ClientTarget,
    expected: tuple[str, ...],
    found: Mapping[tuple[str, ...], Sequence[Diagnosis]],
) -> Cell:
    """Return the cell of a zone with several clients: that of the first client that differs, else of the first.

    Args:
        zone: the zone.
        aim: the clients' target.
        expected: the expected verdicts.
        found: addresses of a client → its diagnoses.
    """
    cells = {client: judge(zone, aim, expected, diagnoses) for client, diagnoses in found.items()}
    client, shown = next(((each, cell) for each, cell in cells.items() if not cell.agrees), next(iter(cells.items())))
    note = shown.note
    if len({cell.found for cell in cells.values()}) > 1:
        note = "; ".join(f"from {' and '.join(each)}: {cell.found}" for each, cell in cells.items())
    return msgspec.structs.replace(
        shown, note=note, client=client, seconds=max(each.seconds for each in cells.values())
    )


def judge_looks(cells: Sequence[Cell]) -> Cell:
    """Return the cell of several looks at one zone and server: the first that is not as expected, else the first."""
    shown = next((cell for cell in cells if not cell.agrees), cells[0])
    if len(cells) == 1:
        return shown
    verdicts = Counter(cell.found for cell in cells)
    return msgspec.structs.replace(
        shown, looks=len(cells), passed=sum(cell.agrees for cell in cells), verdicts=dict(verdicts.most_common())
    )


def is_healthy(diagnosis: Diagnosis) -> bool:
    """Whether the client gets a license without a warning."""
    return diagnosis.verdict.id == VerdictId.HEALTHY


def _state(diagnosis: Diagnosis) -> Overall:
    return state_of(diagnosis.verdict.id, diagnosis.verdict.severity)


def _meets(word: str, diagnosis: Diagnosis) -> bool:
    if word == SERVES:
        return _state(diagnosis) in {Overall.OK, Overall.WARNING}
    if word == FAILURE:
        return _state(diagnosis) is Overall.CRITICAL
    return word == diagnosis.verdict.id
