"""What firewall rules are made from: license files, diagnoses, logs and look-ups, and the rules that come of them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from lmwire.errors import argument
from lmwire.firewall import FirewallError
from lmwire.firewall.inputs import (
    KnownPort,
    LicenseService,
    LoggedDaemon,
    at_addresses,
    from_diagnosis,
    from_licenses,
    from_log,
    from_ports,
    parse_known_ports,
    parse_to,
    rules_of,
    with_known_ports,
)
from lmwire.firewall.inputs.diagnosis import MAX_DOCUMENT
from lmwire.firewall.model import LMGRD, Rule, destination
from lmwire.licensefile.servers import MAX_FILE, read_license, why_no_server
from lmwire.licensepath import LicensePathError, Target
from lmwire.licensepath.files import read_files
from lmwire.serverlog import read_log
from lmwire.text import file_trouble, printable

__all__ = ["GivenFile", "GivenForRules", "resolved", "rules_from"]

GivenFile = str | os.PathLike[str] | BinaryIO

_STDIN_NAME: Final = "standard input"
_SHOWN: Final = 200


class GivenForRules(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says about servers and ports; see `firewall_rules`."""

    license_file: GivenFile | None = None
    diagnosis: GivenFile | None = None
    log: GivenFile | None = None
    ports: Sequence[str] = ()
    to: Sequence[str] = ()


def rules_from(given: GivenForRules) -> tuple[tuple[Rule, ...], list[str]]:
    """Return the rules that the given comes to, and notes on what is left out. No name is resolved.

    A license file or a diagnosis says which daemons there are; a log and ports add the ports that it leaves open.
    Without either, the log says it, and without that, the ports.

    Raises:
        FirewallError: a port is not known, or what is given contradicts itself.
        LicensePathError, LogError: a file cannot be used.
    """
    known_ports = parse_known_ports(tuple(given.ports))
    pairs = [parse_to(text) for text in given.to]
    if given.license_file is not None and given.diagnosis is not None:
        raise FirewallError(
            f"{argument('license_file')} and {argument('diagnosis')} exclude each other", "give one of them"
        )
    logged = [] if given.log is None else _of_log(given.log)
    notes: list[str] = []
    if given.license_file is not None or given.diagnosis is not None:
        main = _main(given)
        services = with_known_ports(main, [*known_ports, *_told_by_log(logged, main, notes)])
    elif given.log is not None:
        services = with_known_ports(logged, known_ports)
    elif known_ports:
        services = from_ports(known_ports, pairs)
    else:
        raise FirewallError(
            "nothing says which ports to open",
            f"give {argument('license_file')}, {argument('diagnosis')}, {argument('log')}, or {argument('ports')}",
        )
    addresses: dict[str, list[str]] = {}
    for server, address in pairs:
        addresses.setdefault(server, []).append(address)
    return at_addresses(rules_of(services), addresses), notes


def _told_by_log(
    logged: Sequence[LicenseService], main: Sequence[LicenseService], notes: list[str]
) -> Iterator[KnownPort]:
    """Yield the log's ports of the daemons in question. Note the log's other daemons."""
    named = {service.daemon.casefold() for service in main if service.daemon}
    for service in logged:
        if service.port is None:
            continue
        if service.daemon.casefold() in named or named <= {LMGRD}:
            yield KnownPort(service.port, service.daemon)
        else:
            daemon = printable(service.daemon, _SHOWN)
            notes.append(
                f"the rules do not open port {service.port} for {daemon}: only the log names this vendor daemon"
            )


def _main(given: GivenForRules) -> list[LicenseService]:
    if given.license_file is not None:
        return _of_license(given.license_file)
    if given.diagnosis is None:
        return []
    name = os.fspath(given.diagnosis) if isinstance(given.diagnosis, str | os.PathLike) else _STDIN_NAME
    return from_diagnosis(_document(given.diagnosis), name)


def _of_license(file: GivenFile) -> list[LicenseService]:
    targets, without = [], []
    name = os.fspath(file) if isinstance(file, str | os.PathLike) else _STDIN_NAME
    try:
        files = read_files(name) if isinstance(file, str | os.PathLike) else [(name, file.read(MAX_FILE + 1))]
        for each, data in files:
            found = read_license(data, each)
            if found.servers:
                targets.append(Target(each, found.servers, "file", found.vendors, origin=each))
            else:
                without.append(found)
    except LicensePathError:
        raise
    except (OSError, ValueError) as error:
        hint = f"give the server's license file; ports that you know: {argument('ports')}"
        raise _unreadable(name, error, hint) from None
    if not targets:
        hint = why_no_server(without) if without else "of a directory, only files named *.lic are read"
        raise FirewallError(f"{printable(name, _SHOWN)} has no SERVER line", hint)
    return from_licenses(targets)


def _of_log(file: GivenFile) -> list[LicenseService]:
    summary = read_log([Path(file) if isinstance(file, str | os.PathLike) else file])
    daemons = [LoggedDaemon(name=daemon.name, port=daemon.port, pinned=daemon.pinned) for daemon in summary.daemons]
    return from_log(summary.host, [LoggedDaemon(name=LMGRD, port=summary.lmgrd_port), *daemons])


def _document(file: GivenFile) -> bytes:
    if not isinstance(file, str | os.PathLike):
        return file.read(MAX_DOCUMENT + 1)
    try:
        with Path(file).open("rb") as opened:
            return opened.read(MAX_DOCUMENT + 1)
    except (OSError, ValueError) as error:
        name = os.fspath(file)
        raise _unreadable(name, error, "make it with: lmwire diagnose -f json > FILE") from None


def _unreadable(path: str, error: OSError | ValueError, hint: str) -> FirewallError:
    return FirewallError(file_trouble(printable(path, _SHOWN), error), hint)


def resolved(rules: Sequence[Rule]) -> tuple[tuple[Rule, ...], list[str]]:
    """Return the rules with each server's name replaced by its addresses here, and notes which these are.

    Raises:
        FirewallError: a name has none, or only such as other machines cannot use.
    """
    names = dict.fromkeys(rule.to for rule in rules if rule.to and rule.version is None)
    addresses = {name: list(_addresses(name)) for name in names}
    notes = [f"{name} is {', '.join(found)}, as this machine resolves it" for name, found in addresses.items()]
    at = (msgspec.structs.replace(rule, to=address) for rule in rules for address in addresses.get(rule.to, (rule.to,)))
    return tuple(at), notes


def _addresses(name: str) -> Iterator[str]:
    hint = f"give it with {argument('to', f'{name}=ADDRESS')}"
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = printable(str(getattr(error, "strerror", None) or error), _SHOWN)
        raise FirewallError(f"{name} does not resolve here: {reason}", hint) from None
    usable = [text for text in dict.fromkeys(str(entry[4][0]) for entry in found) if destination(text)]
    if not usable:
        raise FirewallError(
            f"{name} resolves to a loopback address here, which only the server itself can use",
            hint,
        )
    yield from usable
