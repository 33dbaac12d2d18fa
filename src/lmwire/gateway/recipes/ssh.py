"""Port forwarding by OpenSSH: from the client (-L), or from the server's side (-R)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from lmwire.addresses import endpoint
from lmwire.gateway.recipes.draft import Draft
from lmwire.gateway.recipes.facts import RecipeFacts, RecipeSettings
from lmwire.gateway.recipes.forwards import FORWARDER, LOOPBACK, Forward, way_for
from lmwire.gateway.recipes.model import Machine, RecipeCommand
from lmwire.gateway.recipes.notes import CLOSED_NOTE, silence

__all__ = ["ssh", "ssh_reverse"]

_ALIVE: Final = (
    "ServerAliveInterval=30",  # notices a dead network path within 90 s, and keeps a NAT from forgetting the tunnel
    "ServerAliveCountMax=3",
    "ExitOnForwardFailure=yes",  # a tunnel that lacks one port only looks healthy
)
_SILENCE: Final = silence(
    "ssh ends no silent session, unless ChannelTimeout is set in sshd_config or ssh_config.",
    "ServerAliveInterval keeps the tunnel itself alive.",
)
_AGAIN: Final = (
    "When the tunnel breaks, every license is lost until it runs again. For a permanent tunnel, run the command from a "
    "systemd service with Restart=always, with a key instead of a password."
)
_ALIASES: Final = "macOS has 127.0.0.1 only: run `sudo ifconfig lo0 alias 127.0.0.2` and the same for 127.0.0.3 first."


def ssh(facts: RecipeFacts, settings: RecipeSettings) -> Draft:
    """Write `ssh -L`: the client has an SSH login at a machine that reaches the license server."""
    ways = way_for(facts, settings, default=LOOPBACK[: len(facts.servers)])
    forwards = [forward for way in ways for forward in way.forwards]
    notes = [
        _SILENCE,
        "sshd there must allow it: AllowTcpForwarding yes, the default, and no PermitOpen against these ports.",
        _AGAIN,
        CLOSED_NOTE,
    ]
    if facts.is_triad and not settings.listen:
        notes.append(_ALIASES)
    return Draft(
        title="ssh -L: the client listens on its own address; a machine with an SSH server goes to the license server",
        ways=ways,
        commands=(
            RecipeCommand(machine=Machine.CLIENT, line=_line("-L", forwards, settings.via or f"USER@{FORWARDER}")),
        ),
        notes=tuple(notes),
    )


def ssh_reverse(facts: RecipeFacts, settings: RecipeSettings) -> Draft:
    """Write `ssh -R`: the server's side has an SSH login at the client."""
    ways = way_for(facts, settings, default=LOOPBACK[: len(facts.servers)])
    forwards = [forward for way in ways for forward in way.forwards]
    notes = [
        _SILENCE,
        (
            "The client's sshd must allow it: AllowTcpForwarding yes, which is the default. For another address than a "
            "loopback one, it needs GatewayPorts clientspecified, too."
        ),
        (
            "After a broken network, the client's sshd may hold the ports of the old tunnel. With ClientAliveInterval "
            "30 in its sshd_config, it lets go of them after 90 s."
        ),
        _AGAIN,
        CLOSED_NOTE,
    ]
    return Draft(
        title="ssh -R: a machine on the server's side opens ports on the client, and goes to the license server",
        ways=ways,
        commands=(
            RecipeCommand(machine=Machine.SERVER_SIDE, line=_line("-R", forwards, settings.via or "USER@CLIENT")),
        ),
        notes=tuple(notes),
    )


def _line(way: str, forwards: Sequence[Forward], login: str) -> str:
    return shlex.join(["ssh", "-N", "-T", *_options(), *_forwarded(way, forwards), login])


def _options() -> Iterator[str]:
    for option in _ALIVE:
        yield from ("-o", option)


def _forwarded(way: str, forwards: Sequence[Forward]) -> Iterator[str]:
    for forward in forwards:
        yield from (way, f"{endpoint(forward.listen, forward.port)}:{endpoint(forward.host, forward.port)}")
