"""The name servers of a lab: one in each zone, on the client; each answers from a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from lmwire.lab.errors import LabError
from lmwire.lab.model import NAMES
from lmwire.netns import Namespace, NetworkError
from lmwire.netns.dns import DnsServer
from lmwire.netns.zone import DnsZone, Special
from lmwire.ruletest import Plan
from lmwire.ruletest.build import names_of
from lmwire.text import printable

__all__ = ["NameServers"]


class NameServers:
    """Runs a name server in every zone, inside a `with` block.

    Args:
        plan: the plan, with the zones' first answers.
        clients: zone → the machine of its name server.
        folder: the folder for each zone's file, in the form of /etc/hosts.
    """

    def __init__(self, plan: Plan, clients: Mapping[str, Namespace], folder: Path) -> None:
        self._clients = clients
        self._files = {zone: folder / f"{zone}.hosts" for zone in clients}
        self._servers: dict[str, DnsServer] = {}
        self._zones: dict[str, DnsZone] = {}
        folder.mkdir()
        for zone, file in self._files.items():
            lines = [f"# The answers of the name server of {zone}. After a change, run: lmwire lab restart {NAMES}"]
            for name, answer in names_of(plan, zone).items():
                lines += [] if isinstance(answer, Special) else [f"{address} {name}" for address in answer]
            file.write_text("\n".join([*lines, ""]), encoding="utf-8")

    def __enter__(self) -> Self:
        self.reload()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers.values():
            server.close()

    def answer(self, zone: str, name: str) -> tuple[str, ...]:
        """Return the addresses that the name server of a zone answers with."""
        found = self._zones[zone].lookup(name, "127.0.0.1") if zone in self._zones else None
        return found if isinstance(found, tuple) else ()

    def reload(self) -> tuple[str, ...]:
        """Read the files again, and return a sentence for each zone.

        Raises:
            LabError: a file cannot be read, and all servers keep their answers; or a port is in use.
        """
        known = {zone: _read(file) for zone, file in self._files.items()}  # read all files before changing any server
        for zone, names in known.items():
            if zone in self._servers:
                self._servers.pop(zone).close()
            try:
                self._servers[zone] = DnsServer(self._clients[zone], names)
            except NetworkError as error:
                raise LabError(f"the name server of {zone} does not run: {error.one_line}") from error
            self._zones[zone] = names
        return tuple(f"the name server of {zone} now answers from {file}" for zone, file in self._files.items())


def _read(file: Path) -> DnsZone:
    """Return the answers of a file. Raises LabError with the line when the file is wrong."""
    found: dict[str, tuple[str, ...]] = {}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise LabError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LabError(f"{file} is not UTF-8 at byte {error.start}") from error
    for number, line in enumerate(lines, 1):
        address, *names = line.partition("#")[0].split() or [""]
        try:
            DnsZone.of(dict.fromkeys(names, address))
        except ValueError:
            raise LabError(f"line {number} of {file}: {printable(address, 60)} is not an address") from None
        for name in names:
            found[name] = (*found.get(name, ()), address)
    return DnsZone.of(found)
