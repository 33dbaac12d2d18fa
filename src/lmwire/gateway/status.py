"""The state of a running gateway, told over a Unix socket to whoever may read it: its own user."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from lmwire.gateway.errors import GatewayError
from lmwire.gateway.plan import Mode
from lmwire.gateway.records import SessionRecord
from lmwire.gateway.server import Gateway
from lmwire.text import printable
from lmwire.version import __version__

__all__ = [
    "GatewayStatus",
    "ListenerStatus",
    "StatusList",
    "StatusSocket",
    "default_folder",
    "read_status",
    "status_of",
]

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_MOST_BYTES: Final = 1 << 26
_SECONDS: Final = 5.0


class ListenerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A listener, and the server behind it.

    Attributes:
        vendors: vendor daemon → the port that lmgrd refers to, as far as clients asked.
    """

    server: str
    target: str
    address: str
    port: int
    mode: Mode
    sessions: int
    vendors: dict[str, int]


class GatewayStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A running gateway.

    Attributes:
        lmwire: its version.
        time: of this status; `since`: of its start.
        draining: whether it accepts no more, and waits for its sessions to end.
        total: sessions that have ended.
    """

    lmwire: str
    pid: int
    time: datetime
    since: datetime
    draining: bool
    total: int
    listeners: tuple[ListenerStatus, ...]
    sessions: tuple[SessionRecord, ...]


class StatusList(msgspec.Struct, frozen=True):
    """The gateways that answered."""

    gateways: tuple[GatewayStatus, ...]


def status_of(gateway: Gateway, since: datetime, *, draining: bool) -> GatewayStatus:
    """Return the state of a gateway of this process."""
    sessions = tuple(session.record() for session in gateway.sessions)
    return GatewayStatus(
        lmwire=__version__,
        pid=os.getpid(),
        time=datetime.now(UTC),
        since=since,
        draining=draining,
        total=gateway.total,
        listeners=tuple(
            ListenerStatus(
                server=route.name,
                target=printable(route.target, 200),
                address=address,
                port=port,
                mode=route.mode,
                sessions=sum(record.server == route.name for record in sessions),
                vendors={
                    printable(vendor, 60): found for (of, vendor), found in gateway.vendor_ports.items() if of == route
                },
            )
            for route, (address, port) in gateway.places
        ),
        sessions=sessions,
    )


def default_folder() -> Path:
    """Return where the sockets of this user's gateways are; it may not exist."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    if given:
        return Path(given) / "lmwire"
    return Path("/run/lmwire") if os.geteuid() == 0 else Path(f"/tmp/lmwire-{os.geteuid()}")  # noqa: S108 - 0700, checked


def _own_folder(folder: Path) -> None:
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700, parents=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & _OTHERS_WRITE:
        raise GatewayError(
            f"{printable(str(folder), 200)} is not a directory of this user alone", "name another place with status"
        )


class StatusSocket:
    """Answers everybody who connects with the state, as one document of JSON.

    Args:
        path: where; None for a place of its own in `default_folder`.

    Raises:
        GatewayError: the socket cannot be made there.
    """

    def __init__(self, path: Path | None, state: Callable[[], GatewayStatus]) -> None:
        self._state = state
        self._server: asyncio.Server | None = None
        if path is None:
            folder = default_folder()
            _own_folder(folder)
            path = folder / f"gateway-{os.getpid()}.sock"
        self.path = path

    async def start(self) -> None:
        """Listen."""
        shown = printable(str(self.path), 200)
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISSOCK(self.path.lstat().st_mode):
                raise GatewayError(f"{shown} exists and is not a socket", "name another place with status")
            if _answers(self.path):
                raise GatewayError(f"another gateway answers on {shown}", "name another place with status")
            self.path.unlink()
        sock = socket.socket(socket.AF_UNIX)
        before = os.umask(0o177)
        try:
            sock.bind(os.fspath(self.path))
            sock.setblocking(False)
            self._server = await asyncio.start_unix_server(self._tell, sock=sock)
        except OSError as error:
            sock.close()
            raise GatewayError(f"cannot make the socket {shown}: {error.strerror}") from error
        finally:
            os.umask(before)

    async def _tell(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told = msgspec.json.encode(self._state())
        try:
            writer.write(told)
            await asyncio.wait_for(writer.drain(), _SECONDS)
            writer.close()
        except (OSError, TimeoutError):  # nobody reads it
            writer.transport.abort()

    def close(self) -> None:
        """Answer no more, and remove the socket."""
        if self._server is not None:
            self._server.close()
            with contextlib.suppress(OSError):
                self.path.unlink()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(_SECONDS)
        try:
            sock.connect(os.fspath(path))
        except OSError:
            return False
        return True


def read_status(path: Path | None = None) -> tuple[GatewayStatus, ...]:
    """Ask the gateway at `path`, or all of this user's.

    Raises:
        GatewayError: no gateway answers.
    """
    if sys.platform == "win32":
        raise GatewayError("the status of a gateway is told over a Unix socket, which Windows does not have")
    paths = [path] if path is not None else sorted(default_folder().glob("*.sock"))
    found = [status for each in paths if (status := _read(each)) is not None]
    if not found:
        where = printable(str(path or default_folder()), 200)
        raise GatewayError(f"no gateway answers at {where}", "start one: lmwire gateway 27000@licsrv")
    return tuple(found)


def _read(path: Path) -> GatewayStatus | None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(_SECONDS)
        data = bytearray()
        try:
            sock.connect(os.fspath(path))
            while (piece := sock.recv(1 << 16)) and len(data) < _MOST_BYTES:
                data += piece
        except OSError:
            return None
    try:
        return msgspec.json.decode(data, type=GatewayStatus)
    except msgspec.DecodeError as error:
        raise GatewayError(
            f"{printable(str(path), 200)} does not answer like a gateway: {printable(str(error), 200)}"
        ) from None
