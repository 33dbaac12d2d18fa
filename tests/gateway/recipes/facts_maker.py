"""Facts for tests, with what a test is about."""

from __future__ import annotations

from typing import Any

from lmwire.gateway.recipes.facts import RecipeFacts, RecipeSettings, ServerFacts, VendorPort
from lmwire.gateway.recipes.model import Kind, Recipe
from lmwire.gateway.recipes.write import write_recipe

__all__ = ["recipe", "server", "triad", "written"]


def server(**changes: Any) -> ServerFacts:
    """Return a server with one pinned vendor daemon."""
    vendors = (VendorPort(name="ibmratl", port=27001, pinned=True),)
    given = {"host": "licsrv", "port": 27000, "address": "192.0.2.20", "vendors": vendors, "names": ("licsrv",)}
    return ServerFacts(**(given | changes))


def triad(**changes: Any) -> tuple[ServerFacts, ...]:
    """Return three servers with the same ports."""
    return tuple(
        server(host=f"lic{number}", address=f"192.0.2.{20 + number}", names=(f"lic{number}",), **changes)
        for number in (1, 2, 3)
    )


def recipe(kind: Kind, *servers: ServerFacts, **settings: Any) -> Recipe:
    """Return the recipe for these servers, or for `server()`."""
    facts = RecipeFacts(target="27000@licsrv", servers=servers or (server(),), seen=True)
    return write_recipe(kind, facts, RecipeSettings(**settings))


def written(made: Recipe) -> str:
    """Return the files of a recipe as one text."""
    return "".join(file.text for file in made.files)
