"""Read the services from license files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lmwire.errors import argument
from lmwire.firewall.comments import plain
from lmwire.firewall.errors import FirewallError
from lmwire.firewall.inputs.service import LicenseService
from lmwire.firewall.model import LMGRD, Pin, destination
from lmwire.licensefile.free_ports import FreePorts
from lmwire.licensepath import Server, Target, VendorLine
from lmwire.ports import DEFAULT_RANGE, DEFAULT_RANGE_TEXT
from lmwire.text import printable

__all__ = ["from_licenses"]

_NAME = 60


def from_licenses(targets: Iterable[Target]) -> list[LicenseService]:
    """Return the daemons of license files: on each server, lmgrd and every vendor daemon.

    Raises:
        FirewallError: a target is not a license file.
    """
    return [service for target in targets for service in _of(target)]


def _of(target: Target) -> Iterator[LicenseService]:
    if target.kind != "file":
        raise FirewallError(
            f"{printable(target.text, 200)} is not a license file, so the vendor daemons' ports are unknown",
            "name the server's license file, or a diagnosis in JSON, which `lmwire diagnose -f json` prints: "
            f"{argument('diagnosis', 'FILE')}",
        )
    file = printable(target.origin, 200)
    advised = _advised(target)
    for server in target.servers:
        yield _lmgrd(server, file)
        for line in target.vendors:
            yield _vendor(server, line, file, advised.get(line.name, 0))
        if not target.vendors:
            hint = f"use the server's own license file, or name the port: {argument('ports', '27001:ibmratl')}"
            unknown = (f"{file} names no vendor daemon", hint)
            yield LicenseService(server=server.host, to=destination(server.host), daemon="", port=None, unknown=unknown)


def _lmgrd(server: Server, file: str) -> LicenseService:
    message = (
        f"{file} has no port on the SERVER line of {plain(server.host, _NAME)}: "
        f"lmgrd takes the first free port of {DEFAULT_RANGE_TEXT}"
    )
    hint = (
        f"write the port at the end of that line, or name the current port: {argument('ports', str(DEFAULT_RANGE[0]))}"
    )
    return LicenseService(
        server=server.host,
        to=destination(server.host),
        daemon=LMGRD,
        port=server.port,
        unknown=("", "") if server.port else (message, hint),
    )


def _advised(target: Target) -> dict[str, int]:
    """Return an unused port of the file for each vendor daemon, to pin it to."""
    free = FreePorts([*(server.port for server in target.servers), *(line.port for line in target.vendors)])
    return {
        name: free.for_daemon(name) for name in dict.fromkeys(line.name for line in target.vendors if not line.port)
    }


def _vendor(server: Server, line: VendorLine, file: str, advised: int) -> LicenseService:
    name = plain(line.name, _NAME)
    message = f"{file} pins no port for {name}: the port can change at every restart"
    hint = (
        f"pin it with `lmwire license pin FILE {name}={advised} -o NEW` and restart the server; for rules until "
        f"the next restart, name the current port: {argument('ports', f'PORT:{name}')}, or {argument('log', 'FILE')}"
    )
    return LicenseService(
        server=server.host,
        to=destination(server.host),
        daemon=line.name,
        port=line.port,
        pin=Pin.FIXED if line.port else Pin.MOVES,
        unknown=("", "") if line.port else (message, hint),
    )
