"""What the lab commands print: lists, stories, hints and grades, for reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lmwire.lab.check import Found, Grade
from lmwire.lab.model import ALL, COSTS, Lab
from lmwire.lab.state import Achieved, Running
from lmwire.report.layout import Cell
from lmwire.report.look import Look
from lmwire.report.steps import Mark
from lmwire.report.text import Page

__all__ = ["grade", "hint", "listing", "story"]

_USAGE = (
    ("lmwire lab shell MACHINE", "log in, or run a command there; leave with exit"),
    ("lmwire lab restart", "after a change to a license file; `lmwire lab restart dns` after one to names"),
    ("lmwire lab hint", f"one of three hints, for {COSTS[0]}, {COSTS[1]} and {COSTS[2]} of {ALL} points"),
    ("lmwire lab check", "measure the repair"),
    ("lmwire lab stop", "end it"),
)


def listing(labs: Sequence[Lab], achieved: Mapping[str, Achieved], running: str, look: Look) -> str:
    """Return all labs, with what was achieved."""
    page = Page(look)
    widest = max(len(lab.id) for lab in labs)
    for lab in labs:
        best = achieved.get(lab.id)
        mark = page.sign(Mark.OK if best else Mark.SKIPPED)
        state = f"{best.points} points" if best else ""
        now = "running" if lab.id == running else state
        page.row(
            Cell(mark, 1),
            Cell(page.text(lab.id, "bold"), widest + 1),
            Cell(page.text(lab.title), look.width - widest - 17),
            Cell(page.text(now), 10, right=True),
        )
    page.blank()
    page.paragraph(f"{sum(each.points for each in achieved.values())} of {ALL * len(labs)} points")
    return page.finish()


def story(lab: Lab, running: Running, look: Look) -> str:
    """Return what the help desk hears, the machines, and how to go on."""
    page = Page(look)
    page.title(lab.id, f"seed {lab.seed}", Mark.UNKNOWN)
    page.blank()
    page.paragraph(lab.title, "bold")
    page.blank()
    page.paragraph(" ".join(lab.story.split()))
    page.heading("Machines")
    page.pairs(_machines(lab))
    page.paragraph(f"Files of servers and name servers: {running.folder}", indent=2)
    page.heading("To do")
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
        what = "no license service runs there" if server.name in lab.down else "a license server"
        named.append((server.name, f"{what}, {', '.join(server.addresses)}"))
    return named


def hint(number: int, text: str, look: Look) -> str:
    """Return a hint with its number and price."""
    page = Page(look)
    page.paragraph(f"Hint {number} of {len(COSTS)}, for {COSTS[number - 1]} points", "bold")
    page.paragraph(text)
    return page.finish()


def grade(lab: Lab, found: Grade, made: int, look: Look) -> str:
    """Return what was measured, what is still wrong, and at the end what was learnt."""
    page = Page(look)
    page.title(lab.id, f"solved, {made} points" if found.solved else "not solved yet", _mark(found.solved))
    page.blank()
    for line in found.restarted:
        page.item(page.text("restarted"), line, label_width=10)
    for each in found.found:
        page.item(page.sign(_mark(each.well)), _sentence(each), label_width=1)
    wrong = [each for each in found.found if not each.well]
    if wrong:
        page.heading("What is wrong still")
        for each in wrong:
            page.item(
                page.text("-"),
                f"{each.what.partition(',')[0]}: {each.headline}" if each.verdict else each.headline,
                label_width=1,
            )
    if found.solved:
        page.heading("What to remember")
        page.paragraph(" ".join(lab.learnt.split()), indent=2)
    return page.finish()


def _mark(well: bool) -> Mark:
    return Mark.OK if well else Mark.FAILED


def _sentence(found: Found) -> str:
    return f"{found.what}: {found.verdict}" if found.verdict else found.what
