"""How to reach a license server through another program: files, commands, and what a client needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.text import Text

from lmwire.gateway.recipes.model import Kind, Machine, Recipe, RecipeFile
from lmwire.report.json import document
from lmwire.report.look import PLAIN, Look
from lmwire.report.text import Page

__all__ = ["as_json", "as_text"]

_INDENT: Final = 2
_WHERE: Final = {
    Machine.CLIENT: "On the client",
    Machine.FORWARDER: "On the machine in between",
    Machine.SERVER_SIDE: "On the license server, or a machine that reaches it",
    Machine.CLUSTER: "Where kubectl reaches the cluster",
}
_HOSTS: Final = {Kind.KUBERNETES: "hostAliases of the pods"}
_WRITTEN: Final = "written"
"""The option of `as_text` that leaves out the files' contents, because they were written."""


def as_json(recipe: Recipe, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return the recipe as a document."""
    return document(recipe)


def as_text(recipe: Recipe, look: Look = PLAIN, options: Sequence[str] = ()) -> str:
    """Return the recipe for reading. Files and commands are not wrapped, so that they can be copied."""
    page = Page(look)
    page.paragraph(recipe.title, "bold")
    page.paragraph(f"License server: {recipe.server}")
    for file in recipe.files:
        _file(page, file, contents=_WRITTEN not in options)
    _commands(page, recipe)
    _client(page, recipe)
    page.heading("Know before you use it")
    for note in recipe.notes:
        page.item(page.text("-"), note, label_width=1)
    return page.finish()


def _verbatim(page: Page, lines: Iterable[str]) -> None:
    page.lines.extend(Text(" " * 2 * _INDENT + page.look.letters(line) if line else "") for line in lines)


def _file(page: Page, file: RecipeFile, *, contents: bool) -> None:
    place = f" ({file.place})" if file.place else ""
    page.heading(f"{_WHERE[file.machine]}: the file {file.name}{place}")
    if contents:
        _verbatim(page, file.text.splitlines())


def _commands(page: Page, recipe: Recipe) -> None:
    for machine in dict.fromkeys(command.machine for command in recipe.commands):
        page.heading(f"{_WHERE[machine]}: run")
        _verbatim(page, (command.line for command in recipe.commands if command.machine is machine))


def _client(page: Page, recipe: Recipe) -> None:
    page.heading("At the client: the license path")
    _verbatim(page, [f"LM_LICENSE_FILE={recipe.license_path}"])
    if not recipe.hosts and not recipe.hosts_why:
        return
    required = any(entry.required for entry in recipe.hosts)
    place = _HOSTS.get(recipe.kind, "/etc/hosts")
    head = f"{place} ({'necessary' if required else 'saves time'})" if recipe.hosts else "the name in the referral"
    page.heading(f"At the client: {head}")
    _verbatim(page, (f"{entry.address} {entry.name}" for entry in recipe.hosts))
    for sentence in recipe.hosts_why:
        page.paragraph(sentence, indent=2 * _INDENT)
