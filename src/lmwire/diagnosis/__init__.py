"""Judgement: from evidence to a verdict, its cause, what to do, and what the application shows. Pure functions."""

from lmwire.diagnosis.assemble import diagnose, diagnose_triad, overall_of
from lmwire.diagnosis.catalogue import CATALOGUE
from lmwire.diagnosis.model import (
    SCHEMA,
    Diagnosis,
    Finding,
    Member,
    Occurrence,
    Opening,
    Overall,
    Report,
    Severity,
    Shown,
    Verdict,
)

__all__ = [
    "CATALOGUE",
    "SCHEMA",
    "Diagnosis",
    "Finding",
    "Member",
    "Occurrence",
    "Opening",
    "Overall",
    "Report",
    "Severity",
    "Shown",
    "Verdict",
    "diagnose",
    "diagnose_triad",
    "overall_of",
]
