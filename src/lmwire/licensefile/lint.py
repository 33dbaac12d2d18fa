"""Find the problems of a license file. Each check is a function from a file to problems; `CHECKS` has their ids."""

from __future__ import annotations

import datetime as dt
import ipaddress
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from lmwire.addresses import is_loopback
from lmwire.licensefile.document import DaemonLine, LicenseDocument, ServerLine
from lmwire.licensefile.feature_checks import feature_problems
from lmwire.licensefile.free_ports import FreePorts
from lmwire.licensefile.lexer import Statement, Word
from lmwire.licensefile.odd_characters import odd_characters, without_odd_characters
from lmwire.licensefile.other_formats import FileKind
from lmwire.licensefile.parse import Problems, fault
from lmwire.licensefile.pin import edited, port_keyword
from lmwire.licensefile.problem import LicenseProblem
from lmwire.ports import DEFAULT_RANGE, DEFAULT_RANGE_TEXT, MAX_PORT, PRIVILEGED
from lmwire.targets.model import Server
from lmwire.text import printable
from lmwire.vendors import product_of

__all__ = ["SOON", "Resolve", "lint_license"]

SOON: Final = dt.timedelta(days=30)
"""A license that expires within this time "expires soon"."""

Resolve = Callable[[str], tuple[str, ...] | None]
"""Resolve a host name: its addresses, an empty tuple when it does not resolve, None when the lookup timed out."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_TRIAD: Final = 3
_MAX_CORRECTED: Final = 1000
_FILE_NAME: Final = re.compile(r"\.(?:opt|lic|dat|txt|log)\Z", re.IGNORECASE)
_LINE_END: Final = re.compile(r"\r\n?|\n")
_ENDINGS: Final = {"\r\n": "CR LF", "\n": "LF", "\r": "CR"}
_OBSOLETE: Final = frozenset({"rational"})
"""Vendor daemons that newer versions of their product lack; the catalogue says since which version."""

_OTHER_KINDS: Final = {
    FileKind.OPTIONS: (
        "this is a vendor daemon's options file, not a license file",
        "name it on the VENDOR line of the license file, as `OPTIONS=path`",
    ),
    FileKind.RLM: ("this is a license file of RLM, another license manager: lmwire cannot check it", ""),
    FileKind.OTHER: ("this file has no line of a license file", "check the path: a license file has FEATURE lines"),
}
_REAL_NAME: Final = "write the server's full host name and keep the host id"


class _Setting(msgspec.Struct, frozen=True):
    """The settings of the checks."""

    today: dt.date
    soon: dt.timedelta
    resolve: Resolve | None


_Check = Callable[[LicenseDocument, _Setting], Iterator[LicenseProblem]]


def lint_license(
    document: LicenseDocument,
    *,
    today: dt.date,
    soon: dt.timedelta = SOON,
    resolve: Resolve | None = None,
) -> tuple[LicenseProblem, ...]:
    """Return the problems of a license file in the order of the file; of each kind the first MAX_ALIKE.

    Args:
        document: the file.
        today: the date used to judge expiry.
        soon: how long before its last day a license "expires soon".
        resolve: resolves a host name; called for at most three servers. None: resolve nothing.
    """
    if document.kind is not FileKind.LICENSE:
        return (_not_a_license(document.kind),)
    setting = _Setting(today, soon, resolve)
    problems = Problems()
    for check in _CHECKS:
        for problem in check(document, setting):
            problems.add(problem)
    found = (*document.problems, *problems.found)
    odd = {problem.line for problem in found if problem.id == "character-odd"}  # it explains the others on its line
    kept = (problem for problem in found if problem.id == "character-odd" or problem.line not in odd)
    return tuple(sorted(kept, key=lambda problem: (problem.line, problem.column)))


def _not_a_license(kind: FileKind) -> LicenseProblem:
    text, fix = _OTHER_KINDS[kind]
    return LicenseProblem(id="not-a-license-file", line=1, column=1, text=text, fix=fix)


def _servers(document: LicenseDocument, setting: _Setting) -> Iterator[LicenseProblem]:
    yield from _no_server(document)
    yield from _useless_servers(document)
    if document.server_count not in {0, 1, _TRIAD} and document.servers:
        message = f"{document.server_count} SERVER lines: a license file has one, or three for a triad"
        yield fault(
            "server-count", document.servers[-1].statement, None, message, "delete lines, or add the missing one"
        )
    for line in document.servers[:_TRIAD]:
        yield from _host(line, setting.resolve)
    unquoted = {problem.line for problem in document.problems if problem.id == "server-hostids"}
    missing = [
        line
        for line in document.servers
        if line.port is None and line.port_at is None and line.statement.line not in unquoted
    ]
    triad = document.server_count == _TRIAD
    for line in missing:
        corrected = _with_port(line)
        why = (
            "each server of a triad needs a fixed port"
            if triad
            else f"lmgrd takes the first free port of {DEFAULT_RANGE_TEXT}"
        )
        message = f"lmgrd's port is missing: {why}"
        id_ = "triad-port-missing" if triad else "server-port-missing"
        yield fault(id_, line.statement, line.host_at, message, "add the port after the host id", corrected=corrected)
    ports = [line.port for line in document.servers if line.port is not None]
    if triad and len(set(ports)) > 1:
        odd = next(line for line in document.servers if line.port not in {None, ports[0]})
        message = f"port {odd.port} differs from the first server's port {ports[0]}"
        fix = "give all three servers of the triad the same port, so that one firewall rule covers them"
        yield fault("triad-ports-differ", odd.statement, odd.port_at, message, fix)


def _no_server(document: LicenseDocument) -> Iterator[LicenseProblem]:
    """Find a file that needs a SERVER line and has none. Only uncounted licenses need no server."""
    counted = next((line for line in document.features if line.number), None)
    if document.server_count or (counted is None and document.features):
        return
    fix = "copy the SERVER line from the vendor's file; a client can use port@host instead of this file"
    if counted is not None:
        message = f"no SERVER line, but {printable(counted.name, 60)} is counted and needs a server: -13"
        yield fault("server-missing", counted.statement, None, message, fix)
    else:
        yield LicenseProblem(id="server-missing", line=1, column=1, text="no SERVER line and no FEATURE line", fix=fix)


def _useless_servers(document: LicenseDocument) -> Iterator[LicenseProblem]:
    """Find SERVER lines that clients ignore, and a triad that names one machine twice."""
    seen: dict[Server, ServerLine] = {}
    for line in document.servers:
        if document.use_server is not None and line.statement.line > document.use_server:
            message = f"this SERVER line is after USE_SERVER on line {document.use_server}: clients ignore it"
            yield fault("server-unread", line.statement, None, message, "move USE_SERVER below the SERVER lines")
        first = seen.setdefault(Server(line.host, line.port).folded, line)
        if first is not line and document.server_count == _TRIAD:
            message = f"{printable(line.host, 100)} is already on line {first.statement.line}"
            fix = "a triad has three machines: write the third machine's name, or keep only one SERVER line"
            yield fault("server-twice", line.statement, line.host_at, message, fix)


def _with_port(line: ServerLine) -> str:
    if not line.hostid:
        return ""
    text, hostid = line.statement.text, list(line.statement.words())[2]
    return _line(f"{text[: hostid.stop]} 27000{text[hostid.stop :]}")


_ITSELF: Final = "{} works only for clients on the license server itself: other machines connect to themselves"


def _host(line: ServerLine, resolve: Resolve | None) -> Iterator[LicenseProblem]:
    host = line.host
    shown = printable(host, 100)

    def found(id_: str, text: str, fix: str = _REAL_NAME) -> LicenseProblem:
        return fault(id_, line.statement, line.host_at, text, fix)

    folded = host.lower().rstrip(".")
    if folded == "this_host":
        yield found(
            "server-this-host", "this_host is the machine that reads the file: a client connects to itself, -95"
        )
    elif folded == "any":
        yield found("server-any", "ANY is a host id, but this is the place of the host name")
    elif folded == "localhost" or folded.startswith("localhost."):
        yield found("server-localhost", _ITSELF.format(shown))
    elif (literal := _address(host)) is not None:
        yield from _literal(found, literal, shown)
    else:
        if "." not in folded:
            message = f"{shown} has no domain: clients in other domains cannot resolve it"
            yield found("server-unqualified", message, f"write the full name, such as {shown}.example.com")
        yield from _resolved(found, shown, None if resolve is None else resolve(host), asked=resolve is not None)


def _literal(found: Callable[..., LicenseProblem], literal: _Address, shown: str) -> Iterator[LicenseProblem]:
    if is_loopback(literal):
        yield found("server-localhost", _ITSELF.format(shown))
    elif literal.is_unspecified:
        yield found("server-address-loopback", f"{shown} is not an address of a machine: clients connect to themselves")
    elif literal.is_link_local:
        yield found("server-address-link-local", f"{shown} is valid on one link only: other networks cannot reach it")
    elif not literal.is_global:
        message = f"{shown} is a private address: clients on the internet or behind a NAT cannot reach it"
        yield found(
            "server-address-private", message, "write a host name that resolves correctly on both sides of the NAT"
        )


def _resolved(
    found: Callable[..., LicenseProblem], shown: str, addresses: tuple[str, ...] | None, *, asked: bool
) -> Iterator[LicenseProblem]:
    if not asked:
        return
    if addresses is None:
        yield found("server-unresolved", f"the lookup of {shown} timed out", "")
    elif not addresses:
        fix = "correct the name, or add it to DNS: lmgrd's referral sends clients to that name"
        yield found("server-unresolvable", f"{shown} does not resolve on this machine", fix)
    else:
        literals = [literal for literal in map(_address, addresses) if literal is not None]
        where = printable(", ".join(addresses[:4]), 160)
        if any(map(is_loopback, literals)):
            fix = (
                "correct the hosts file of this machine; on the license server itself this entry is usual and harmless"
            )
            yield found("server-resolves-loopback", f"{shown} resolves to {where} on this machine", fix)
        elif literals and not any(literal.is_global for literal in literals):
            message = f"{shown} resolves to {where} on this machine, a private address: outside clients cannot reach it"
            yield found("server-resolves-private", message, "")


def _address(host: str) -> _Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _daemons(document: LicenseDocument, _setting: _Setting) -> Iterator[LicenseProblem]:
    if document.servers and not document.daemons and document.use_server is None:
        message = "no VENDOR line: lmgrd does not know which vendor daemon to start"
        last = document.servers[-1].statement
        yield fault(
            "vendor-missing", last, None, message, "add `VENDOR name port=27001`; in a client's copy, add USE_SERVER"
        )
    lmgrd = {server.port: server for server in document.servers if server.port is not None}
    seen: dict[int, DaemonLine] = {}
    free = FreePorts([*(server.port for server in document.servers), *(line.port for line in document.daemons)])
    keyword = port_keyword(document)
    for line in document.daemons:
        yield from _daemon(line, keyword, free)
        if _FILE_NAME.search(line.name):
            message = f"{printable(line.name, 60)} is the name of a file, not of a vendor daemon"
            fix = "write the daemon's name in front of it"
            yield fault("vendor-name-file", line.statement, line.name_at, message, fix)
        if line.name in _OBSOLETE:
            product = product_of(line.name)
            message = f"{line.name}: {product.note if product is not None else 'obsolete'}"
            fix = "delete the line if the server has the newer version; older versions need it"
            yield fault("vendor-obsolete", line.statement, line.name_at, message, fix)
        if line.port is None:
            continue
        if line.port in lmgrd:
            message = (
                f"{line.name} has port {line.port}, which is lmgrd's port on line {lmgrd[line.port].statement.line}"
            )
            fix = "give lmgrd and the daemon different ports"
            corrected = _line_at(line, free.for_daemon(line.name), keyword)
            yield fault("port-of-lmgrd", line.statement, line.port_at, message, fix, corrected=corrected)
        other = seen.setdefault(line.port, line)
        if other.name != line.name:
            message = f"{line.name} has port {line.port}, which {other.name} on line {other.statement.line} also has"
            fix = "give each daemon a different port"
            corrected = _line_at(line, free.for_daemon(line.name), keyword)
            yield fault("port-shared", line.statement, line.port_at, message, fix, corrected=corrected)


def _daemon(line: DaemonLine, keyword: str, free: FreePorts) -> Iterator[LicenseProblem]:
    unpinned = line.port is None and (line.port_at is None or not line.port_at.text.strip("0"))
    misplaced = int(line.misplaced.text) if line.misplaced is not None else 0
    pinned = misplaced if 1 <= misplaced <= MAX_PORT else line.port or free.for_daemon(line.name)
    corrected = "" if line.stray else _line_at(line, pinned, keyword)  # corrects all problems of the line at once
    if line.misplaced is not None:
        message = f"{line.misplaced.text} is in the place of the daemon's {'options file' if line.path else 'path'}"
        fix = "write port= before the port"
        yield fault("vendor-positional", line.statement, line.misplaced, message, fix, corrected=corrected)
    options = _path_of_options(line, line.statement)
    if options is not None:
        message = f"{printable(line.path, 100)} is an options file in the place of the daemon's path"
        fix = "write OPTIONS= before the options file"
        yield fault("vendor-positional", line.statement, options, message, fix, corrected=corrected)
    yield from _blank_in_path(line)
    if unpinned and line.misplaced is None:
        message = f"no port is pinned for {line.name}: the system may choose a different one at every restart"
        yield fault("vendor-unpinned", line.statement, line.name_at, message, "pin a port", corrected=corrected)
    elif line.port is not None and line.port < PRIVILEGED:
        message = f"port {line.port} is below 1024: on Unix, only root can listen on it"
        yield fault(
            "vendor-port-low", line.statement, line.port_at, message, f"write a free port of {DEFAULT_RANGE_TEXT}"
        )
    elif line.port is not None and line.port not in DEFAULT_RANGE:
        message = f"port {line.port} is outside {DEFAULT_RANGE_TEXT}: a firewall rule for that range does not cover it"
        yield fault("vendor-port-outside-range", line.statement, line.port_at, message)


def _blank_in_path(line: DaemonLine) -> Iterator[LicenseProblem]:
    stray = line.stray
    if stray is None:
        return
    message = f"{printable(stray.text, 100)} is one word too many: a path with a blank needs quotation marks"
    text = line.statement.text
    behind = (word for word in line.statement.words() if word.start >= line.name_at.stop)
    path = list(itertools.takewhile(lambda word: "=" not in word.text and not word.text.isdigit(), behind))
    run = text[path[0].start : path[-1].stop] if stray in path else ""
    corrected = _line(f'{text[: path[0].start]}"{run}"{text[path[-1].stop :]}') if run and '"' not in run else ""
    yield fault("vendor-path-blank", line.statement, stray, message, "quote the path", corrected=corrected)


def _path_of_options(line: DaemonLine, statement: Statement) -> Word | None:
    """Return the options file in the place of the daemon's path, in its statement or in an edited copy of it."""
    if not line.path.lower().endswith(".opt"):
        return None
    return next(word for word in statement.words() if word.text == line.path)


