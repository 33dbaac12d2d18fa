"""Render the result of `lmwire locate`: the hops of the path, both ports' results at each, and the conclusion."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Final

from rich.text import Text

from lmwire.hops.judging import length_of, routers_at
from lmwire.hops.model import Fate, Hop, Seen, Way
from lmwire.hops.result import Located, Location
from lmwire.hops.trace_sentences import fate_text
from lmwire.report.json import document
from lmwire.report.layout import Column
from lmwire.report.look import PLAIN, Look
from lmwire.report.markdown import code, prose
from lmwire.report.steps import Mark
from lmwire.report.text import Page
from lmwire.text import escaped, settled
from lmwire.version import __version__

__all__ = ["as_json", "as_markdown", "as_text"]

_INDENT: Final = 2
_NARROWEST: Final = 4
_GAP: Final = 2
_FATE_MARKS: Final = {
    Fate.PASSED: Mark.OK,
    Fate.ACCEPTED: Mark.OK,
    Fate.RESET: Mark.FAILED,
    Fate.REJECTED: Mark.FAILED,
    Fate.SILENT: Mark.UNKNOWN,
    Fate.DENIED: Mark.FAILED,
    Fate.UNREACHABLE: Mark.FAILED,
    Fate.UNTRIED: Mark.SKIPPED,
}
_NAMELESS: Final = {
    Fate.RESET: "(resets)",
    Fate.REJECTED: "(rejects)",
    Fate.DENIED: "(not reached)",
    Fate.UNREACHABLE: "(not reached)",
}
"""Text in the address column of a hop that gave a result but no "time exceeded"."""
_WAY_MARKS: Final = {Way.OPEN: Mark.OK} | dict.fromkeys((Way.HANDSHAKE, Way.NO_CONTROL, Way.UNKNOWN), Mark.UNKNOWN)


def as_json(location: Location, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the document `lmwire.location/1`."""
    return document(location)


