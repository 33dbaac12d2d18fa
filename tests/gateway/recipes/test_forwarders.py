"""Each recipe with the real program, and an unmodified FlexNet client that has no other way to the license server."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmwire.gateway.recipes.model import Kind
from tests.gateway.recipes.programs import running
from tests.gateway.recipes.stage import SERVED, staged

pytestmark = [pytest.mark.network, pytest.mark.real_client]

KINDS = [Kind.SSH, Kind.SSH_REVERSE, Kind.HAPROXY, Kind.NGINX, Kind.SYSTEMD, Kind.DOCKER]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.value)
def test_a_client_is_served_through_it(kind: Kind, tmp_path: Path) -> None:
    with staged() as stage:
        via = {Kind.SSH: f"root@{stage.middle_address}", Kind.SSH_REVERSE: f"root@{stage.client_address}"}
        listen = (stage.middle_address,) if kind is Kind.DOCKER else ()
        recipe = stage.recipe(kind, via=via.get(kind, stage.middle_address), listen=listen)
        stage.apply_hosts(recipe)
        with running(stage, recipe, tmp_path):
            assert stage.report(recipe) == SERVED
