"""Assemble a diagnosis: judgement, sentences, findings, predictions, and the table for the firewall team."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from lmwire.diagnosis.findings import findings_of
from lmwire.diagnosis.judge import judge
from lmwire.diagnosis.model import Diagnosis, Finding, Member, Severity
from lmwire.diagnosis.openings import merged, openings_and_plans
from lmwire.diagnosis.overall import best_of, serves, worst_of
from lmwire.diagnosis.phrases import observer
from lmwire.diagnosis.predictions import predict
from lmwire.diagnosis.verdicts import VerdictId
from lmwire.diagnosis.wording import verdict_of
from lmwire.evidence import Evidence
from lmwire.text import printable
from lmwire.vendors import product_of

__all__ = ["diagnose", "diagnose_triad"]

_QUORUM: Final = 2


def diagnose(evidence: Evidence) -> Diagnosis:
    """Return the diagnosis of one server and one vendor daemon."""
    judgement = judge(evidence)
    product = product_of(evidence.vendor)
    return Diagnosis(
        target=evidence.target,
        vendor=evidence.vendor,
        verdict=verdict_of(evidence, judgement),
        application_shows=predict(judgement, (evidence,)),
        findings=findings_of(evidence, judgement.id),
        openings=openings_and_plans(evidence),
        evidence=evidence,
        product="" if product is None else product.name,
    )


def diagnose_triad(members: Sequence[Evidence]) -> Diagnosis:
    """Return the diagnosis of three servers that serve as one: the best that serves; the worst, where none does.

    A member that does not serve, or whose verdict is inconclusive, is a finding. A triad needs two: with fewer, a
    healthy path is only a warning, because what answers may stop any moment, and the others may be down for everybody.
    """
    each = [diagnose(evidence) for evidence in members]
    serving = [diagnosis for diagnosis in each if serves(diagnosis)]
    chosen = best_of(serving) or worst_of(each) or each[0]
    down = [diagnosis for diagnosis in each if not serves(diagnosis)]
    findings = (*chosen.findings, *_triad_findings(chosen, down, len(each)))
    verdict = chosen.verdict
    up = len(each) - len(down)
    if verdict.severity is not Severity.CRITICAL and up < _QUORUM:
        verdict = msgspec.structs.replace(
            verdict,
            severity=Severity.WARNING,
            headline=(
                f"Only {_server(chosen.evidence)} of the triad answers, and a triad needs {_QUORUM} of its servers."
            ),
            cause=(
                f"A triad serves while {_QUORUM} of its servers are up. From {observer(chosen.evidence)}, {up} of "
                f"{len(each)} answers. The others may be down for everybody; if only this client cannot reach them, it "
                "loses its licenses together with this one."
            ),
            remedies=tuple(
                f"{_server(member.evidence)}: {remedy}" for member in down for remedy in member.verdict.remedies[:1]
            ),
        )
    judgement = judge(chosen.evidence)
    return msgspec.structs.replace(
        chosen,
        verdict=verdict,
        application_shows=predict(judgement, members),
        findings=findings,
        openings=merged(row for diagnosis in (chosen, *each) for row in diagnosis.openings),
        members=tuple(_member(other) for other in each if other is not chosen),
    )


def _member(diagnosis: Diagnosis) -> Member:
    verdict = diagnosis.verdict
    return Member(
        server=_server(diagnosis.evidence),
        verdict=verdict.id,
        severity=verdict.severity,
        headline=verdict.headline,
        evidence=diagnosis.evidence,
    )


def _triad_findings(chosen: Diagnosis, down: list[Diagnosis], size: int) -> list[Finding]:
    found = [_member_finding(member) for member in down if member is not chosen]
    if size - len(down) < _QUORUM:
        text = f"Only {size - len(down)} of {size} servers of the triad answer, and it needs {_QUORUM}."
        found.append(Finding(id="triad-no-quorum", severity=Severity.CRITICAL, text=text))
    return found


def _member_finding(member: Diagnosis) -> Finding:
    server, headline = _server(member.evidence), member.verdict.headline
    if member.verdict.id == VerdictId.INCONCLUSIVE:
        text = f"lmwire cannot tell whether {server} of the triad serves: {headline}"
        return Finding(id="triad-member-open", severity=Severity.WARNING, text=text)
    text = f"{server} of the triad does not serve: {headline}"
    return Finding(id="triad-member-down", severity=Severity.WARNING, text=text)


def _server(evidence: Evidence) -> str:
    port = "" if evidence.port is None else evidence.port
    return f"{port}@{printable(evidence.host, 100)}"
