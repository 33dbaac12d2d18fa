"""The process that plays a lab: it holds the network, the license services and the resolvers, and takes orders.

Orders come over a Unix socket, one line of JSON each, answered by one line. The network is held by this process alone:
however it ends, nothing of the lab is left but files.
"""

from __future__ import annotations

import contextlib
import random
import selectors
import socket
import time
from functools import partial
from pathlib import Path
from typing import Final, Self

import msgspec

from lmwire.lab.check import Scene, grade
from lmwire.lab.errors import LabError
from lmwire.lab.ipc import Grade, LabCommand, LabReply, Terms
from lmwire.lab.model import COSTS, LICENSE, NAMES, Lab
from lmwire.lab.name_servers import NameServers
from lmwire.lab.service import LabLicenseService, license_file
from lmwire.lab.snapshot import Snapshot, snapshots
from lmwire.netns import Namespace
from lmwire.ruletest.build import Playground, lay_out
from lmwire.text import printable
from lmwire_mockserver.scenario import Lmgrd, MockDialogue, Servers
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock

__all__ = ["LabDaemon", "serve"]

_LONGEST: Final = 8 * 3600.0
"""Seconds after which a lab stops automatically."""

_ORDER_SECONDS: Final = 5.0
_MOST_BYTES: Final = 4096
_DOES: Final = {"hold": MockDialogue.SILENT, "http": MockDialogue.HTTP_HELD, "ssh": MockDialogue.SSH}


class LabDaemon:
    """A running lab. Use it once, with `with`.

    Args:
        lab: the lab.
        folder: the folder for files of servers and name servers; must be empty.
        terms: how it is played; None: without an exam, from now on.
    """

    def __init__(self, lab: Lab, folder: Path, terms: Terms | None = None) -> None:
        self._lab, self._folder = lab, folder
        self._terms = terms or Terms(began=time.time())
        self._stack = contextlib.ExitStack()
        self._ground: Playground | None = None
        self._services: dict[str, LabLicenseService] = {}
        self._names: NameServers | None = None
        self._before: dict[str, Snapshot] = {}
        self._chance = random.Random(f"{lab.id} {lab.seed}")  # noqa: S311 # variety, no secret

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._ground = ground = stack.enter_context(lay_out(self._lab.plan, Path(self._lab.source)))
            here = {server.referral_host: server.addresses for server in self._lab.plan.servers}
            for node in (*ground.routers.values(), *ground.servers.values()):
                node.hosts(here)  # they have no name server, and know each other
            for name, node in self.nodes.items():
                node.inside(partial(socket.sethostname, name))
            self._names = stack.enter_context(NameServers(self._lab.plan, ground.clients, self._folder / NAMES))
            for service in self._lab.services:
                other = AsyncMockServer(
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
            self._before = snapshots(self.nodes)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _stop_services(self) -> None:
        for service in self._services.values():
            service.stop()

    @property
    def nodes(self) -> dict[str, Namespace]:
        """Every machine by its name."""
        if self._ground is None:
            raise RuntimeError("enter the lab first")
        return {**self._ground.clients, **self._ground.routers, **self._ground.servers}

    def _service(self, name: str) -> LabLicenseService:
        plan = self._lab.plan
        server = plan.server(name)
        together = plan.servers if self._lab.triad else (server,)
        folder = self._folder / name
        folder.mkdir()
        pinned = name not in self._lab.unpinned
        (folder / LICENSE).write_text(license_file(together, pinned=pinned), encoding="utf-8")
        first = () if pinned else tuple(server.vendors.values())
        service = LabLicenseService(self.nodes[name], server, folder, self._chance, first)
        if not pinned:
            service.tell_earlier_days()
        return service

    # -- orders -----------------------------------------------------------------------------------------------

    def obey(self, order: LabCommand) -> LabReply:
        """Do what was asked for, and tell; also what went wrong, whatever it is: the lab goes on."""
        try:
            if order.do in {"check", "finish"}:
                return self._check(finish=order.do == "finish")
            if order.do == "hint":
                return self._hint()
            if order.do == "restart":
                return self._restart(order.name)
        except Exception as error:  # noqa: BLE001 # a learner's machine may be in any state
            return LabReply(wrong=printable(f"{type(error).__name__}: {error}", 300))
        return LabReply(wrong=f"the command {order.do!r} does not exist")

    def _check(self, *, finish: bool) -> LabReply:
        grade = self._grade()
        first = self._terms.solved or time.time()
        # In an exam the last state counts: whoever breaks it again has not solved it.
        self._terms = msgspec.structs.replace(self._terms, solved=first if grade.solved else None)
        return LabReply(grade=grade if finish or not self._terms.exam else None, terms=self._terms)

    def _hint(self) -> LabReply:
        if self._terms.exam:
            return LabReply(wrong="an exam has no hints")
        self._terms = msgspec.structs.replace(self._terms, hints=min(len(COSTS), self._terms.hints + 1))
        return LabReply(terms=self._terms)

    def _grade(self) -> Grade:
        again = self._restart("").lines if self._lab.restarted else ()
        if self._names is None:
            raise RuntimeError("enter the lab first")
        scene = Scene(lab=self._lab, nodes=self.nodes, services=self._services, names=self._names, before=self._before)
        return grade(scene, again)

    def _reload_names(self, names: NameServers) -> LabReply:
        try:
            return LabReply(lines=names.reload())
        except LabError as error:
            return LabReply(wrong=str(error))

    def _restart(self, name: str) -> LabReply:
        if name == NAMES and self._names is not None:
            return self._reload_names(self._names)
        if name and name not in self._services:
            known = ", ".join((*self._services, NAMES))
            return LabReply(wrong=f"{printable(name, 60)} has no service to restart; choose one of {known}")
        chosen = {name: self._services[name]} if name else self._services
        lines = tuple(f"{each}: {service.restart()}" for each, service in chosen.items())
        return LabReply(lines=lines, down=any(service.trouble for service in chosen.values()))


def serve(daemon: LabDaemon, listener: socket.socket) -> None:
    """Take commands until "stop", or until the time limit."""
    ended = time.monotonic() + _LONGEST
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        while (left := ended - time.monotonic()) > 0:
            if selector.select(left) and _one(daemon, listener) == "stop":
                return


def _one(daemon: LabDaemon, listener: socket.socket) -> str:
    """Take one command, answer it, and return it."""
    connection, _ = listener.accept()
    with connection, contextlib.suppress(OSError):  # the sender has gone
        connection.settimeout(_ORDER_SECONDS)
        line = b""
        while not line.endswith(b"\n") and len(line) < _MOST_BYTES and (more := connection.recv(_MOST_BYTES)):
            line += more
        try:
            order = msgspec.json.decode(line, type=LabCommand)
        except msgspec.DecodeError as error:
            order, answer = LabCommand(""), LabReply(wrong=f"not a command: {error}")
        else:
            answer = LabReply() if order.do == "stop" else daemon.obey(order)
        connection.sendall(msgspec.json.encode(answer) + b"\n")
        return order.do
    return ""
