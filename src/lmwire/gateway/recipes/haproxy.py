"""HAProxy in TCP mode, without an idle timeout. Docker and compose run it with the same file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lmwire.addresses import endpoint
from lmwire.gateway.recipes.draft import KEEPALIVE, LONG, Draft, heading
from lmwire.gateway.recipes.facts import Network, RecipeFacts, RecipeSettings
from lmwire.gateway.recipes.forwards import ANYWHERE, Forward, Way, way_for
from lmwire.gateway.recipes.model import Machine, RecipeCommand, RecipeFile
from lmwire.gateway.recipes.notes import CLOSED_NOTE, open_note, silence

__all__ = ["HAPROXY_SILENCE", "haproxy", "haproxy_file"]

_NAME: Final = "lmwire-license.cfg"
HAPROXY_SILENCE: Final = silence(
    "The usual haproxy.cfg ends a session after 50 s of silence (timeout client, timeout server), so it loses every "
    "license.",
    f"This file sets {LONG} and TCP keepalive on both sides instead. clitcpka-idle and srvtcpka-idle need HAProxy 2.4.",
)


def haproxy(facts: RecipeFacts, settings: RecipeSettings) -> Draft:
    """Write the configuration of a HAProxy on the machine in between."""
    ways = way_for(facts, settings, default=ANYWHERE)
    notes = [
        HAPROXY_SILENCE,
        (
            "The file is for a HAProxy of its own. If you copy its sections into haproxy.cfg, give each of them the "
            "timeouts above: those of haproxy.cfg would hold."
        ),
        "Write no `check` on a server line: each check is a connection to lmgrd. Name one server in each section.",
        (
            "HAProxy looks the server's name up when it starts. Reload it when the address changes. A reload keeps "
            "sessions, unless hard-stop-after is set; a restart ends them."
        ),
        CLOSED_NOTE,
    ]
    if not settings.allow and not settings.listen:
        notes.insert(0, open_note(ways, "To limit that, add --allow NETWORK."))
    return Draft(
        title="HAProxy on a machine that clients reach, and that reaches the license server",
        ways=ways,
        files=(
            RecipeFile(
                name=_NAME,
                machine=Machine.FORWARDER,
                place="/etc/haproxy/",
                text=haproxy_file(ways, settings.allow),
            ),
        ),
        commands=(
            RecipeCommand(machine=Machine.FORWARDER, line=f"haproxy -c -f /etc/haproxy/{_NAME}"),
            RecipeCommand(machine=Machine.FORWARDER, line=f"haproxy -W -f /etc/haproxy/{_NAME}"),
        ),
        notes=tuple(notes),
    )


def haproxy_file(ways: Sequence[Way], allow: Sequence[Network] = (), *, everywhere: bool = False) -> str:
    """Return the configuration.

    Args:
        ways: what is forwarded.
        allow: networks that may connect; empty: all.
        everywhere: whether to listen on every address whatever the forwards say, as inside a container.
    """
    lines = [*heading(ways), *_GENERAL]
    for way in ways:
        for forward in way.forwards:
            lines += ["", f"# {forward.about}", *_section(forward, allow, everywhere=everywhere)]
    return "".join(f"{line}\n" for line in lines)


def _section(forward: Forward, allow: Sequence[Network], *, everywhere: bool) -> Iterator[str]:
    yield f"listen license-{forward.label}"
    yield f"    bind {'*:' + str(forward.port) if everywhere else endpoint(forward.listen, forward.port)}"
    if allow:
        yield f"    tcp-request connection reject unless {{ src {' '.join(map(str, allow))} }}"
    yield f"    server license {endpoint(forward.host, forward.port)}"


def _sides() -> Iterator[str]:
    for side in ("clitcpka", "srvtcpka"):
        yield f"    option {side}"
        yield f"    {side}-idle {KEEPALIVE.idle}s"
        yield f"    {side}-intvl {KEEPALIVE.interval}s"
        yield f"    {side}-cnt {KEEPALIVE.probes}"


_GENERAL: Final = (
    "",
    "global",
    "    maxconn 4096",
    "",
    "defaults",
    "    mode tcp",
    "    timeout connect 10s",
    f"    timeout client {LONG}",
    f"    timeout server {LONG}",
    f"    timeout tunnel {LONG}",
    *_sides(),
)
