"""Docker and compose: HAProxy in a container.

Not socat: a socat forwards one port only, and has no limit on the number of sessions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from lmwire.addresses import endpoint, is_address
from lmwire.gateway.recipes.draft import Draft, heading
from lmwire.gateway.recipes.facts import RecipeFacts, RecipeSettings, host_or_nothing, is_here
from lmwire.gateway.recipes.forwards import LOOPBACK, Way, way_for
from lmwire.gateway.recipes.haproxy import HAPROXY_SILENCE, haproxy_file
from lmwire.gateway.recipes.model import Machine, RecipeCommand, RecipeFile
from lmwire.gateway.recipes.notes import CLOSED_NOTE

__all__ = ["compose", "docker"]

_IMAGE: Final = "haproxy:lts"
_INSIDE: Final = "/usr/local/etc/haproxy/haproxy.cfg"
_SERVICE: Final = "license"
_BY_ADDRESS: Final = (
    "The configuration names the license server by its address, because names mean something else in a container. "
    "Write the recipe again when the address changes."
)


def docker(facts: RecipeFacts, settings: RecipeSettings) -> Draft:
    """Write `docker run` for each server."""
    ways = way_for(facts, settings, default=LOOPBACK[: len(facts.servers)], by_address=True)
    notes = (
        HAPROXY_SILENCE,
        (
            "The ports are published on the addresses above only. To serve other machines, add --listen with an "
            "address of the Docker host."
        ),
        "In another container, 127.0.0.1 is that container itself. Use the recipe compose there.",
        _BY_ADDRESS,
        CLOSED_NOTE,
    )
    return Draft(
        title="Docker: HAProxy in a container on a machine that reaches the license server",
        ways=ways,
        files=tuple(_config(way) for way in ways),
        commands=tuple(RecipeCommand(machine=Machine.FORWARDER, line=_run(way)) for way in ways),
        notes=notes,
    )


def compose(facts: RecipeFacts, settings: RecipeSettings) -> Draft:
    """Write a compose file with a service for each server, which other services of the file reach by name."""
    names = [f"{_SERVICE}-{number}" for number in (1, 2, 3)] if facts.is_triad else [_SERVICE]
    # Without --listen, no port is published, so nothing can collide.
    default = settings.listen or LOOPBACK[: len(facts.servers)]
    ways = way_for(facts, settings, default=default, by_address=True, apart=not settings.listen, reach=names)
    lines = ["services:"]
    for way in ways:
        lines += _service(way, published=bool(settings.listen))
    if any(_aliases(way) for way in ways):
        lines += ["networks:", "  default: {}"]  # compose makes it anyway; some readers of the file insist on it
    notes = [
        HAPROXY_SILENCE,
        "LM_LICENSE_FILE above is for services of the same compose project."
        + ("" if settings.listen else " To serve other machines, too, add --listen ADDRESS."),
        _BY_ADDRESS,
        CLOSED_NOTE,
    ]
    return Draft(
        title="compose: HAProxy as a service beside the application's",
        ways=ways,
        files=(
            RecipeFile(
                name="compose.yaml",
                machine=Machine.FORWARDER,
                place="or add the services to your own file",
                text="".join(f"{line}\n" for line in [*heading(ways), *lines]),
            ),
            *(_config(way) for way in ways),
        ),
        commands=(RecipeCommand(machine=Machine.FORWARDER, line="docker compose up --detach"),),
        notes=tuple(notes),
    )


def _file_name(way: Way) -> str:
    return f"haproxy-{way.number}.cfg" if way.number else "haproxy.cfg"


def _config(way: Way) -> RecipeFile:
    return RecipeFile(
        name=_file_name(way),
        machine=Machine.FORWARDER,
        place="the directory in which the commands run",
        text=haproxy_file([way], everywhere=True),
    )


def _ports(way: Way) -> Iterator[str]:
    for forward in way.forwards:
        yield f"{endpoint(forward.listen, forward.port)}:{forward.port}"


def _run(way: Way) -> str:
    name = f"lmwire-license-{way.number}" if way.number else "lmwire-license"
    published = " ".join(f"--publish {ports}" for ports in _ports(way))
    return (
        f"docker run --detach --restart unless-stopped --name {name} {published} "
        f'--volume "$PWD/{_file_name(way)}:{_INSIDE}:ro" {_IMAGE}'
    )


def _service(way: Way, *, published: bool) -> Iterator[str]:
    yield f"  {way.reach}:"
    yield f"    image: {_IMAGE}"
    yield "    restart: unless-stopped"
    yield "    volumes:"
    yield f"      - ./{_file_name(way)}:{_INSIDE}:ro"
    if published:
        yield "    ports:"
        yield from (f"      - {json.dumps(ports)}" for ports in _ports(way))
    aliases = list(_aliases(way))
    if aliases:
        yield "    networks:"
        yield "      default:"
        yield "        # lmgrd refers clients to this name: it must lead to this service."
        yield "        aliases:"
        yield from (f"          - {json.dumps(name)}" for name in aliases)


def _aliases(way: Way) -> Sequence[str]:
    usable = (host_or_nothing(name) for name in way.server.names)
    return list(dict.fromkeys(name for name in usable if name and not is_address(name) and not is_here(name)))
