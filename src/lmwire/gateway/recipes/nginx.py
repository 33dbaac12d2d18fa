"""nginx with its stream module, without an idle timeout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lmwire.addresses import endpoint
from lmwire.gateway.recipes.draft import KEEPALIVE, LONG, Draft, heading
from lmwire.gateway.recipes.facts import Network, RecipeFacts, RecipeSettings
from lmwire.gateway.recipes.forwards import ANYWHERE, Forward, Way, way_for
from lmwire.gateway.recipes.model import Machine, RecipeCommand, RecipeFile
from lmwire.gateway.recipes.notes import CLOSED_NOTE, open_note, silence

__all__ = ["nginx"]

_NAME: Final = "lmwire-license.conf"
_SILENCE: Final = silence(
    "By default, nginx ends a session after 10 minutes of silence (proxy_timeout), and sets no keepalive.",
    f"This file sets {LONG}, and TCP keepalive on both sides.",
)


def nginx(facts: RecipeFacts, settings: RecipeSettings) -> Draft:
    """Write the stream block of an nginx on the machine in between."""
    ways = way_for(facts, settings, default=ANYWHERE)
    notes = [
        (
            f"Write `include /etc/nginx/{_NAME};` at the top level of nginx.conf, outside http. Where there is a "
            "stream block already, put the server blocks into it. nginx needs its stream module (Debian: "
            "libnginx-mod-stream)."
        ),
        _SILENCE,
        (
            "Towards the license server, keepalive begins when the kernel says, after two hours by default. Where a "
            "NAT or a firewall stands between, run `sysctl net.ipv4.tcp_keepalive_time=60` on the machine in between."
        ),
        (
            "Each session takes two connections of worker_connections. A reload keeps sessions, unless "
            "worker_shutdown_timeout is set; a restart ends them."
        ),
        "nginx looks the server's name up when it starts. Reload it when the address changes.",
        CLOSED_NOTE,
    ]
    if not settings.allow and not settings.listen:
        notes.insert(0, open_note(ways, "To limit that, add --allow NETWORK."))
    return Draft(
        title="nginx on a machine that clients reach, and that reaches the license server",
        ways=ways,
        files=(
            RecipeFile(name=_NAME, machine=Machine.FORWARDER, place="/etc/nginx/", text=_file(ways, settings.allow)),
        ),
        commands=(
            RecipeCommand(machine=Machine.FORWARDER, line="nginx -t"),
            RecipeCommand(machine=Machine.FORWARDER, line="nginx -s reload"),
        ),
        notes=tuple(notes),
    )


def _file(ways: Sequence[Way], allow: Sequence[Network]) -> str:
    lines = [*heading(ways), "stream {"]
    for way in ways:
        for forward in way.forwards:
            lines += [f"    # {forward.about}", *(f"    {line}" for line in _server(forward, allow))]
    return "".join(f"{line}\n" for line in [*lines, "}"])


def _server(forward: Forward, allow: Sequence[Network]) -> Iterator[str]:
    keepalive = f"so_keepalive={KEEPALIVE.idle}s:{KEEPALIVE.interval}s:{KEEPALIVE.probes}"
    yield "server {"
    yield f"    listen {endpoint(forward.listen, forward.port)} {keepalive};"
    for network in allow:
        yield f"    allow {network};"
    if allow:
        yield "    deny all;"
    yield f"    proxy_pass {endpoint(forward.host, forward.port)};"
    yield "    proxy_connect_timeout 10s;"
    yield f"    proxy_timeout {LONG};"
    yield "    proxy_socket_keepalive on;"
    yield "}"