def as_text(location: Location, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the result as text."""
    page = Page(look)
    for one in location.paths:
        _section(page, location, one)
        page.blank()
    if location.reason:
        page.title(escaped(location.target, 200), _untraced(location), Mark.UNKNOWN)
        page.blank()
        page.paragraph(settled(location.reason), indent=_INDENT)
    for note in location.notes:
        page.item(page.sign(Mark.SKIPPED), settled(note), label_width=1)
    return page.finish()


# -- text -------------------------------------------------------------------------------------------------------


def _untraced(location: Location) -> str:
    return "another path counts" if location.paths else "nothing to locate"


def _section(page: Page, location: Location, one: Located) -> None:
    mark = _WAY_MARKS.get(one.judged.way, Mark.FAILED)
    page.title(_subject(location, one), one.judged.way.value, mark)
    page.blank()
    _hops(page, one)
    page.blank()
    page.paragraph(settled(one.told.headline), "bold", _INDENT)
    page.blank()
    page.paragraph(settled(one.told.cause), indent=_INDENT)
    page.heading("Confidence")
    page.paragraph(settled(one.told.sureness), indent=_INDENT)
    if one.told.remedies:
        page.heading("What to do")
        for number, remedy in enumerate(one.told.remedies, 1):
            page.item(page.text(f"{number}."), settled(remedy), label_width=2)
    if one.told.notes:
        page.heading("Worth knowing")
        for note in one.told.notes:
            page.item(page.sign(Mark.WARNING), settled(note), label_width=1)


def _subject(location: Location, one: Located) -> str:
    vendor = f" · {escaped(one.aim.vendor)}" if one.aim.vendor else ""
    return f"{escaped(location.target, 200)}{vendor}"


def _hops(page: Page, one: Located) -> None:
    table = [[page.text(text, "bold") for text in ("hop", "", *_ports(one))]]
    for hop in _rows(one):
        cells = [page.text(_number(one, hop)), page.text(_who(one, hop))]
        table.append([*cells, *(_fate(page, seen) for seen in _columns(one, hop))])
    widths = [max(text.cell_len for text in column) for column in zip(*table, strict=True)]
    room = page.look.width - _INDENT - widths[0] - _GAP * (len(widths) - 1)
    while sum(widths[1:]) > room and max(widths) > _NARROWEST:  # long text wraps in its column
        widths[widths.index(max(widths))] -= 1
    for texts in table:
        page.row(*map(Column, texts, widths), indent=_INDENT, gap=_GAP)


def _fate(page: Page, seen: Seen) -> Text:
    return page.sign(_FATE_MARKS[seen.fate]) + page.text(f" {settled(fate_text(seen))}")


# -- text and markdown -------------------------------------------------------------------------------------------


def _rows(one: Located) -> tuple[Hop, ...]:
    """Return the hops, and a last row for packets with the usual TTL when no hop is the server."""
    met = length_of(one.trace) or any(hop.port.arrived for hop in one.trace.hops)
    return one.trace.hops if met else (*one.trace.hops, one.trace.end)


def _number(one: Located, hop: Hop) -> str:
    return str(hop.number) if hop is not one.trace.end else "end"


def _who(one: Located, hop: Hop) -> str:
    if hop is one.trace.end or hop.control.arrived or hop.port.fate is Fate.ACCEPTED:
        return one.trace.address
    return " / ".join(routers_at(hop)) or _NAMELESS.get(hop.port.fate, "(no answer)")


def _ports(one: Located) -> tuple[str, ...]:
    named = f"TCP {one.trace.port}"
    return (named,) if one.trace.control is None else (f"TCP {one.trace.control}", named)


def _columns(one: Located, hop: Hop) -> tuple[Seen, ...]:
    return (hop.port,) if one.trace.control is None else (hop.control, hop.port)


# -- markdown ---------------------------------------------------------------------------------------------------


def as_markdown(location: Location, _look: Look = PLAIN, options: Sequence[str] = ()) -> str:
    """Return the result as a ticket, with the command that repeats it."""
    parts = []
    for one in location.paths:
        parts += _ticket(location, one)
    if location.reason:
        parts += [f"## {code(escaped(location.target, 200))}: {_untraced(location)}", prose(settled(location.reason))]
    if location.notes:
        parts.append("\n".join(f"- {prose(settled(note))}" for note in location.notes))
    command = ("lmwire", "locate", location.target, *options)
    parts += ["### How to see it again", f"```sh\n{shlex.join(settled(word) for word in command)}\n```"]
    parts.append(f"(lmwire {__version__})")
    return "\n\n".join(parts) + "\n"


def _ticket(location: Location, one: Located) -> list[str]:
    vendor = f", vendor daemon {code(escaped(one.aim.vendor))}" if one.aim.vendor else ""
    heads = ("Hop", "Address", *_ports(one))
    rows = [
        (
            _number(one, hop),
            _who(one, hop) if _who(one, hop).startswith("(") else code(_who(one, hop)),
            *(_bold(hop, one, seen) for seen in _columns(one, hop)),
        )
        for hop in _rows(one)
    ]
    lines = [heads, ["---"] * len(heads), *rows]
    source = code(one.trace.local or "this machine")
    parts = [
        f"## Path of TCP {one.trace.port} to {code(one.trace.address)}: {one.judged.way.value}",
        f"License server {code(escaped(location.target, 200))}{vendor}, from {source}.",
        f"**{prose(settled(one.told.headline))}**",
        prose(settled(one.told.cause)),
        f"Confidence: {prose(settled(one.told.sureness))}",
        "\n".join(f"| {' | '.join(line)} |" for line in lines),
    ]
    if one.told.remedies:
        listed = (f"{number}. {prose(settled(remedy))}" for number, remedy in enumerate(one.told.remedies, 1))
        parts += ["### What to do", "\n".join(listed)]
    if one.told.notes:
        parts.append("\n".join(f"- {prose(settled(note))}" for note in one.told.notes))
    return parts


def _bold(hop: Hop, one: Located, seen: Seen) -> str:
    text = prose(settled(fate_text(seen)))
    return f"**{text}**" if seen is hop.port and hop.number == one.judged.parted else text
