"""Services of a debug log: the ports in use when it ended."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from lmwire.firewall.comments import plain
from lmwire.firewall.inputs.service import Service
from lmwire.firewall.model import LMGRD, Pin, destination

__all__ = ["LoggedDaemon", "from_log"]

_NAME = 60


class LoggedDaemon(msgspec.Struct, frozen=True, kw_only=True):
    """A daemon of a log: its port, if the log tells, and whether the license file pins it, if the log tells that."""

    name: str
    port: int | None
    pinned: bool | None = None


def from_log(host: str, daemons: Iterable[LoggedDaemon]) -> list[Service]:
    """Return the daemons of a log. What it calls the server may not be what clients call it."""
    return [_service(host, daemon) for daemon in daemons]


def _service(host: str, daemon: LoggedDaemon) -> Service:
    name = plain(daemon.name, _NAME)
    hint = f"take a log that begins before the server's last start, or say which it is: --port PORT:{name}"
    pins = {True: Pin.FIXED, False: Pin.MOVES, None: Pin.UNKNOWN}
    return Service(
        server=host or "license server",
        to=destination(host),
        daemon=daemon.name,
        port=daemon.port,
        pin=Pin.FIXED if daemon.name == LMGRD else pins[daemon.pinned],
        unknown=("", "") if daemon.port else (f"the log does not tell the port of {name}", hint),
    )