def _line_at(line: DaemonLine, port: int, keyword: str) -> str:
    """Return the corrected line with this port and with each file's keyword; empty when no port is free."""
    if not port:
        return ""
    made = msgspec.structs.replace(line.statement, raw=edited(line, port, keyword))
    options = _path_of_options(line, made)
    text = made.text
    return _line(text if options is None else f"{text[: options.start]}OPTIONS={text[options.start :]}")


def _line(text: str) -> str:
    """Return a line to be copied, with single backslashes; empty when it is too long."""
    return printable(text.strip()).replace("\\\\", "\\") if len(text) <= _MAX_CORRECTED else ""


def _features(document: LicenseDocument, setting: _Setting) -> Iterator[LicenseProblem]:
    yield from feature_problems(document, setting.today, setting.soon)


def _characters(document: LicenseDocument, _setting: _Setting) -> Iterator[LicenseProblem]:
    for part in document.parts:
        if isinstance(part, Statement) and not part.raw.isascii():
            text = part.text
            odd = odd_characters(text)
            if odd:
                word = Word("", odd[0].start, odd[0].stop)
                others = f", and {len(odd) - 1} more like it" if len(odd) > 1 else ""
                message = f"column {part.place(odd[0].start)[1]} has {odd[0].name}{others}"
                instead = {" ": "a blank", "": "nothing", '"': 'a "'}[odd[0].instead]
                corrected = _line(without_odd_characters(text))
                yield fault("character-odd", part, word, message, f"write {instead} instead", corrected=corrected)


