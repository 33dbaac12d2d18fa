"""The process that plays a lab: it holds the network, the license services and the resolvers, and takes orders.

Orders come over a Unix socket, one line of JSON each, answered by one line. The network is held by this process alone:
however it ends, nothing of the lab is left but files.
"""

from __future__ import annotations

import contextlib
import random
import selectors
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import msgspec

from lmwire.firewalltest.build import Playground, lay_out, names_of
from lmwire.lab.check import Grade, grade
from lmwire.lab.model import Lab
from lmwire.lab.service import LICENSE, LicenseService, license_file
from mockserver.network import Namespace
from mockserver.network.dns import DnsServer
from mockserver.network.zone import Special, Zone
from mockserver.scenario import Dialogue, Lmgrd, Servers
from mockserver.server import MockServer
from mockserver.threaded import ThreadedMock

__all__ = ["Answer", "Keeper", "Order", "serve"]

_LONGEST: Final = 8 * 3600.0
"""Seconds after which a lab that was forgotten ends by itself."""

_ORDER_SECONDS: Final = 5.0
_MOST_BYTES: Final = 4096
_DOES: Final = {"hold": Dialogue.SILENT, "http": Dialogue.HTTP, "ssh": Dialogue.SSH}


class Order(msgspec.Struct, frozen=True):
    """What a lab is told: "check", "restart" (of `name`, or of all), "stop"."""

    do: str
    name: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What it answers.

    Attributes:
        lines: what happened, in words.
        wrong: why it could not be done; empty when it could.
        grade: of a check.
    """

    lines: tuple[str, ...] = ()
    wrong: str = ""
    grade: Grade | None = None


class Keeper:
    """A lab at work. Use it once, with `with`.

    Args:
        lab: which.
        folder: where the servers' and resolvers' files are made; must be empty.
    """

    def __init__(self, lab: Lab, folder: Path) -> None:
        self._lab, self._folder = lab, folder
        self._stack = contextlib.ExitStack()
        self._ground: Playground | None = None
        self._services: dict[str, LicenseService] = {}
        self._resolvers: dict[str, DnsServer] = {}
        self._chance = random.Random(f"{lab.id} {lab.seed}")  # noqa: S311 # variety, no secret

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._ground = ground = stack.enter_context(lay_out(self._lab.plan, self._folder))
            for zone, node in ground.clients.items():
                self._write_names(zone)
                self._resolvers[zone] = DnsServer(node, self._names(zone))
            stack.callback(self._close_resolvers)
            for service in self._lab.services:
                other = MockServer(
                    Servers(lmgrds=(Lmgrd(dialogue=_DOES[service.does]),), vendors=()),
                    bind="::",
                    lmgrd_port=service.port,
                )
                stack.enter_context(ThreadedMock(other, inside=self.nodes[service.on]))
            for name in ground.servers:
                if name not in self._lab.down:
                    self._services[name] = self._service(name)
                    self._services[name].start()
            stack.callback(self._stop_services)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _close_resolvers(self) -> None:
        for resolver in self._resolvers.values():
            resolver.close()

    def _stop_services(self) -> None:
        for service in self._services.values():
            service.stop()

    @property
    def nodes(self) -> dict[str, Namespace]:
        """Every machine by its name."""
        if self._ground is None:
            raise RuntimeError("enter the lab first")
        return {**self._ground.clients, **self._ground.routers, **self._ground.servers}

    def _service(self, name: str) -> LicenseService:
        plan = self._lab.plan
        server = plan.server(name)
        together = plan.servers if self._lab.triad else (server,)
        folder = self._folder / name
        folder.mkdir()
        pinned = name not in self._lab.unpinned
        (folder / LICENSE).write_text(license_file(together, pinned=pinned), encoding="utf-8")
        first = () if pinned else tuple(server.vendors.values())
        return LicenseService(self.nodes[name], server, folder, self._chance, first)

    # -- names ------------------------------------------------------------------------------------------------

    def _hosts(self, zone: str) -> Path:
        return self._folder / "dns" / f"{zone}.hosts"

    def _write_names(self, zone: str) -> None:
        path = self._hosts(zone)
        path.parent.mkdir(exist_ok=True)
        lines = [f"# What the name server of {zone} answers. After a change: lmwire lab restart dns"]
        for name, answer in names_of(self._lab.plan, zone).items():
            lines += [f"{address} {name}" for address in answer] if not isinstance(answer, Special) else []
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")

    def _names(self, zone: str) -> Zone:
        """Return what the zone's file says. Raises ValueError for a line that is none."""
        found: dict[str, tuple[str, ...]] = {}
        for line in self._hosts(zone).read_text(encoding="utf-8").splitlines():
            address, *names = line.partition("#")[0].split() or [""]
            for name in names:
                found[name] = (*found.get(name, ()), address)
        return Zone.of(found)

    def _reload_names(self) -> Iterator[str]:
        zones = {zone: self._names(zone) for zone in self._resolvers}  # all are right, or none is changed
        for zone, names in zones.items():
            self._resolvers[zone].close()
            self._resolvers[zone] = DnsServer(self.nodes[zone], names)
            yield f"the name server of {zone} answers as {self._hosts(zone)} says"

    # -- orders -----------------------------------------------------------------------------------------------

    def obey(self, order: Order) -> Answer:
        """Do what was asked for, and tell."""
        if order.do == "check":
            return Answer(grade=self._grade())
        if order.do == "restart":
            return self._restart(order.name)
        return Answer(wrong=f"there is no order {order.do!r}")

    def _grade(self) -> Grade:
        again = tuple(self._restart("").lines) if self._lab.restarted else ()
        return grade(self._lab, self.nodes, again)

    def _restart(self, name: str) -> Answer:
        if name == "dns":
            try:
                return Answer(lines=tuple(self._reload_names()))
            except (OSError, ValueError) as error:
                return Answer(wrong=f"the names can't be read: {error}")
        if name and name not in self._services:
            known = ", ".join((*self._services, "dns"))
            return Answer(wrong=f"{name} runs nothing that can be restarted; there are {known}")
        lines = [f"{each}: {self._services[each].restart()}" for each in ([name] if name else self._services)]
        return Answer(lines=tuple(lines))


def serve(keeper: Keeper, listener: socket.socket) -> None:
    """Take orders until "stop", SIGTERM, or the longest time is over."""
    ended = time.monotonic() + _LONGEST
    signal.signal(signal.SIGTERM, _stopped)
    with contextlib.suppress(KeyboardInterrupt), selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        while (left := ended - time.monotonic()) > 0:
            if selector.select(left) and _one(keeper, listener) == "stop":
                return


def _stopped(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _one(keeper: Keeper, listener: socket.socket) -> str:
    """Take one order, answer it, and return what it was."""
    connection, _ = listener.accept()
    with connection, contextlib.suppress(OSError):  # whoever asked has gone
        connection.settimeout(_ORDER_SECONDS)
        line = b""
        while not line.endswith(b"\n") and len(line) < _MOST_BYTES and (more := connection.recv(_MOST_BYTES)):
            line += more
        try:
            order = msgspec.json.decode(line, type=Order)
        except msgspec.DecodeError as error:
            order, answer = Order(""), Answer(wrong=f"no order: {error}")
        else:
            answer = Answer() if order.do == "stop" else keeper.obey(order)
        connection.sendall(msgspec.json.encode(answer) + b"\n")
        return order.do
    return ""
