"""Render the output of the lab commands: lists, stories, hints and grades."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lmwire.lab.documents import Board, LabGrade, LabHint, LabList, LabRestart, LabStory, Reached, check_document
from lmwire.lab.ipc import Found, Grade
from lmwire.lab.model import ALL, COSTS, Lab
from lmwire.report.json import document
from lmwire.report.layout import Column
from lmwire.report.look import PLAIN, Look
from lmwire.report.steps import Mark
from lmwire.report.text import Page
from lmwire.text import escaped, settled

__all__ = [
    "board_json",
    "board_text",
    "grade_json",
    "grade_text",
    "hint_text",
    "list_text",
    "restart_text",
    "story_text",
    "time_text",
]

_STATE: Final = 10
_MINUTE, _HOUR = 60, 3600
_GOOD: Final = frozenset({"healthy", "blocked", "intercepted", "inspected", "open"})
_USAGE: Final = (
    ("lmwire lab shell MACHINE", "open a shell on a machine, or run a command there; leave with exit"),
    (
        "lmwire lab restart",
        "run it after a change to a license file; after a change to names: `lmwire lab restart dns`",
    ),
    ("lmwire lab hint", f"get a hint; the three hints cost {COSTS[0]}, {COSTS[1]} and {COSTS[2]} of {ALL} points"),
    ("lmwire lab check", "check the repair"),
    ("lmwire lab reset", "build the network anew, broken as at first"),
    ("lmwire lab stop", "stop the lab"),
)


def list_text(listed: LabList, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return all labs with their points."""
    labs, achieved, running = listed.labs, listed.achieved, listed.running
    page = Page(look)
    widest = max(len(lab.id) for lab in labs) + 1
    shown = ""
    for lab in labs:
        if lab.difficulty != shown:
            shown = lab.difficulty
            page.paragraph(shown.capitalize(), "bold")
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


def restart_text(restarted: LabRestart, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return a line for each service that was restarted."""
    return "".join(f"{settled(line)}\n" for line in restarted.lines)


def hint_text(hint: LabHint, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return a hint with its number and price."""
    number = hint.number
    page = Page(look)
    page.paragraph(f"Hint {number} of {len(COSTS)}, which costs {COSTS[number - 1]} points", "bold")
    page.paragraph(_flowing(hint.text))
    return page.finish()


def grade_json(graded: LabGrade, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the result as one JSON document."""
    return document(check_document(graded))


def time_text(seconds: float) -> str:
    """Return how long something took: "40 s", "12 min", "1 h 5 min"."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    minutes = whole // _MINUTE
    return f"{minutes} min" if whole < _HOUR else f"{minutes // 60} h {minutes % 60} min"


def grade_text(graded: LabGrade, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the measurements, the remaining problems, and at the end the lesson."""
    lab, found, made = graded.lab, graded.grade, graded.points
    page = Page(look)
    if found is None:
        page.paragraph(f"Recorded at {graded.measured}, after {time_text(graded.seconds)}.")
        page.paragraph("This is an exam: `lmwire lab stop` ends it and shows the result.")
        return page.finish()
    took = time_text(graded.seconds)
    result = f"solved, {made} points, {took}" if found.solved else f"not solved yet, {took}"
    page.title(escaped(lab.id), result, _mark(found.solved))
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


def board_json(board: Board, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the results of a class as one JSON document."""
    return document(board)


def board_text(board: Board, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return a paragraph for each learner: the sums, then lab by lab; at the end the files that have no result."""
    page = Page(look)
    for place, row in enumerate(board.rows, 1):
        sums = f"{row.points} points, {time_text(row.seconds)}"
        page.paragraph(f"{place}. {settled(row.learner)}: {sums}", "bold")
        for lab, each in row.labs.items():
            exam = ", exam" if each.exam else ""
            hints = f", {each.hints} hint{'s' * (each.hints != 1)}" if each.hints else ""
            page.item(
                page.sign(_mark(each.points > 0)), f"{settled(lab)}: {_reached(each)}{hints}{exam}", label_width=1
            )
    if not board.rows:
        page.paragraph("No results are here.")
    for file in board.ignored:
        page.paragraph(f"Ignored {settled(file)}")
    return page.finish()


def _reached(each: Reached) -> str:
    return (
        f"{each.points} points, {time_text(each.seconds)}" if each.points else f"not solved, {time_text(each.seconds)}"
    )
