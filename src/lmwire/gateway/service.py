"""A gateway in the foreground: from a plan to a log, until a signal. What `lmwire gateway` does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from lmwire import workflows
from lmwire.addresses import endpoint
from lmwire.descriptors import allow_many
from lmwire.diagnosis import Report
from lmwire.errors import LmwireError
from lmwire.gateway.journal import Journal
from lmwire.gateway.metrics import Metrics
from lmwire.gateway.plan import GatewayPlan, GatewayServer
from lmwire.gateway.plan_file import read_plan
from lmwire.gateway.records import Ready, ServedPath, SessionRecord
from lmwire.gateway.routes import Route, client_path, routes_of
from lmwire.gateway.server import Gateway, Watcher
from lmwire.gateway.status import StatusSocket, status_of
from lmwire.gateway.systemd import inherited_sockets, notify
from lmwire.line_writer import LineWriter
from lmwire.text import printable

__all__ = ["serve_gateway"]

_FIXED: Final = ("log", "metrics", "status")
"""Settings of the plan that a running gateway does not change."""

_STOP: Final = (signal.SIGINT, signal.SIGTERM)


class _Watchers:
    """Hands on what a gateway tells."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = tuple(watchers)

    def ended(self, record: SessionRecord) -> None:
        """See `Watcher`."""
        for watcher in self._watchers:
            watcher.ended(record)

    def failed(self, route: Route, vendor: str) -> None:
        """See `Watcher`."""
        for watcher in self._watchers:
            watcher.failed(route, vendor)

    def moved(self, route: Route, vendor: str, before: int | None, now: int) -> None:
        """See `Watcher`."""
        for watcher in self._watchers:
            watcher.moved(route, vendor, before, now)


class _Lines(Protocol):
    """Takes lines, and never waits."""

    def __call__(self, line: str) -> None:
        """Take a line."""


def serve_gateway(plan: GatewayPlan, *, file: Path | None = None, on_ready: Callable[[Ready], None]) -> None:
    """Serve until SIGTERM or SIGINT, then let sessions end. The log goes to standard output.

    SIGHUP reads `file` again; sessions go on. A second SIGTERM or SIGINT ends what is left at once.

    Args:
        plan: what to serve.
        file: where the plan was read; None: SIGHUP changes nothing.
        on_ready: called once every listener is there.

    Raises:
        LmwireError: a setting makes no sense, or a listener, the metrics or the status socket cannot be had.
    """
    routes_of(plan)
    allow_many()
    lines = LineWriter.to_stdout()
    try:
        asyncio.run(_Service(plan, file, lines).run(on_ready))
    finally:
        lines.close()


async def _diagnose(target: str, vendor: str) -> Report:
    return await workflows.diagnose_async(target, vendor=vendor, anonymous=True)


