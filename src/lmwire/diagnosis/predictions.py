"""What the application shows: its error code, and how long the user waits for it, client by client.

`lmwire.diagnosis.clientwalk` says what a client comes to. What a client was seen to report under the same verdict is
called "measured", the rest "modelled". "documented" codes come from vendors' support notes, for older clients.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from lmwire.diagnosis.clientwalk import CLIENTS, SYSTEMS, Client, Outcome, walk_path, words_of
from lmwire.diagnosis.judge import Judgement
from lmwire.diagnosis.measured import MeasuredReport, measured_of, was_measured
from lmwire.diagnosis.model import ReportedSystemError, Shown
from lmwire.diagnosis.verdicts import SPECS, Variant, VerdictId
from lmwire.evidence import Evidence, NameFault

__all__ = ["predict", "predict_path", "shown_by"]

_ENDLESS: Final = "it asks again and again, and never reports an error"
_FEATURELESS: Final = "-5"


def predict(judgement: Judgement, servers: Sequence[Evidence]) -> tuple[Shown, ...]:
    """Return what the application shows when this target is its whole license path; empty where it is unknown.

    Args:
        judgement: of the server that decided.
        servers: the evidence of the target's server, or of the three of a triad, in order.
    """
    # No application is limited to one family of addresses: that was our own option.
    if judgement.id is VerdictId.INCONCLUSIVE or judgement.variant == NameFault.OTHER_FAMILY.value:
        return ()
    shown = predict_path([servers], judgement.id)
    if not shown or shown[0].code is None or judgement.variant == Variant.THIS_HOST:
        return shown
    return (*shown, *_documented(judgement.id))


def predict_path(path: Sequence[Sequence[Evidence]], verdict: VerdictId | None = None) -> tuple[Shown, ...]:
    """Return what the application shows that has this whole license path; empty where the evidence leaves it open.

    Args:
        path: for each entry, in order, the evidence of its server, or of the three servers of a triad.
        verdict: of the only server, when there is only one: decides what is called measured.
    """
    outcomes = [(who, walk_path(path, who)) for who in CLIENTS]
    known = [(who, outcome) for who, outcome in outcomes if not outcome.unknown]
    return tuple(
        _shown(group, path, verdict if len(path) == 1 and len(path[0]) == 1 else None) for group in _alike(known)
    )


def shown_by(verdict: str) -> tuple[Shown, ...]:
    """Return what was measured for a verdict, whatever led to it: each report once, the commonest first."""
    reports = measured_of(verdict)
    count: dict[tuple[str, str | None], int] = {}
    first: dict[tuple[str, str | None], MeasuredReport] = {}
    for report in reports:
        key = (report.system, report.code)
        count[key] = count.get(key, 0) + len(report.generations)
        known = first.setdefault(key, report)
        if known is not report:
            generations = tuple(sorted({*known.generations, *report.generations}))
            first[key] = msgspec.structs.replace(known, generations=generations)
    ordered = sorted(first, key=lambda key: (key[0] != SYSTEMS[0], -count[key]))
    return (*(_measured(first[key]) for key in ordered), *_documented(verdict))


def _documented(verdict: str) -> Iterator[Shown]:
    for older in SPECS[verdict].shows_by_documents:
        yield Shown(flexnet=older.flexnet, code=older.code, after_seconds=None, basis="documented", note=older.note)


def _measured(report: MeasuredReport) -> Shown:
    return Shown(
        flexnet=_joined(report.generations),
        system=report.system,
        generations=report.generations,
        code=report.code,
        system_error=_system_error(report.system, report.system_error),
        after_seconds=report.seconds,
        basis="measured",
        note=_note(report.code, report.seconds),
    )


_Group = list[tuple[Client, Outcome]]


def _alike(outcomes: Iterable[tuple[Client, Outcome]]) -> list[_Group]:
    """Put the clients of a system together that come to the same; the newest first."""
    groups: dict[tuple[object, ...], _Group] = {}
    for who, outcome in outcomes:
        seconds = None if outcome.seconds is None else round(outcome.seconds)
        key = (who.system, outcome.served, outcome.code, outcome.system_error, seconds)
        groups.setdefault(key, []).append((who, outcome))
    return sorted(groups.values(), key=lambda group: (SYSTEMS.index(group[0][0].system), -CLIENTS.index(group[-1][0])))


def _shown(group: _Group, path: Sequence[Sequence[Evidence]], verdict: VerdictId | None) -> Shown:
    clients = [who for who, _ in group]
    system, newest, outcome = clients[-1].system, clients[-1], group[-1][1]
    generations = tuple(who.generation for who in clients)
    seen = verdict is not None and all(was_measured(verdict, system, each, outcome.code) for each in generations)
    code = walk_path(path, newest, licensed=False).code if outcome.served else None
    return Shown(
        flexnet=_joined(generations),
        system=system,
        generations=generations,
        code=outcome.code,
        system_error=_system_error(system, outcome.system_error),
        after_seconds=None if outcome.seconds is None else round(outcome.seconds, 1),
        basis="measured" if seen else "modelled",
        note=_note(outcome.code, outcome.seconds, code or _FEATURELESS),
    )


def _note(code: str | None, seconds: float | None, featureless: str = _FEATURELESS) -> str:
    """Return what the application says in words. `featureless`: what it reports when no server has the feature."""
    if code is not None:
        return ""
    if seconds is None:
        return _ENDLESS
    shown = _FEATURELESS if featureless.startswith(f"{_FEATURELESS},") else featureless
    return f"no network error; {shown} only means that the server lacks the feature"


def _system_error(system: str, number: int | None) -> ReportedSystemError | None:
    return None if number is None else ReportedSystemError(number=number, words=words_of(system, number))


def _joined(generations: Sequence[str]) -> str:
    """Return generations in words: `11.16, 11.18 and 11.19`."""
    return " and ".join(filter(None, (", ".join(generations[:-1]), generations[-1])))
