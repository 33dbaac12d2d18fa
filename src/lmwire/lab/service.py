"""The license service of a lab's server. Like a real one, it reads its license file at each start and writes a log."""

from __future__ import annotations

import contextlib
import os
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from lmwire.lab.errors import LabError
from lmwire.lab.model import LICENSE
from lmwire.licensefile import LicenseDocument, parse_license
from lmwire.licensepath import LicensePathError
from lmwire.netns import Namespace
from lmwire.ports import DEFAULT_RANGE
from lmwire.ruletest.plan import PlanServer
from lmwire_mockserver.conversation import Conversation
from lmwire_mockserver.errors import MockError
from lmwire_mockserver.scenario import Servers, Vendor
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock

__all__ = ["LOG", "LabLicenseService", "license_file"]

LOG: Final = "lmgrd.log"
_SYSTEM_PORTS: Final = range(33000, 60000)
"""The range of ports that a system chooses for an unpinned vendor daemon."""


def license_file(servers: tuple[PlanServer, ...], *, pinned: bool) -> str:
    """Return the license file of a server or a triad. It has no licenses: the lab's daemons grant none."""
    lines = [
        f"SERVER {server.referral_host} 02000000{index:04x} {server.lmgrd}" for index, server in enumerate(servers)
    ]
    for name, port in servers[0].vendors.items():
        lines.append(f"VENDOR {name} port={port}" if pinned else f"VENDOR {name}")
    return "\n".join(
        ["# The license file of this lab's server. After a change, restart the service: lmwire lab restart", *lines, ""]
    )


_STOPPED: Final = "EXITING DUE TO SIGNAL 15"


class LabLicenseService:
    """Starts, restarts and stops lmgrd and the vendor daemons on a machine, according to its license file.

    Args:
        node: the machine.
        server: its entry in the plan, which identifies its SERVER line.
        folder: the folder of license file and debug log.
        chance: chooses ports that are not pinned.
        ports: the ports of unpinned vendor daemons at the first start.
    """

    def __init__(
        self, node: Namespace, server: PlanServer, folder: Path, chance: random.Random, ports: tuple[int, ...]
    ) -> None:
        self._node, self._server, self._folder = node, server, folder
        self._chance, self._first = chance, list(ports)
        self._mock: ThreadedMock | None = None
        self.trouble = ""
        """Why it does not run; empty when it runs."""

    def start(self) -> None:
        """Start it. If the license file or a port prevents that, `trouble` and the log say why."""
        try:
            document = parse_license((self._folder / LICENSE).read_bytes(), LICENSE)
            mock = self._cast(document)
            running = ThreadedMock(mock, inside=self._node)
            running.__enter__()
        except OSError as error:
            self.trouble = f"{LICENSE} cannot be read: {error.strerror}"
        except (LabError, LicensePathError, MockError) as error:
            self.trouble = error.one_line
        else:
            self._mock, self.trouble = running, ""
            self._tell_start(document, mock)
            return
        self._log("lmgrd", f"license manager: can't initialize: {self.trouble}", "EXITING DUE TO ERROR")

    def tell_earlier_days(self) -> None:
        """Write yesterday's start into the log, when the vendor daemons had ports of the usual range."""
        when = datetime.now().astimezone() - timedelta(days=1)
        ports = self._chance.sample([port for port in DEFAULT_RANGE if port != self._server.lmgrd], len(self._first))
        started = [
            f"Started {name} (internet tcp_port {port} pid {os.getpid()})"
            for name, port in zip(self._server.vendors, ports, strict=True)
        ]
        self._log(
            "lmgrd",
            self._banner(when),
            f"lmgrd tcp-port {self._server.lmgrd}",
            "Starting vendor daemons ...",
            *started,
            _STOPPED,
            when=when,
        )

    def _banner(self, when: datetime) -> str:
        date = f"{when.month}/{when.day}/{when.year}"
        return f"FlexNet Licensing (v11.19 of a lab) started on {self._server.name} (linux) ({date})"

    def _tell_start(self, document: LicenseDocument, mock: AsyncMockServer) -> None:
        pinned = {line.name for line in document.daemons if line.port is not None}
        # All daemons have this process's pid, so that a learner who uses the pid finds a real process.
        pid = os.getpid()
        self._log("lmgrd", self._banner(datetime.now().astimezone()))
        self._log("lmgrd", f"lmgrd tcp-port {mock.lmgrd_port}", "Starting vendor daemons ...")
        for name, port in mock.vendors.items():
            if name in pinned:
                self._log("lmgrd", f"Using vendor daemon port {port} specified in license file")
            self._log("lmgrd", f"Started {name} (internet tcp_port {port} pid {pid})")

    def stop(self) -> None:
        """Stop it. A second call does nothing."""
        running, self._mock = self._mock, None
        if running is not None:
            running.__exit__(None, None, None)

    def restart(self) -> str:
        """Stop and start it. Return its ports, or why it does not run."""
        if self._mock is not None:
            self.stop()
            self._log("lmgrd", _STOPPED)
        self.start()
        if self._mock is None:
            return f"does not run: {self.trouble}"
        mock = self._mock.mock
        daemons = ", ".join(f"{name} on {port}" for name, port in mock.vendors.items())
        return f"lmgrd on {mock.lmgrd_port}, {daemons}"

    @property
    def ports(self) -> tuple[int, dict[str, int]] | None:
        """The ports of lmgrd and of each vendor daemon; None when it does not run."""
        if self._mock is None:
            return None
        return self._mock.mock.lmgrd_port, dict(self._mock.mock.vendors)

    def unpinned(self) -> tuple[str, ...]:
        """Return the vendor daemons whose port the license file leaves to the system."""
        try:
            document = parse_license((self._folder / LICENSE).read_bytes(), LICENSE)
        except (OSError, LicensePathError):
            return ()
        return tuple(line.name for line in document.daemons if line.port is None)

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """What its daemons saw since their start."""
        return () if self._mock is None else self._mock.all_conversations

    def _cast(self, document: LicenseDocument) -> AsyncMockServer:
        if not document.servers or not document.daemons:
            raise LabError(f"{LICENSE} has no SERVER line, or no VENDOR line")
        named = [line for line in document.servers if line.host == self._server.referral_host]
        own = (named or document.servers)[0]
        ports = tuple(self._port_of(line.port) for line in document.daemons)
        return AsyncMockServer(
            Servers(vendors=tuple(Vendor(name=line.name) for line in document.daemons)),
            bind="::",  # accepts IPv4 too
            lmgrd_port=own.port or self._server.lmgrd,
            vendor_ports=ports,
            referral_host=own.host,
        )

    def _port_of(self, pinned: int | None) -> int:
        if pinned is not None:
            return pinned
        return self._first.pop(0) if self._first else self._chance.choice(_SYSTEM_PORTS)

    def _log(self, daemon: str, *lines: str, when: datetime | None = None) -> None:
        now = when or datetime.now().astimezone()
        with contextlib.suppress(OSError), (self._folder / LOG).open("a", encoding="utf-8") as file:
            file.writelines(f"{now.hour}:{now:%M:%S} ({daemon}) {line}\n" for line in lines)
