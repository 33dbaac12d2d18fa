"""Read the services from a debug log: the ports in use at its end."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from lmwire.errors import argument
from lmwire.firewall.comments import plain
from lmwire.firewall.inputs.service import LicenseService
from lmwire.firewall.model import LMGRD, Pin, destination

__all__ = ["LoggedDaemon", "from_log"]

_NAME = 60


class LoggedDaemon(msgspec.Struct, frozen=True, kw_only=True):
    """A daemon of a log: its port, and whether the license file pins it; None for what the log does not say."""

    name: str
    port: int | None
    pinned: bool | None = None


def from_log(host: str, daemons: Iterable[LoggedDaemon]) -> list[LicenseService]:
    """Return the daemons of a log. Clients may use another name for the server than the log does."""
    return [_service(host, daemon) for daemon in daemons]


def _service(host: str, daemon: LoggedDaemon) -> LicenseService:
    name = plain(daemon.name, _NAME)
    port = argument("ports", f"PORT:{name}")
    hint = f"use a log that starts before the server's last start, or name the port: {port}"
    pins = {True: Pin.FIXED, False: Pin.MOVES, None: Pin.UNKNOWN}
    return LicenseService(
        server=host or "license server",
        to=destination(host),
        daemon=daemon.name,
        port=daemon.port,
        pin=Pin.FIXED if daemon.name == LMGRD else pins[daemon.pinned],
        unknown=("", "") if daemon.port else (f"the log does not have the port of {name}", hint),
    )
