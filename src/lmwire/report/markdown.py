"""A ticket for the firewall team: what to open, the evidence, what to do, and how to prove it afterwards."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from lmwire.diagnosis.model import Client, Diagnosis, Member, Opening, Report, Shown
from lmwire.report.application import NOT_KNOWN, WHOLE_PATH, application_lines
from lmwire.report.look import PLAIN, Look
from lmwire.report.owners import by_owner
from lmwire.report.steps import Mark, mark_of_member, occurrence_words, other_findings, span, steps_of
from lmwire.report.text import overall_words
from lmwire.text import COMMAND, escaped, settled
from lmwire.version import __version__

__all__ = ["code", "prose", "render"]

_SPECIAL: Final = re.compile(r"([\\`*_\[\]~#@])")
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SIGNS: Final = {
    Mark.OK: "✔",
    Mark.WARNING: "⚠",
    Mark.FAILED: "✖",
    Mark.UNKNOWN: "?",
    Mark.SKIPPED: "·",
}
_WAYS: Final = (
    "The client opens every connection; the server opens none. lmgrd names the second port in its answer; the client "
    "cannot choose it."
)

_OPEN: Final = "Every port that a client needs is open."


def render(report: Report, _look: Look = PLAIN, options: Sequence[str] = ()) -> str:
    """Return the report as Markdown with tables.

    Args:
        report: what to show.
        options: further options of the command that led to it, for the command that reproduces it.
    """
    parts = [] if report.client is None else [_measured(report.client)]
    if report.notes:
        parts.append("\n".join(f"- {prose(settled(note))}" for note in report.notes))
    if len(report.diagnoses) > 1:
        parts.append(f"**Overall {report.overall.value}**: {prose(overall_words(report))}.")
    parts += [part for diagnosis in report.diagnoses for part in _section(diagnosis, options)]
    if len(report.diagnoses) > 1 and report.diagnoses[0].capture is None:
        shows = _application(report.application_shows) if report.application_shows else f"This is {NOT_KNOWN}."
        parts += [f"## {WHOLE_PATH}", shows]
    return "\n\n".join(parts) + "\n"


def _measured(client: Client) -> str:
    """Return when, where and by whom it was measured."""
    time = client.measured.replace("T", " ").replace("Z", " UTC")
    where = f" on {code(settled(client.host))}" if client.host else ""
    listed = ", ".join(settled(address) for address in client.addresses)
    sources = f" (address {listed})" if listed else ""
    who = f" by {code(settled(f'{client.user}@{client.host}'))}" if client.user and client.host else ""
    return f"Measured at {prose(settled(time))}{where}{sources}{who} with lmwire {prose(settled(client.version))}."


def code(text: str) -> str:
    """Return a name or an address, already escaped, as a code span that nothing in it can leave."""
    inside = text or " "
    longest = max((len(run) for run in re.findall(r"`+", inside)), default=0)
    fence = "`" * (longest + 1)
    # CommonMark takes one blank off each side of a span that has one on both.
    blanks = inside.startswith(" ") and inside.endswith(" ") and not inside.isspace()
    pad = " " if blanks or inside.startswith("`") or inside.endswith("`") else ""
    return f"{fence}{pad}{inside}{pad}{fence}"


def prose(text: str) -> str:
    """Return one of our sentences with everything in it made harmless; commands become code spans."""
    pieces = []
    end = 0
    for match in COMMAND.finditer(text):
        pieces += [_plain(text[end : match.start()]), code(match.group(1))]
        end = match.end()
    return "".join([*pieces, _plain(text[end:])])


def _plain(text: str) -> str:
    escaped_marks = _SPECIAL.sub(r"\\\1", text)
    return "".join(_ENTITIES.get(character, character) for character in escaped_marks)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([_cell(text) for text in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    # A pipe ends a cell even inside a code span, unless an odd number of backslashes stands before it. Those of the
    # text come in pairs.
    return text.replace("|", "\\|")


def _section(diagnosis: Diagnosis, options: Sequence[str]) -> list[str]:
    verdict = diagnosis.verdict
    vendor = f", vendor daemon {code(escaped(diagnosis.vendor))}" if diagnosis.vendor else ""
    parts = [
        f"## License server {code(escaped(diagnosis.target, 200))}{vendor}: {settled(verdict.id)}",
        f"**{prose(settled(verdict.headline))}**",
        prose(settled(verdict.cause)),
    ]
    if diagnosis.capture is not None:
        parts.append(prose(settled(occurrence_words(diagnosis.capture))))
    if diagnosis.openings:
        is_open = all(opening.state == "open" for opening in diagnosis.openings)
        parts += [_OPEN] if is_open else ["### What to open", _openings(diagnosis.openings), _WAYS]
    parts += ["### What was seen", _steps(diagnosis)]
    if diagnosis.members:
        parts += ["### The other servers of the triad", _members(diagnosis.members)]
    if others := other_findings(diagnosis):
        parts.append("\n".join(f"- {prose(settled(finding.text))}" for finding in others))
    if verdict.remedies:
        parts += ["### What to do", *_to_do(verdict.remedies)]
    if diagnosis.application_shows:
        parts += ["### What the application shows meanwhile", _application(diagnosis.application_shows)]
    if diagnosis.capture is None:
        parts += ["### How to see it again", _command(diagnosis, options)]
    parts.append(f"(lmwire {__version__})")
    return parts


def _to_do(remedies: Sequence[str]) -> Iterator[str]:
    """Yield the steps of each team. Numbers go on from one to the next."""
    number = 0
    for owner, steps in by_owner(remedies).items():
        lines = (f"{each}. {prose(settled(step))}" for each, step in enumerate(steps, number + 1))
        yield f"**{owner.value}**"
        yield "\n".join(lines)
        number += len(steps)


def _openings(openings: Sequence[Opening]) -> str:
    return _table(
        ("Source", "Destination", "Port", "Protocol", "Direction", "Why", "State found"),
        [
            (
                prose(settled(opening.source)),
                code(settled(opening.destination)),
                str(opening.port),
                opening.protocol,
                opening.direction,
                prose(settled(opening.why)),
                opening.state if opening.state == "open" else f"**{opening.state}**",
            )
            for opening in openings
        ],
    )


def _steps(diagnosis: Diagnosis) -> str:
    rows = [
        (
            f"{_SIGNS[step.mark]} {step.station.value}",
            code(step.endpoint) if step.endpoint else "",
            prose(step.fact),
            "" if step.seconds is None else span(step.seconds),
        )
        for step in steps_of(diagnosis)
    ]
    return _table(("Step", "Endpoint", "Fact", "Time"), rows)


def _members(members: Sequence[Member]) -> str:
    rows = [
        (
            f"{_SIGNS[mark_of_member(member)]} {code(settled(member.server))}",
            settled(member.verdict),
            prose(settled(member.headline)),
        )
        for member in members
    ]
    return _table(("Server", "Verdict", "What was found"), rows)


def _application(shows: Iterable[Shown]) -> str:
    rows = [
        (
            line.code if line.code == "none" else code(line.code),
            line.when or "not measured",
            prose(line.clients),
            line.basis,
            prose(line.meaning),
        )
        for line in application_lines(shows)
    ]
    return _table(("Code", "When", "Client", "Basis", "Meaning"), rows)


def _command(diagnosis: Diagnosis, options: Sequence[str]) -> str:
    vendor = ("--vendor", diagnosis.vendor) if diagnosis.vendor else ()
    words = ("lmwire", "diagnose", diagnosis.target, *vendor, *options)
    line = shlex.join(settled(word) for word in words)
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sh\n{line}\n{fence}\n\nThis command ends with exit status 0 when a license can be reached."
