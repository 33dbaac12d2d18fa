"""A triad behind three forwards of one machine, and an unmodified client."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmwire.gateway.recipes.facts import RecipeFacts, RecipeSettings, ServerFacts, VendorPort
from lmwire.gateway.recipes.model import Kind, Recipe
from lmwire.gateway.recipes.write import write_recipe
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock
from tests.gateway.recipes.programs import running
from tests.gateway.recipes.stage import LMGRD, SERVED, VENDOR_PORT, Stage, staged
from tests.referee.clients import VENDOR

pytestmark = [pytest.mark.network, pytest.mark.real_client]

SERVERS = {f"lic{number}": f"10.1.0.{number}" for number in (1, 2, 3)}
FORWARDS = tuple(f"10.2.0.{number}" for number in (1, 2, 3))


@contextlib.contextmanager
def triad(stage: Stage, *playing: str) -> Iterator[Recipe]:
    """Play these members of the triad, and yield the recipe for all three."""
    for address in SERVERS.values():
        stage.server.ip(f"address add {address}/32 dev lo")
        stage.middle.route(f"{address}/32", stage.server_address)
    for address in FORWARDS:
        stage.middle.ip(f"address add {address}/32 dev lo")
        stage.client.route(f"{address}/32", stage.middle_address)
    vendors = (VendorPort(name=VENDOR, port=VENDOR_PORT, pinned=True),)
    facts = RecipeFacts(
        target="27000@lic1,27000@lic2,27000@lic3",
        servers=tuple(
            ServerFacts(host=address, port=LMGRD, address=address, vendors=vendors, names=(name,))
            for name, address in SERVERS.items()
        ),
    )
    with contextlib.ExitStack() as stack:
        for name in playing:
            mock = AsyncMockServer(
                bind=SERVERS[name],
                lmgrd_port=LMGRD,
                vendor_ports=[VENDOR_PORT],
                vendors=(VENDOR,),
                referral_host=name,
            )
            stack.enter_context(ThreadedMock(mock, inside=stage.server))
        yield write_recipe(Kind.HAPROXY, facts, RecipeSettings(listen=FORWARDS))


@pytest.mark.parametrize("playing", [("lic1", "lic2", "lic3"), ("lic2", "lic3"), ("lic3",)], ids=["all", "two", "one"])
def test_every_member_serves_through_its_own_forward(playing: tuple[str, ...], tmp_path: Path) -> None:
    with staged() as stage, triad(stage, *playing) as recipe, running(stage, recipe, tmp_path):
        stage.apply_hosts(recipe)
        assert stage.report(recipe) == SERVED


def test_without_the_lines_only_the_first_member_serves(tmp_path: Path) -> None:
    with staged() as stage, triad(stage, "lic2", "lic3") as recipe, running(stage, recipe, tmp_path):
        assert [entry.required for entry in recipe.hosts] == [False, True, True]
        assert stage.report(recipe) != SERVED
