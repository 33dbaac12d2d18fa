"""From facts to a recipe."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from lmwire.errors import argument
from lmwire.gateway.errors import GatewayError
from lmwire.gateway.recipes.client_side import hosts_for, license_path
from lmwire.gateway.recipes.containers import compose, docker
from lmwire.gateway.recipes.draft import Draft
from lmwire.gateway.recipes.facts import RecipeFacts, RecipeSettings, ServerFacts, is_here
from lmwire.gateway.recipes.forwards import FORWARDER
from lmwire.gateway.recipes.haproxy import haproxy
from lmwire.gateway.recipes.kubernetes import kubernetes
from lmwire.gateway.recipes.model import Kind, Recipe
from lmwire.gateway.recipes.nginx import nginx
from lmwire.gateway.recipes.notes import notes_after, notes_before
from lmwire.gateway.recipes.portproxy import portproxy
from lmwire.gateway.recipes.ssh import ssh, ssh_reverse
from lmwire.gateway.recipes.systemd import systemd
from lmwire.text import printable

__all__ = ["write_recipe"]

_Writer = Callable[[RecipeFacts, RecipeSettings], Draft]

_WRITERS: Final[Mapping[Kind, _Writer]] = {
    Kind.SSH: ssh,
    Kind.SSH_REVERSE: ssh_reverse,
    Kind.HAPROXY: haproxy,
    Kind.NGINX: nginx,
    Kind.SYSTEMD: systemd,
    Kind.DOCKER: docker,
    Kind.COMPOSE: compose,
    Kind.KUBERNETES: kubernetes,
    Kind.PORTPROXY: portproxy,
}
_LIMITING: Final = frozenset({Kind.HAPROXY, Kind.NGINX, Kind.SYSTEMD, Kind.PORTPROXY})
"""Kinds whose program can limit who connects."""
_PLACEHOLDERS: Final = {
    "USER": "the login's user",
    "CLIENT": "the client's name",
    FORWARDER: "the name of the machine in between",
    f"ADDRESS_OF_{FORWARDER}": "its address",
    "CLUSTER_IP": "the Service's cluster IP",
}
_FROM_INSIDE: Final = frozenset({Kind.SSH, Kind.SSH_REVERSE})
"""Kinds in which the machine that forwards may be the license server itself."""


def write_recipe(kind: Kind, facts: RecipeFacts, settings: RecipeSettings) -> Recipe:
    """Return the recipe.

    Raises:
        GatewayError: it cannot be written from these facts; the message says what is missing.
    """
    if settings.allow and kind not in _LIMITING:
        raise GatewayError(
            f"{argument('allow')} has no use with {kind.value}: it does not know the clients' addresses",
            f"leave it out, or use one of {', '.join(sorted(each.value for each in _LIMITING))}",
        )
    if kind not in _FROM_INSIDE and not settings.listen:
        for server in facts.servers:
            _refuse_itself(server)
    draft = _WRITERS[kind](facts, settings)
    hosts, why = hosts_for(kind, draft.ways, settings.via_host)
    shown = " ".join(
        (
            *(command.line for command in draft.commands),
            *(way.reach for way in draft.ways),
            *(entry.address for entry in hosts),
        )
    )
    words = [f"{word} by {meaning}" for word, meaning in _PLACEHOLDERS.items() if re.search(rf"\b{word}\b", shown)]
    return Recipe(
        kind=kind,
        server=printable(facts.target, 200),
        title=draft.title,
        files=draft.files,
        commands=draft.commands,
        license_path=license_path(draft.ways),
        hosts=hosts,
        hosts_why=why,
        notes=(
            *notes_before(facts, draft.ways),
            *([f"Replace {', '.join(words)}."] if words else []),
            *draft.notes,
            *notes_after(),
        ),
    )


def _refuse_itself(server: ServerFacts) -> None:
    """Refuse a license server that the forwarder finds under its own address: it would connect to itself."""
    if is_here(server.host) or (server.address and is_here(server.address)):
        at = f" ({server.address})" if server.address and server.address != server.host else ""
        raise GatewayError(
            f"{server.host}{at} is this machine itself, and a forwarder there would connect to itself",
            f"give an address of the license server that other machines reach: {argument('to', '192.0.2.20')}",
        )