class _Service:
    """A gateway with all that surrounds it."""

    def __init__(self, plan: GatewayPlan, file: Path | None, lines: _Lines) -> None:
        self._plan = plan
        self._file = file
        self._journal = Journal(plan.log, lines, _diagnose)
        self._since = datetime.now(UTC)
        self._stop = asyncio.Event()
        self._at_once = asyncio.Event()
        self._draining = False
        self._changing: asyncio.Task[None] | None = None

    async def run(self, on_ready: Callable[[Ready], None]) -> None:
        """Serve until a signal, then drain."""
        plan = self._plan
        asyncio.get_running_loop().set_exception_handler(self._fault)
        watchers: list[Watcher] = [self._journal]
        with contextlib.ExitStack() as stack:
            metrics = None
            if plan.metrics:
                metrics = Metrics(plan.metrics, [route.name for route in routes_of(plan)])
                stack.callback(metrics.close)
                watchers.append(metrics)
            gateway = Gateway(plan, _Watchers(watchers), inherited_sockets(os.environ))
            if metrics is not None:
                metrics.open.set_function(lambda: len(gateway.sessions))
            await gateway.start()
            self._handle_signals(gateway)
            status = await self._tell_status(gateway, stack)
            ready = Ready(served=_served(gateway), status=status, metrics=plan.metrics)
            self._journal.ready(ready)
            on_ready(ready)
            notify("READY=1", os.environ)
            await self._stop.wait()
            await self._end(gateway)

    def _fault(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log what went wrong in a callback, in place of asyncio's traceback."""
        what = f"{context.get('message', '')}: {context.get('exception', '')!r}"
        self._journal.say(f"a fault of the gateway: {printable(what, 300)}")

    async def _end(self, gateway: Gateway) -> None:
        self._draining = True
        await gateway.stop_listening()
        notify("STOPPING=1", os.environ)
        count = len(gateway.sessions)
        if count and gateway.plan.drain:
            self._journal.say(f"accepts no more; waits {gateway.plan.drain:g} s for {count} sessions")
        stopping = asyncio.create_task(gateway.stop(gateway.plan.drain))
        hurrying = asyncio.create_task(self._at_once.wait())
        await asyncio.wait({stopping, hurrying}, return_when=asyncio.FIRST_COMPLETED)
        hurrying.cancel()
        if not stopping.done():
            stopping.cancel()
            await asyncio.wait({stopping})
            await gateway.stop(0)
        self._journal.close()
        self._journal.say(f"stopped; {gateway.total} sessions were served")

    async def _tell_status(self, gateway: Gateway, stack: contextlib.ExitStack) -> str:
        if not hasattr(asyncio, "start_unix_server"):  # Windows
            return ""
        path = Path(self._plan.status) if self._plan.status else None
        try:
            socket = StatusSocket(path, lambda: status_of(gateway, self._since, draining=self._draining))
            await socket.start()
        except (LmwireError, OSError) as error:
            if path is not None:
                raise
            self._journal.say(f"no status socket: {error}")
            return ""
        stack.callback(socket.close)
        return str(socket.path)

    # Signals.

    def _handle_signals(self, gateway: Gateway) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C ends the loop as an exception
            for number in _STOP:
                loop.add_signal_handler(number, self._finish)
            if hasattr(signal, "SIGHUP"):
                loop.add_signal_handler(signal.SIGHUP, self._read_again, gateway)

    def _finish(self) -> None:
        if self._stop.is_set():
            self._at_once.set()
        self._stop.set()

    def _read_again(self, gateway: Gateway) -> None:
        if self._file is None:
            self._journal.say("SIGHUP: there is no --config to read again")
            return
        self._changing = asyncio.create_task(self._change(gateway, self._file, self._changing))

    async def _change(self, gateway: Gateway, file: Path, before: asyncio.Task[None] | None) -> None:
        if before is not None:  # another SIGHUP, whose change is under way
            await asyncio.wait({before})
        try:
            plan = read_plan(file)
            await gateway.change(plan)
        except LmwireError as error:
            self._journal.say(f"SIGHUP: nothing is changed: {error.one_line}")
            return
        self._journal.say(f"SIGHUP: serves {', '.join(served.server for served in _served(gateway))}")
        fixed = [name for name in _FIXED if getattr(plan, name) != getattr(self._plan, name)]
        if fixed:
            self._journal.say(f"SIGHUP: restart the gateway to change {', '.join(fixed)}")


def _served(gateway: Gateway) -> tuple[ServedPath, ...]:
    places = dict(gateway.places)
    return tuple(_served_path(server, places) for server in gateway.plan.servers)


def _served_path(server: GatewayServer, places: dict[Route, tuple[str, int]]) -> ServedPath:
    routes = [route for route in routes_of(GatewayPlan(servers=(server,))) if route in places]
    ports = [places[route][1] for route in routes]
    return ServedPath(
        server=server.server,
        license_path=client_path(routes, ports),
        listens=tuple(endpoint(*places[route]) for route in routes),
        open=any(route.is_open for route in routes),
    )
