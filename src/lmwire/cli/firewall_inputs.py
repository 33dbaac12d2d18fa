"""What the commands of `lmwire firewall` read: files, logs and look-ups, and the rules that come of them."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from lmwire.cli.terminal import fail, note
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
from lmwire.text import printable

__all__ = ["Given", "gather", "resolved"]

_STDIN: Final = "-"
_STDIN_NAME: Final = "standard input"
_SHOWN: Final = 200


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says about servers and ports; see the options of `lmwire firewall rules`."""

    license_file: str | None = None
    diagnosis: str | None = None
    log: str | None = None
    ports: Sequence[str] = ()
    to: Sequence[str] = ()


def gather(given: Given) -> tuple[Rule, ...]:
    """Return the rules that a command line comes to. No name is resolved.

    A license file or a diagnosis says which daemons there are; a log and --port add the ports that it leaves open.
    Without either, the log says it, and without that, --port.

    Raises:
        FirewallError: a port is not known, or what is given contradicts itself.
    """
    if [given.license_file, given.diagnosis, given.log].count(_STDIN) > 1:
        raise FirewallError("standard input can be one of the files only")
    known_ports = parse_known_ports(given.ports)
    pairs = [parse_to(text) for text in given.to]
    if given.license_file is not None and given.diagnosis is not None:
        raise FirewallError("a license file and --from-diagnosis exclude each other")
    logged = [] if given.log is None else _of_log(given.log)
    if given.license_file is not None or given.diagnosis is not None:
        main = _main(given)
        services = with_known_ports(main, [*known_ports, *_told_by_log(logged, main)])
    elif given.log is not None:
        services = with_known_ports(logged, known_ports)
    elif known_ports:
        services = from_ports(known_ports, pairs)
    else:
        raise FirewallError("rules for what?", "give the server's license file, --from-diagnosis, --log, or --port")
    addresses: dict[str, list[str]] = {}
    for server, address in pairs:
        addresses.setdefault(server, []).append(address)
    return at_addresses(rules_of(services), addresses)


def _told_by_log(logged: Sequence[LicenseService], main: Sequence[LicenseService]) -> Iterator[KnownPort]:
    """Yield what the log tells of the daemons in question, and say of which others it tells."""
    named = {service.daemon.casefold() for service in main if service.daemon}
    for service in logged:
        if service.port is None:
            continue
        if service.daemon.casefold() in named or named <= {LMGRD}:
            yield KnownPort(service.port, service.daemon)
        else:
            daemon = printable(service.daemon, _SHOWN)
            note(f"nothing is opened for {daemon}, which only the log has, at port {service.port}")


def _main(given: Given) -> list[LicenseService]:
    if given.license_file is not None:
        return _of_license(given.license_file)
    name = given.diagnosis or ""
    return from_diagnosis(_document(name), _STDIN_NAME if name == _STDIN else name)


def _of_license(path: str) -> list[LicenseService]:
    from lmwire.licensefile.servers import MAX_FILE, read_license, why_no_server  # noqa: PLC0415
    from lmwire.licensepath import LicensePathError, Target  # noqa: PLC0415 # only where a license file is given
    from lmwire.licensepath.files import read_files  # noqa: PLC0415

    targets, without = [], []
    try:
        for name, data in [(_STDIN_NAME, _stdin().read(MAX_FILE + 1))] if path == _STDIN else read_files(path):
            found = read_license(data, name)
            if found.servers:
                targets.append(Target(name, found.servers, "file", found.vendors, origin=name))
            else:
                without.append(found)
    except LicensePathError as error:
        fail(str(error), *error.pointer().splitlines())
    except (OSError, ValueError) as error:
        raise _unreadable(path, error, "give the server's license file; ports that you know: --port") from None
    if not targets:
        hint = why_no_server(without) if without else "of a directory, only files named *.lic are read"
        raise FirewallError(f"{printable(path, _SHOWN)} has no SERVER line", hint)
    return from_licenses(targets)


def _of_log(path: str) -> list[LicenseService]:
    from lmwire.serverlog import LogError, read_log  # noqa: PLC0415 # only where a log is given

    try:
        summary = read_log([_stdin() if path == _STDIN else Path(path)])
    except LogError as error:
        fail(f"{printable(path, _SHOWN)}: {error}")
    daemons = [LoggedDaemon(name=daemon.name, port=daemon.port, pinned=daemon.pinned) for daemon in summary.daemons]
    return from_log(summary.host, [LoggedDaemon(name=LMGRD, port=summary.lmgrd_port), *daemons])


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise FirewallError("can't read standard input: there is none")
    return sys.stdin.buffer


def _document(path: str) -> bytes:
    try:
        if path == _STDIN:
            return _stdin().read(MAX_DOCUMENT + 1)
        with Path(path).open("rb") as opened:
            return opened.read(MAX_DOCUMENT + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error, "make it with: lmwire diagnose --format json > FILE") from None


def _unreadable(path: str, error: OSError | ValueError, hint: str) -> FirewallError:
    reason = printable(str(getattr(error, "strerror", None) or error), _SHOWN)
    return FirewallError(f"{printable(path, _SHOWN)} can't be read: {reason}", hint)


def resolved(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the rules with each server's name replaced by the addresses it has here, and say which these are.

    Raises:
        FirewallError: a name has none, or only such as other machines can't use.
    """
    names = dict.fromkeys(rule.to for rule in rules if rule.to and rule.version is None)
    addresses = {name: list(_addresses(name)) for name in names}
    for name, found in addresses.items():
        note(f"{name} is {', '.join(found)}, as this machine resolves it")
    return tuple(
        msgspec.structs.replace(rule, to=address) for rule in rules for address in addresses.get(rule.to, (rule.to,))
    )


def _addresses(name: str) -> Iterator[str]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = printable(str(getattr(error, "strerror", None) or error), _SHOWN)
        raise FirewallError(f"{name} does not resolve here: {reason}", f"give it with --to {name}=ADDRESS") from None
    usable = [text for text in dict.fromkeys(str(entry[4][0]) for entry in found) if destination(text)]
    if not usable:
        raise FirewallError(
            f"{name} resolves to a loopback address here, which only the server itself can use",
            f"give it with --to {name}=ADDRESS",
        )
    yield from usable
