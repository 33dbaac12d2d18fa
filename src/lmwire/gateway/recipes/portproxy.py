"""Windows: netsh interface portproxy. lmwire's tests cannot run it; its commands are read by tests only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lmwire.gateway.recipes.draft import Draft, heading
from lmwire.gateway.recipes.facts import Network, RecipeFacts, RecipeSettings
from lmwire.gateway.recipes.forwards import ANYWHERE, Forward, Way, way_for
from lmwire.gateway.recipes.model import Machine, RecipeCommand, RecipeFile
from lmwire.gateway.recipes.notes import CLOSED_NOTE, silence

__all__ = ["portproxy"]

_FILE: Final = "lmwire-portproxy.cmd"
_SILENCE: Final = silence(
    "netsh portproxy has no setting for timeouts, and none for keepalive.",
    "A NAT or a firewall on the way may still forget a silent session.",
)


def portproxy(facts: RecipeFacts, settings: RecipeSettings) -> Draft:
    """Write the batch file of a Windows machine in between."""
    ways = way_for(facts, settings, default=ANYWHERE)
    limit = "The firewall rule lets in " + (", ".join(map(str, settings.allow)) or "the local subnet only") + "."
    return Draft(
        title="netsh interface portproxy on a Windows machine that clients reach, and that reaches the license server",
        ways=ways,
        files=(
            RecipeFile(
                name=_FILE,
                machine=Machine.FORWARDER,
                place="anywhere",
                text="".join(f"{line}\n" for line in _file(ways, settings.allow)),
            ),
        ),
        commands=(
            RecipeCommand(machine=Machine.FORWARDER, line=_FILE),
            RecipeCommand(machine=Machine.FORWARDER, line="netsh interface portproxy show all"),
        ),
        notes=(
            f"Run it as administrator. The service IP Helper (iphlpsvc) must run. {limit}",
            "The entries stay when Windows starts again.",
            _SILENCE,
            CLOSED_NOTE,
            "lmwire's tests cannot run this recipe: they have no Windows.",
        ),
    )


def _file(ways: Sequence[Way], allow: Sequence[Network]) -> Iterator[str]:
    forwards = [forward for way in ways for forward in way.forwards]
    yield "@echo off"
    yield from heading(ways, "rem")
    yield "rem Undo:"
    for forward in forwards:
        yield f"rem   netsh interface portproxy delete {_family(forward)} {_listener(forward)}"
    for port in dict.fromkeys(forward.port for forward in forwards):
        yield f'rem   netsh advfirewall firewall delete rule name="lmwire license port {port}"'
    for forward in forwards:
        yield (
            f"netsh interface portproxy add {_family(forward)} {_listener(forward)} connectaddress={forward.host} "
            f"connectport={forward.port} || exit /b 1"
        )
    remote = ",".join(map(str, allow)) or "localsubnet"
    for port in dict.fromkeys(forward.port for forward in forwards):
        yield (
            f'netsh advfirewall firewall add rule name="lmwire license port {port}" dir=in action=allow protocol=TCP '
            f"localport={port} remoteip={remote} || exit /b 1"
        )


def _family(forward: Forward) -> str:
    sides = ("v6" if ":" in host else "v4" for host in (forward.listen, forward.host))
    return "to".join(sides)


def _listener(forward: Forward) -> str:
    return f"listenaddress={forward.listen} listenport={forward.port}"