def _endings(document: LicenseDocument, _setting: _Setting) -> Iterator[LicenseProblem]:
    """Find the first line whose line end differs from that of the first line."""
    first = ""
    for part in document.parts:
        line, begin = part.line, 0
        for match in _LINE_END.finditer(part.raw):
            first = first or match.group()
            if match.group() != first:
                message = f"this line ends with {_ENDINGS[match.group()]}, the first line with {_ENDINGS[first]}"
                fix = "save the file with one kind of line ends (use dos2unix or an editor)"
                column = match.start() - begin
                yield LicenseProblem(
                    id="line-endings",
                    line=line,
                    column=column + 1,
                    text=message,
                    fix=fix,
                    source=part.raw[begin : match.start()],
                    position=column,
                )
                return
            line, begin = line + 1, match.end()


def _encoding(document: LicenseDocument, _setting: _Setting) -> Iterator[LicenseProblem]:
    fix = "save the file as 8-bit text (ANSI, or UTF-8 without a byte order mark)"
    if document.encoding != "latin-1":
        yield LicenseProblem(
            id="encoding", line=1, column=1, text="the file is UTF-16; license files are 8-bit text", fix=fix
        )
    elif document.mark:
        message = "a UTF-8 byte order mark is before the first keyword: FlexNet may read it as part of the keyword"
        yield LicenseProblem(id="byte-order-mark", line=1, column=1, text=message, fix=fix)


_CHECKS: Final[tuple[_Check, ...]] = (_servers, _daemons, _features, _characters, _endings, _encoding)
