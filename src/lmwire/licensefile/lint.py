"""Every problem of a license file. Each check is a function from a file to what it finds; `CHECKS` has their ids."""

from __future__ import annotations

import datetime as dt
import ipaddress
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from lmwire.addresses import is_loopback
from lmwire.licensefile.advice import FreePorts
from lmwire.licensefile.dates import NEVER, parse_expiry
from lmwire.licensefile.document import DaemonLine, FeatureLine, LicenseDocument, ServerLine
from lmwire.licensefile.lexer import Statement, Word
from lmwire.licensefile.parse import Problems, fault
from lmwire.licensefile.pin import edited, port_keyword
from lmwire.licensefile.problem import Problem
from lmwire.ports import DEFAULT_RANGE, DEFAULT_RANGE_TEXT, MAX_PORT, PRIVILEGED
from lmwire.targets.model import Server
from lmwire.text import printable
from lmwire.vendors import product_of

__all__ = ["SOON", "Resolve", "lint_license"]

SOON: Final = dt.timedelta(days=30)
"""A license that ends within this time expires soon."""

Resolve = Callable[[str], tuple[str, ...] | None]
"""From a host name to its addresses: none when it does not resolve, None when that could not be told."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_TRIAD: Final = 3
_MAX_CORRECTED: Final = 1000
_LINE_END: Final = re.compile(r"\r\n?|\n")
_ENDINGS: Final = {"\r\n": "CR LF", "\n": "LF", "\r": "CR"}
_OBSOLETE: Final = frozenset({"rational"})
"""Vendor daemons that newer versions of their product lack; the catalogue tells since when."""

_REAL_NAME: Final = "write the server's full host name; the host id stays as it is"


class _Setting(msgspec.Struct, frozen=True):
    """What the checks need besides the file."""

    today: dt.date
    soon: dt.timedelta
    resolve: Resolve | None


_Check = Callable[[LicenseDocument, _Setting], Iterator[Problem]]


def lint_license(
    document: LicenseDocument,
    *,
    today: dt.date,
    soon: dt.timedelta = SOON,
    resolve: Resolve | None = None,
) -> tuple[Problem, ...]:
    """Return every problem of a license file, in the order of the file; of each kind the first MAX_ALIKE.

    Args:
        document: the file.
        today: the day by which expiry is judged.
        soon: how long before its end a license "expires soon".
        resolve: looks a host name up; it is asked for the first three servers at most. None asks nobody.
    """
    setting = _Setting(today, soon, resolve)
    problems = Problems()
    for check in _CHECKS:
        for problem in check(document, setting):
            problems.add(problem)
    return tuple(sorted((*document.problems, *problems.told), key=lambda problem: (problem.line, problem.column)))


def _servers(document: LicenseDocument, setting: _Setting) -> Iterator[Problem]:
    yield from _no_server(document)
    yield from _useless_servers(document)
    if document.server_count not in {0, 1, _TRIAD} and document.servers:
        told = f"{document.server_count} SERVER lines: there is one, or three for a triad"
        yield fault("server-count", document.servers[-1].statement, None, told, "take one away, or add the third")
    for line in document.servers[:_TRIAD]:
        yield from _host(line, setting.resolve)
    missing = [line for line in document.servers if line.port is None and line.port_at is None]
    triad = document.server_count == _TRIAD
    for line in missing:
        corrected = _with_port(line)
        why = (
            "each server of a triad needs a fixed one"
            if triad
            else f"it takes the first free one of {DEFAULT_RANGE_TEXT}"
        )
        told = f"no port for lmgrd: {why}"
        id_ = "triad-port-missing" if triad else "server-port-missing"
        yield fault(id_, line.statement, line.host_at, told, "add the port behind the host id", corrected=corrected)
    ports = [line.port for line in document.servers if line.port is not None]
    if triad and len(set(ports)) > 1:
        odd = next(line for line in document.servers if line.port not in {None, ports[0]})
        told = f"port {odd.port} differs from the first server's, {ports[0]}"
        fix = "give all three servers of the triad the same port: one firewall rule then covers them"
        yield fault("triad-ports-differ", odd.statement, odd.port_at, told, fix)


def _no_server(document: LicenseDocument) -> Iterator[Problem]:
    """Find a file that names no server and needs one: only uncounted licenses do without."""
    counted = next((line for line in document.features if line.number), None)
    if document.server_count or (counted is None and document.features):
        return
    fix = "take the SERVER line from the vendor's file; a client without one asks nobody, and can use port@host instead"
    if counted is not None:
        told = f"no SERVER line, and {printable(counted.name, 60)} is counted: nobody counts it, -13"
        yield fault("server-missing", counted.statement, None, told, fix)
    else:
        yield Problem(id="server-missing", line=1, column=1, text="no SERVER line, and no license either", fix=fix)


def _useless_servers(document: LicenseDocument) -> Iterator[Problem]:
    """Find SERVER lines that no client reads, and one machine in two places of a triad."""
    seen: dict[Server, ServerLine] = {}
    for line in document.servers:
        if document.use_server is not None and line.statement.line > document.use_server:
            told = f"this SERVER line comes after USE_SERVER, on line {document.use_server}: no client reads it"
            yield fault("server-unread", line.statement, None, told, "put USE_SERVER behind the SERVER lines")
        first = seen.setdefault(Server(line.host, line.port).folded, line)
        if first is not line and document.server_count == _TRIAD:
            told = f"{printable(line.host, 100)} is on line {first.statement.line} already"
            fix = "a triad is three machines: write the third one's name, or leave one server"
            yield fault("server-twice", line.statement, line.host_at, told, fix)


def _with_port(line: ServerLine) -> str:
    if not line.hostid:
        return ""
    text, hostid = line.statement.text, list(line.statement.words())[2]
    return _line(f"{text[: hostid.stop]} 27000{text[hostid.stop :]}")


def _host(line: ServerLine, resolve: Resolve | None) -> Iterator[Problem]:
    host = line.host
    shown = printable(host, 100)

    def found(id_: str, text: str, fix: str = _REAL_NAME) -> Problem:
        return fault(id_, line.statement, line.host_at, text, fix)

    folded = host.lower().rstrip(".")
    if folded == "this_host":
        yield found("server-this-host", "this_host is the machine that reads the file: a client talks to itself, -95")
    elif folded == "any":
        yield found("server-any", "ANY is a host id and stands where the host's name belongs")
    elif folded == "localhost" or folded.startswith("localhost."):
        yield found("server-localhost", f"{shown} is the machine that reads the file: every client takes itself for it")
    elif (literal := _address(host)) is not None:
        yield from _literal(found, literal, shown)
    else:
        if "." not in folded:
            told = f"{shown} has no domain: clients of another domain can't resolve it"
            yield found("server-unqualified", told, f"write the full name, such as {shown}.example.com")
        yield from _resolved(found, shown, None if resolve is None else resolve(host), asked=resolve is not None)


def _literal(found: Callable[..., Problem], literal: _Address, shown: str) -> Iterator[Problem]:
    if is_loopback(literal) or literal.is_unspecified:
        yield found("server-address-loopback", f"{shown} is every machine's address for itself: no client gets there")
    elif literal.is_link_local:
        yield found("server-address-link-local", f"{shown} is valid on one link only: other networks can't reach it")
    elif not literal.is_global:
        told = f"{shown} is a private address: from outside, through a NAT or from the internet, nobody reaches it"
        yield found("server-address-private", told, "write a host name that resolves rightly on either side of the NAT")


def _resolved(
    found: Callable[..., Problem], shown: str, addresses: tuple[str, ...] | None, *, asked: bool
) -> Iterator[Problem]:
    if not asked:
        return
    if addresses is None:
        yield found("server-unresolved", f"whether {shown} resolves could not be told: no answer in time", "")
    elif not addresses:
        fix = "mend the name, or make it known in DNS; the referral sends clients to that name"
        yield found("server-unresolvable", f"{shown} does not resolve on this machine", fix)
    else:
        literals = [literal for literal in map(_address, addresses) if literal is not None]
        where = printable(", ".join(addresses[:4]), 160)
        if any(map(is_loopback, literals)):
            fix = "mend the hosts file; on the server itself this is common, and does no harm there"
            yield found("server-resolves-loopback", f"{shown} resolves to {where} on this machine", fix)
        elif literals and not any(literal.is_global for literal in literals):
            told = f"{shown} resolves to {where} on this machine: clients from outside can't reach that"
            yield found("server-resolves-private", told, "")


def _address(host: str) -> _Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _daemons(document: LicenseDocument, _setting: _Setting) -> Iterator[Problem]:
    if document.servers and not document.daemons and document.use_server is None:
        told = "no VENDOR line: lmgrd has no vendor daemon to start"
        last = document.servers[-1].statement
        yield fault("vendor-missing", last, None, told, "add `VENDOR name port=27001`, or USE_SERVER on a client")
    lmgrd = {server.port: server for server in document.servers if server.port is not None}
    seen: dict[int, DaemonLine] = {}
    free = FreePorts([*(server.port for server in document.servers), *(line.port for line in document.daemons)])
    keyword = port_keyword(document)
    for line in document.daemons:
        yield from _daemon(line, keyword, free)
        if line.name in _OBSOLETE:
            product = product_of(line.name)
            told = f"{line.name}: {product.note if product is not None else 'obsolete'}"
            fix = "take the line out where the server is that new; an older one needs it"
            yield fault("vendor-obsolete", line.statement, line.name_at, told, fix)
        if line.port is None:
            continue
        if line.port in lmgrd:
            told = f"{line.name} has lmgrd's port {line.port}, of line {lmgrd[line.port].statement.line}"
            fix = "give each a port of its own"
            corrected = _line_at(line, free.for_daemon(line.name), keyword)
            yield fault("port-of-lmgrd", line.statement, line.port_at, told, fix, corrected=corrected)
        other = seen.setdefault(line.port, line)
        if other.name != line.name:
            told = f"{line.name} has port {line.port}, as {other.name} on line {other.statement.line} has"
            fix = "give each daemon a port of its own"
            corrected = _line_at(line, free.for_daemon(line.name), keyword)
            yield fault("port-shared", line.statement, line.port_at, told, fix, corrected=corrected)


def _daemon(line: DaemonLine, keyword: str, free: FreePorts) -> Iterator[Problem]:
    unpinned = line.port is None and (line.port_at is None or not line.port_at.text.strip("0"))
    misplaced = int(line.misplaced.text) if line.misplaced is not None else 0
    pinned = misplaced if 1 <= misplaced <= MAX_PORT else line.port or free.for_daemon(line.name)
    corrected = "" if line.stray else _line_at(line, pinned, keyword)  # all that is wrong at once: to be copied
    if line.misplaced is not None:
        told = f"{line.misplaced.text} stands where the daemon's {'options file' if line.path else 'path'} belongs"
        fix = "without path and options file, a port needs its keyword"
        yield fault("vendor-positional", line.statement, line.misplaced, told, fix, corrected=corrected)
    options = _path_of_options(line, line.statement)
    if options is not None:
        told = f"{printable(line.path, 100)} stands where the path of the daemon's program belongs"
        fix = "without a path, an options file needs its keyword"
        yield fault("vendor-positional", line.statement, options, told, fix, corrected=corrected)
    yield from _blank_in_path(line)
    if unpinned and line.misplaced is None:
        told = f"no port is pinned for {line.name}: the system chooses one, and may choose another at every restart"
        yield fault("vendor-unpinned", line.statement, line.name_at, told, "pin a port", corrected=corrected)
    elif line.port is not None and line.port < PRIVILEGED:
        told = f"port {line.port} is below 1024: on Unix, only root may listen there"
        yield fault("vendor-port-low", line.statement, line.port_at, told, f"take a free port of {DEFAULT_RANGE_TEXT}")
    elif line.port is not None and line.port not in DEFAULT_RANGE:
        told = f"port {line.port} is outside {DEFAULT_RANGE_TEXT}: a firewall rule for that range does not cover it"
        yield fault("vendor-port-outside-range", line.statement, line.port_at, told)


def _blank_in_path(line: DaemonLine) -> Iterator[Problem]:
    stray = line.stray
    if stray is None:
        return
    told = f"{printable(stray.text, 100)} is one word too many: a path with a blank stands in quotation marks"
    text = line.statement.text
    behind = (word for word in line.statement.words() if word.start >= line.name_at.stop)
    path = list(itertools.takewhile(lambda word: "=" not in word.text and not word.text.isdigit(), behind))
    run = text[path[0].start : path[-1].stop] if stray in path else ""
    corrected = _line(f'{text[: path[0].start]}"{run}"{text[path[-1].stop :]}') if run and '"' not in run else ""
    yield fault("vendor-path-blank", line.statement, stray, told, "quote the path", corrected=corrected)


def _path_of_options(line: DaemonLine, statement: Statement) -> Word | None:
    """Return the options file that stands where the daemon's path belongs, in its line or what becomes of that."""
    if not line.path.lower().endswith(".opt"):
        return None
    return next(word for word in statement.words() if word.text == line.path)


