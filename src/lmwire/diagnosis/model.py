"""What a diagnosis is made of. The field names are the JSON contract `lmwire.diagnosis/1`."""

from __future__ import annotations

import enum

import msgspec

from lmwire.evidence import Evidence

__all__ = [
    "SCHEMA",
    "Client",
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
]

SCHEMA = "lmwire.diagnosis/1"


class Severity(enum.Enum):
    """How bad a verdict or a finding is for the application."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"


class Overall(enum.Enum):
    """The state of the whole license path; decides the exit status."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    INCONCLUSIVE = "inconclusive"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The one thing that is wrong, or the statement that all is well.

    Attributes:
        id: stable, part of the public API; see `lmwire.diagnosis.verdicts`.
        headline: one sentence.
        cause: the same in the words of the person who must fix it.
        remedies: what to do, the likeliest first.
        reason: why there is no answer; only with id "inconclusive".
    """

    id: str
    severity: Severity
    headline: str
    cause: str
    remedies: tuple[str, ...] = ()
    reason: str = ""


class ReportedSystemError(msgspec.Struct, frozen=True):
    """The operating system's error that a client prints beside its code: 10061 "WinSock: Connection refused"."""

    number: int
    words: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What the application shows meanwhile.

    Attributes:
        flexnet: generations of the client inside the application in words, such as "11.18 and 11.19".
        code: "-15,570"; None when it shows no network error at all.
        after_seconds: until the first report; None when it never reports, or where that is not known.
        basis: "measured" (unmodified clients reported so under this verdict, docs/real-client.md), "modelled" (by the
            walk of a client, fitted to measurements) or "documented".
        note: what the application says in words.
        system: the one that the client was built for, "linux" or "windows"; empty for documented codes.
        generations: such as ("11.18", "11.19"); empty for documented codes.
        system_error: what it prints beside the code; None for none.
        vendor: the vendor daemon that the application asks for; only in the prediction for a whole path with several.
    """

    flexnet: str
    code: str | None
    after_seconds: float | None
    basis: str
    note: str = ""
    system: str = ""
    generations: tuple[str, ...] = ()
    system_error: ReportedSystemError | None = None
    vendor: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something worth knowing beside the verdict."""

    id: str
    severity: Severity
    text: str


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the table for the firewall team.

    Attributes:
        destination: an address; a name where only that is known.
        why: who listens there, and what goes with it.
        state: "open" or what was found instead, such as "filtered"; "not tried" when only the server or a license file
            told of that port.
    """

    source: str
    destination: str
    port: int
    protocol: str
    direction: str
    why: str
    state: str


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One server of a triad, beside the one whose evidence decided: its own verdict in brief.

    Attributes:
        verdict, severity, headline: those of its own diagnosis; a warning is not a failure.
    """

    server: str
    verdict: str
    severity: Severity
    headline: str
    evidence: Evidence


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """Where in a capture it was seen.

    Attributes:
        client: address of the client, or of the first of several.
        clients: how many met the same.
        attempts: how often, all clients together.
        first, last: Unix times at which the first of the attempts began, and the last.
    """

    client: str
    clients: int
    attempts: int
    first: float
    last: float


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """The judgement over one target and one vendor daemon.

    Attributes:
        product: what the vendor daemon belongs to, when the catalogue of products has it.
        capture: where it was seen, when it comes from a capture.
    """

    target: str
    vendor: str
    verdict: Verdict
    application_shows: tuple[Shown, ...] = ()
    findings: tuple[Finding, ...] = ()
    openings: tuple[Opening, ...] = ()
    evidence: Evidence
    members: tuple[Member, ...] = ()
    capture: Occurrence | None = None
    product: str = ""


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """The machine that measured, and when. Everything that a person could be known by is empty with `--anonymous`.

    Attributes:
        measured: the UTC time at which the measurement began: "2026-11-24T09:30:00Z".
        user: who ran lmwire.
        host: the name of the machine.
        addresses: its addresses from which it connected.
        resolver: the name servers of /etc/resolv.conf; empty elsewhere.
        open_files: how many files this process may open (RLIMIT_NOFILE); None where there is no such limit.
        container: whether it runs in a container; None where that is not known.
        version: lmwire's.
    """

    measured: str
    user: str = ""
    host: str = ""
    addresses: tuple[str, ...] = ()
    resolver: tuple[str, ...] = ()
    open_files: int | None = None
    container: bool | None = None
    version: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The document that `lmwire diagnose --format json` prints.

    Attributes:
        path_from: where the license path came from: "command line", the environment variable that won, or the log.
        notes: what was set or written and not used, and why: variables passed over, entries ignored. Escaped.
        application_shows: what the application shows that has this whole license path. Empty where that is not known,
            and for diagnoses that are not one path, such as those of a capture.
        client: the machine that measured; None for what others measured, such as a capture.
    """

    schema: str = SCHEMA
    overall: Overall
    path_from: str = "command line"
    notes: tuple[str, ...] = ()
    diagnoses: tuple[Diagnosis, ...]
    application_shows: tuple[Shown, ...] = ()
    client: Client | None = None
