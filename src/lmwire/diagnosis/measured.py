"""What unmodified FlexNet clients were measured to report, verdict by verdict: the one source of "measured".

`data/measured.tsv` is made from `tests/referee/measured.jsonl` by `python -m tests.referee.package_table`.
"""

from __future__ import annotations

import functools
import pkgutil
from typing import Final

import msgspec

from lmwire.diagnosis.verdicts.ids import VerdictId

__all__ = ["MeasuredReport", "measured_codes", "measured_of", "was_measured"]

_FILE: Final = "measured.tsv"
_SERVERS_OWN: Final = ",274"
"""The minor code of every error that a server answers: any number of a server's is reported so. [obs]"""


class MeasuredReport(msgspec.Struct, frozen=True, kw_only=True):
    """What clients of one system reported first in a scenario.

    Attributes:
        verdict: that lmwire gives there.
        generations: the clients that did so, such as ("11.18", "11.19").
        code: such as "-15,570"; None when they reported no network error.
        system_error: the number beside it; None for none.
        seconds: until then; None when they never reported.
    """

    verdict: str
    scenario: str
    system: str
    generations: tuple[str, ...]
    code: str | None = None
    system_error: int | None = None
    seconds: float | None = None


# A license file whose SERVER line says this_host, read on a machine that is no license server.
_THIS_HOST: Final = MeasuredReport(
    verdict=VerdictId.NAME_UNRESOLVABLE,
    scenario="",
    system="linux",
    generations=("11.19",),
    code="-95,378",
    seconds=0.0,
)


@functools.cache
def _reports() -> tuple[MeasuredReport, ...]:
    # pkgutil, since importlib.resources takes ten times as long to import, and every diagnosis would pay for it.
    data = pkgutil.get_data(__package__, f"data/{_FILE}") or b""
    return (*map(_report, data.decode().splitlines()[1:]), _THIS_HOST)


def _report(line: str) -> MeasuredReport:
    verdict, scenario, system, generations, code, number, seconds = line.split("\t")
    return MeasuredReport(
        verdict=verdict,
        scenario=scenario,
        system=system,
        generations=tuple(generations.split(",")),
        code=code or None,
        system_error=int(number) if number else None,
        seconds=float(seconds) if seconds else None,
    )


def measured_of(verdict: str) -> tuple[MeasuredReport, ...]:
    """Return what was reported where lmwire gives this verdict."""
    return tuple(report for report in _reports() if report.verdict == verdict)


def measured_codes(verdict: str) -> tuple[str, ...]:
    """Return the codes that were reported where lmwire gives this verdict, each once."""
    return tuple(dict.fromkeys(report.code for report in measured_of(verdict) if report.code is not None))


def was_measured(verdict: str, system: str, generation: str, code: str | None) -> bool:
    """Whether this client was seen to report this code where lmwire gives this verdict."""
    if code is not None and code.endswith(_SERVERS_OWN):
        return True
    return any(
        report.code == code and report.system == system and generation in report.generations
        for report in measured_of(verdict)
    )