def _line_at(line: DaemonLine, port: int, keyword: str) -> str:
    """Return the line as it should be, with this port and each file at its keyword; nothing where no port is left."""
    if not port:
        return ""
    made = msgspec.structs.replace(line.statement, raw=edited(line, port, keyword))
    options = _path_of_options(line, made)
    text = made.text
    return _line(text if options is None else f"{text[: options.start]}OPTIONS={text[options.start :]}")


def _line(text: str) -> str:
    """Return a line to be copied, which keeps its single backslashes; nothing where it is too long for that."""
    return printable(text.strip()).replace("\\\\", "\\") if len(text) <= _MAX_CORRECTED else ""


def _features(document: LicenseDocument, setting: _Setting) -> Iterator[Problem]:
    known: dict[str, tuple[str, str, str] | None] = {}  # thousands of lines share a few dates
    for line in document.features:
        if line.expires_at is None:
            continue
        if line.expires not in known:
            known[line.expires] = _expiry(line, setting)
        judged = known[line.expires]
        if judged is not None:
            id_, told, fix = judged
            yield fault(id_, line.statement, line.expires_at, f"{printable(line.name, 60)} {told}", fix)


def _expiry(line: FeatureLine, setting: _Setting) -> tuple[str, str, str] | None:
    shown = printable(line.expires, 40)
    end = parse_expiry(line.expires)
    if end is None:
        return "feature-expiry", f"expires on {shown}, which is no date", "write it as 31-dec-2027, or permanent"
    if end < setting.today:
        return "feature-expired", f"expired on {shown}", "ask the vendor for a new license file"
    if end is not NEVER and end - setting.today <= setting.soon:
        days = (end - setting.today).days
        when = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
        return "feature-expiring", f"expires {when}, on {shown}", "ask the vendor for a new license file"
    if end is not NEVER and re.fullmatch(r"\D*\d+-\D+-\d{2}", line.expires.strip(), re.ASCII):
        told = f"expires on {shown}, read as {end.year}: the year has two digits"
        return "feature-expiry", told, "the vendor can say which century is meant"
    return None


