"""Render the output of the lab commands: lists, stories, hints and grades."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from lmwire.lab.ipc import Found, Grade
from lmwire.lab.model import ALL, COSTS, Lab
from lmwire.lab.state import Achieved, RunningLab
from lmwire.report.layout import Column
from lmwire.report.look import PLAIN, Look
from lmwire.report.steps import Mark
from lmwire.report.text import Page
from lmwire.text import escaped, settled

__all__ = ["LabGrade", "LabHint", "LabList", "LabStory", "grade_text", "hint_text", "list_text", "story_text"]

_STATE: Final = 10
_GOOD: Final = frozenset({"healthy", "blocked", "intercepted", "inspected", "open"})
_USAGE: Final = (
    ("lmwire lab shell MACHINE", "open a shell on a machine, or run a command there; leave with exit"),
    (
        "lmwire lab restart",
        "run it after a change to a license file; after a change to names: `lmwire lab restart dns`",
    ),
    ("lmwire lab hint", f"get a hint; the three hints cost {COSTS[0]}, {COSTS[1]} and {COSTS[2]} of {ALL} points"),
    ("lmwire lab check", "check the repair"),
    ("lmwire lab stop", "stop the lab"),
)


class LabList(msgspec.Struct, frozen=True, kw_only=True):
    """All labs, what was achieved in each, and the id of the one that is running, or nothing."""

    labs: tuple[Lab, ...]
    achieved: Mapping[str, Achieved]
    running: str


class LabStory(msgspec.Struct, frozen=True, kw_only=True):
    """A lab that is running."""

    lab: Lab
    running: RunningLab


class LabHint(msgspec.Struct, frozen=True, kw_only=True):
    """A hint, and which of the three it is."""

    number: int
    text: str


class LabGrade(msgspec.Struct, frozen=True, kw_only=True):
    """What the check of a lab measured, and the points for it."""

    lab: Lab
    grade: Grade
    points: int


def list_text(listed: LabList, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return all labs with their points."""
    labs, achieved, running = listed.labs, listed.achieved, listed.running
    page = Page(look)
    widest = max(len(lab.id) for lab in labs) + 1
    for lab in labs:
        best = achieved.get(lab.id)
        mark = Column(page.sign(Mark.OK if best else Mark.SKIPPED), 1)
        made = f"{best.points} points" if best else ""
        state = page.text("running" if lab.id == running else made)
        name, title = page.text(lab.id, "bold"), page.text(lab.title)
        if page.narrow:
            page.row(mark, Column(name, widest), Column(state, _STATE, right=True))
            page.row(Column(title, look.width - 2), indent=2)
        else:
            room = look.width - widest - _STATE - 4
            page.row(mark, Column(name, widest), Column(title, room), Column(state, _STATE, right=True))
    page.blank()
    page.paragraph(f"{sum(achieved[lab.id].points for lab in labs if lab.id in achieved)} of {ALL * len(labs)} points")
    return page.finish()


def story_text(story: LabStory, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the story, the machines, and the commands."""
    lab, running = story.lab, story.running
    page = Page(look)
    page.title(escaped(lab.id), f"seed {lab.seed}", Mark.UNKNOWN)
    page.blank()
    page.paragraph(_flowing(lab.title), "bold")
    page.blank()
    page.paragraph(_flowing(lab.story))
    page.heading("Machines")
    page.pairs((settled(name), settled(what)) for name, what in _machines(lab))
    page.paragraph(f"Files of servers and name servers: {settled(running.folder)}", indent=2)
    page.heading("Commands")
    page.pairs(_USAGE)
    return page.finish()


def _machines(lab: Lab) -> list[tuple[str, str]]:
    plan = lab.plan
    aims = lab.aims()
    named = [(zone, f"a client, {aims[zone][0].target}") for zone in lab.clients]
    for router in plan.routers:
        sides = ", ".join(f"{each.name} to {each.zone or each.link} {each.addresses[0]}" for each in router.interfaces)
        named.append((router.name, f"a router with a firewall: {sides}"))
    for server in plan.servers:
        what = "a server without a license service" if server.name in lab.down else "a license server"
        named.append((server.name, f"{what}, {', '.join(server.addresses)}"))
    return named


def hint_text(hint: LabHint, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return a hint with its number and price."""
    number = hint.number
    page = Page(look)
    page.paragraph(f"Hint {number} of {len(COSTS)}, which costs {COSTS[number - 1]} points", "bold")
    page.paragraph(_flowing(hint.text))
    return page.finish()


def grade_text(graded: LabGrade, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the measurements, the remaining problems, and at the end the lesson."""
    lab, found, made = graded.lab, graded.grade, graded.points
    page = Page(look)
    page.title(escaped(lab.id), f"solved, {made} points" if found.solved else "not solved yet", _mark(found.solved))
    page.blank()
    for line in found.restarted:
        page.item(page.sign(Mark.SKIPPED), f"restarted by this check: {settled(line)}", label_width=1)
    for each in found.found:
        page.item(page.sign(_mark(each.well)), settled(f"{each.what}: {_state(each)}"), label_width=1)
    if found.solved:
        page.heading("Lesson")
        page.paragraph(_flowing(lab.learnt), indent=2)
    else:
        page.heading("Remaining problems")
        for where, sentence in _wrong(found):
            page.item(page.text("-"), settled(f"{where}: {sentence}"), label_width=1)
    return page.finish()


def _wrong(found: Grade) -> Iterator[tuple[str, str]]:
    for each in found.found:
        for sentence in each.wrong:
            yield each.what.partition(",")[0], sentence


def _state(found: Found) -> str:
    if found.state == "healthy" and not found.well:  # a triad without quorum: its sentence says so, as a diagnosis does
        return found.wrong[0] if found.wrong else found.state
    return found.state if not found.well or found.state in _GOOD else f"{found.state}, a warning only"


def _flowing(text: str) -> str:
    """Return a text of a lab file on one line, for wrapping."""
    return settled(" ".join(text.split()))


def _mark(well: bool) -> Mark:
    return Mark.OK if well else Mark.FAILED
