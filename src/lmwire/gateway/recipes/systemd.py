"""systemd-socket-proxyd: a socket and a service for each port, and nothing to install."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.addresses import endpoint
from lmwire.gateway.recipes.draft import KEEPALIVE, Draft
from lmwire.gateway.recipes.facts import RecipeFacts, RecipeSettings
from lmwire.gateway.recipes.forwards import ANYWHERE, Forward, way_for
from lmwire.gateway.recipes.model import Machine, RecipeCommand, RecipeFile
from lmwire.gateway.recipes.notes import CLOSED_NOTE, open_note, silence

__all__ = ["systemd"]

_PLACE: Final = "/etc/systemd/system/"
_SESSIONS: Final = 1024
_FILES_EACH: Final = 8  # two sockets and two pipes, and room
_SILENCE: Final = silence(
    "systemd-socket-proxyd ends no silent session.",
    "The socket units set TCP keepalive towards clients. The proxy sets none towards the license server.",
)


def systemd(facts: RecipeFacts, settings: RecipeSettings) -> Draft:
    """Write the units of the machine in between."""
    ways = way_for(facts, settings, default=ANYWHERE)
    forwards = [forward for way in ways for forward in way.forwards]
    files = tuple(file for forward in forwards for file in _units(forward, settings))
    sockets = " ".join(f"{_unit(forward)}.socket" for forward in forwards)
    notes = [
        _SILENCE,
        f"By default, systemd-socket-proxyd takes 256 connections at a time. These units allow {_SESSIONS}.",
        "A stopped service ends its sessions. A changed unit takes effect when the service is started again.",
        CLOSED_NOTE,
    ]
    if not settings.allow and not settings.listen:
        notes.insert(0, open_note(ways, "To limit that, add --allow NETWORK."))
    return Draft(
        title="systemd-socket-proxyd on a machine that clients reach, and that reaches the license server",
        ways=ways,
        files=files,
        commands=(
            RecipeCommand(machine=Machine.FORWARDER, line="systemctl daemon-reload"),
            RecipeCommand(machine=Machine.FORWARDER, line=f"systemctl enable --now {sockets}"),
        ),
        notes=tuple(notes),
    )


def _unit(forward: Forward) -> str:
    return f"lmwire-license-{forward.label}"


def _units(forward: Forward, settings: RecipeSettings) -> Iterator[RecipeFile]:
    for suffix, lines in (("socket", _socket(forward, settings)), ("service", _service(forward))):
        text = "".join(f"{line}\n" for line in lines)
        yield RecipeFile(name=f"{_unit(forward)}.{suffix}", machine=Machine.FORWARDER, place=_PLACE, text=text)


def _socket(forward: Forward, settings: RecipeSettings) -> Iterator[str]:
    yield "# License traffic (FlexNet), by lmwire gateway recipe. The port keeps its number."
    yield "[Unit]"
    yield f"Description=License port {forward.port}: {forward.about}"
    yield ""
    yield "[Socket]"
    yield f"ListenStream={endpoint(forward.listen, forward.port)}"
    yield "KeepAlive=yes"
    yield f"KeepAliveTimeSec={KEEPALIVE.idle}"
    yield f"KeepAliveIntervalSec={KEEPALIVE.interval}"
    yield f"KeepAliveProbes={KEEPALIVE.probes}"
    yield "NoDelay=yes"
    if settings.allow:
        yield "IPAddressDeny=any"
        yield f"IPAddressAllow={' '.join(map(str, settings.allow))}"
    yield ""
    yield "[Install]"
    yield "WantedBy=sockets.target"


def _service(forward: Forward) -> Iterator[str]:
    # With an IPv6 address, too, the proxy takes what is behind the last colon as the port, and wants no brackets.
    yield "[Unit]"
    yield f"Description=License port {forward.port}: {forward.about}"
    yield f"Requires={_unit(forward)}.socket"
    yield f"After={_unit(forward)}.socket network-online.target"
    yield "Wants=network-online.target"
    yield ""
    yield "[Service]"
    yield (
        f"ExecStart=/usr/lib/systemd/systemd-socket-proxyd --connections-max={_SESSIONS} {forward.host}:{forward.port}"
    )
    yield f"LimitNOFILE={_SESSIONS * _FILES_EACH}"
    yield "DynamicUser=yes"
    yield "CapabilityBoundingSet="
    yield "NoNewPrivileges=yes"
    yield "ProtectSystem=strict"
    yield "ProtectHome=yes"
    yield "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK"  # the last one for look-ups of names