def _endings(document: LicenseDocument, _setting: _Setting) -> Iterator[Problem]:
    """Find the first line whose end differs from that of the first line."""
    first = ""
    for part in document.parts:
        line, begin = part.line, 0
        for match in _LINE_END.finditer(part.raw):
            first = first or match.group()
            if match.group() != first:
                told = f"this line ends in {_ENDINGS[match.group()]}, the first one in {_ENDINGS[first]}"
                fix = "save the file with one kind of line ends (dos2unix, an editor)"
                column = match.start() - begin
                yield Problem(
                    id="line-endings",
                    line=line,
                    column=column + 1,
                    text=told,
                    fix=fix,
                    source=part.raw[begin : match.start()],
                    position=column,
                )
                return
            line, begin = line + 1, match.end()


def _encoding(document: LicenseDocument, _setting: _Setting) -> Iterator[Problem]:
    fix = "save the file as plain 8-bit text (ANSI, or UTF-8 without a mark)"
    if document.encoding != "latin-1":
        yield Problem(id="encoding", line=1, column=1, text="the file is UTF-16; license files are 8-bit text", fix=fix)
    elif document.mark:
        told = "a byte order mark of UTF-8 stands before the first keyword, and may be taken for a part of it"
        yield Problem(id="byte-order-mark", line=1, column=1, text=told, fix=fix)


_CHECKS: Final[tuple[_Check, ...]] = (_servers, _daemons, _features, _endings, _encoding)
