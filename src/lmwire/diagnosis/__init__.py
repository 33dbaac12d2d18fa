"""Judgement: from evidence to a verdict, its cause, what to do, and what the application shows. Pure functions."""

from lmwire.diagnosis.assemble import diagnose, diagnose_triad
from lmwire.diagnosis.model import (
    SCHEMA,
    Diagnosis,
    Finding,
    Member,
    Occurrence,
    Opening,
    Overall,
    Report,
    ReportedSystemError,
    Severity,
    Shown,
    Verdict,
)
from lmwire.diagnosis.overall import overall_of, state_of, worst_of, worst_state
from lmwire.diagnosis.predictions import predict_path
from lmwire.diagnosis.verdicts import SPECS, VerdictId, VerdictSpec

__all__ = [
    "SCHEMA",
    "SPECS",
    "Diagnosis",
    "Finding",
    "Member",
    "Occurrence",
    "Opening",
    "Overall",
    "Report",
    "ReportedSystemError",
    "Severity",
    "Shown",
    "Verdict",
    "VerdictId",
    "VerdictSpec",
    "diagnose",
    "diagnose_triad",
    "overall_of",
    "predict_path",
    "state_of",
    "worst_of",
    "worst_state",
]
