"""The table of known log lines: name, pattern, event. One regular expression is made from it.

Patterns match the text after the prefix `H:MM:SS (daemon) `, stripped of blanks and of the `(@…-SLOG@)` mark.
They are tried in the table's order. Only the last part of a pattern may repeat without a bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from lmwire.ports import MAX_PORT
from lmwire.serverlog import events
from lmwire.serverlog.events import Event, Stamp, Triad
from lmwire.serverlog.known_faults import DETAILS, FAULTS

__all__ = ["SHAPES", "Shape", "event_of", "text_of"]

_LONGEST: Final = 200
_ASKED: Final = frozenset({1, 2, 3, 15})
"""Signals that request a shutdown: SIGHUP, SIGINT, SIGQUIT, SIGTERM."""

_CODE: Final = re.compile(r"\((-\d{1,5})(?:,(\d{1,6}))?(?::\d{1,6})?[^()]{0,80}\)\)?\s*\Z")
_DATE: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


class Shape(msgspec.Struct, frozen=True):
    """The shape of a known line.

    Attributes:
        pattern: a regular expression over bytes. `make` gets its groups as text, None for a group that did not match.
        make: returns the event, or None when the groups hold impossible values, such as port 0.
        bare: whether lmwire also accepts it in a line without a prefix.
    """

    name: str
    pattern: bytes
    make: Callable[..., Event | None]
    bare: bool = False


def text_of(data: bytes) -> str:
    """Return bytes of a log as text: UTF-8 if they are valid UTF-8, else Latin-1."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _port(text: str | None) -> int:
    """Return a port, or 0 for text that is not a port."""
    number = int(text or 0)
    return number if number <= MAX_PORT else 0


def _of_port(kind: Callable[[int], Event]) -> Callable[[str], Event | None]:
    return lambda text: kind(_port(text)) if _port(text) else None


def _noise(*_: str | None) -> Event:
    return _NOISE


_NOISE: Final = events.Noise()


def _stamp(month: str, day: str, year: str) -> Stamp:
    return Stamp(int(month), int(day), int(year))


def _named_stamp(month: str, day: str, year: str) -> Event:
    return Stamp(_MONTHS.index(month) + 1, int(day), int(year)) if month in _MONTHS else _NOISE


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _banner(version: str, host: str, platform: str, date: str | None) -> Event:
    match = _DATE.fullmatch(date or "")
    return events.ManagerStarted(version, host, platform, _stamp(*match.groups()) if match else None)


def _started(word: str, daemon: str, port: str | None, pid: str | None) -> Event | None:
    if port is not None and not _port(port):
        return None
    again = word.lower() == "restarted"
    return events.VendorStarted(daemon, _port(port) or None, int(pid) if pid else None, again)


def _reported(daemon: str, port: str) -> Event | None:
    return events.PortReported(daemon, _port(port)) if _port(port) else None


def _exited(daemon: str, status: str, reason: str | None, signal: str | None) -> Event:
    return events.Exited(daemon, int(status), int(signal) if signal else None, (reason or "").strip())


def _in_use(port: str | None = None) -> Event:
    return events.PortInUse(_port(port) or None)


def _denied(word: str, feature: str, client: str, reason: str) -> Event:
    kind = "denied" if word == "DENIED" else "unsupported"
    code, words = _reason(reason)
    return events.Denied(kind, feature, client.strip(), code, words)


def _verbose(word: str, feature: str, host: str, reason: str, user: str) -> Event:
    return _denied(word, feature, f"{user}@{host}", reason)


def _old_denied(word: str, feature: str, client: str) -> Event:
    return events.Denied("denied" if word == "DENIED" else "unsupported", feature, client, "", "")


def _exiting(signal: str) -> Event:
    number = int(signal)
    return events.ShutDown(number) if number in _ASKED else events.Exiting(number, "")


def _fault_shapes() -> Iterator[Shape]:
    """Yield a shape for each line that names a fault or adds to one."""
    for fault in FAULTS:
        for index, pattern in enumerate(fault.patterns):
            yield Shape(f"{fault.id} {index}", b"(" + _unnamed(pattern) + b")", _fault(fault.id, pattern))
    for index, detail in enumerate(DETAILS):
        yield Shape(f"{detail.fault}, detail {index}", _unnamed(detail.pattern), _detail(detail.fault))


def _unnamed(pattern: bytes) -> bytes:
    return re.sub(rb"\(\?P<\w+>", b"(", pattern)


def _fault(id_: str, pattern: bytes) -> Callable[..., Event]:
    names = re.compile(pattern).groupindex

    def make(line: str, *groups: str | None) -> Event:
        found = {name: groups[number - 1] or "" for name, number in names.items()}
        return events.FaultLine(id_, found.get("daemon", ""), found.get("what", "").strip(), line[:_LONGEST].strip())

    return make


def _detail(id_: str) -> Callable[..., Event]:
    return lambda what: events.FaultDetail(id_, what.strip())


def _too_new(client: str, daemon: str, reason: str) -> Event:
    code, _ = _reason(reason)
    return events.Denied("too new", "", "", code, f"Client ({client}) newer than Vendor Daemon ({daemon})")


def _reason(text: str) -> tuple[str, str]:
    """Split `(Licensed number of users already reached. (-4,342:10054 ""))` into reason and code."""
    match = _CODE.search(text, max(0, len(text) - _LONGEST))
    words = (text if match is None else text[: match.start()]).strip().lstrip("(").rstrip(" .)")
    if match is None:
        return "", words[:_LONGEST]
    return ",".join(filter(None, match.groups())), words[:_LONGEST]


def _triad(kind: Triad) -> Callable[..., Event]:
    return lambda whom="": events.TriadEvent(kind, whom.rstrip(",."))


_N: Final = rb"(\d{1,10})"
_NAME: Final = rb"([^\s()]{1,64})"
_HOST: Final = rb"([^\s()]{1,255})"
_REST: Final = rb"(.*)"

_ADVERTISEMENT: Final = (
    *(b"This log is intended for", b"In order to capture", b"usage data into", b"please enable report logging"),
    *(b"software license admin", b"solution,", b"FlexNet Manager,", b"into license usage data"),
    *(b"insightful reports", b"license availability", b"can be fully automated", b"schedule and can be used"),
    *(b"servers and usage", b"network of servers", b"and UNIX."),
)
"""Starts of the advertising lines that lmgrd writes at the top of every log."""

_ADVICE: Final = (
    *(rb"This error probably results from", rb"\d{1,2}\. ", rb"\(which would leave", rb"To correct this,"),
    *(
        rb"\(or equivalent",
        rb"and kill the ",
        rb"Please kill, and ",
        rb"This may be due to",
        rb"a different license file",
    ),
    *(rb"Check to make sure that", rb"is the license file you want", rb"The license files \(or ", rb"listed below\."),
    *(rb"or contact your software", rb"Filename: ", rb"[Ff][Ll][Ee][Xx](?:lm|net|Net)(?: Licensing)? error:"),
    *(
        rb"System Error: ?\d",
        rb"For further information",
        rb"Please edit the license files",
        rb"on the SERVER line are",
    ),
    *(rb"Please make sure ", rb"Error getting server information", rb"Can(?:'t|not) remove statfile "),
)
"""Starts of lines with which lmgrd explains an earlier line."""

_ROUTINE: Final = (
    *(rb"License server system started on ", rb"License Manager server started", rb"Trying connection to "),
    *(
        rb"pid \d",
        rb"Removing clients of children",
        rb"RESERVE ",
        rb"Selected \(?",
        rb"IN server died: ",
        rb"(?:DE)?QUEUED: ",
    ),
    rb"SIGCHLD received",
)
"""Starts of lines that a server writes in normal operation."""

SHAPES: Final = (
    Shape("use", rb'(OUT|IN): "?([^"\s]{1,128})"? ?.*', lambda word, feature: events.Use(word == "OUT", feature)),
    # Revenera, "Informational Messages": lines of a verbose log, and of versions before 6.
    Shape(
        "denied, old",
        rb"(DENIED|UNSUPPORTED): \d{1,9} ([^\s\"]{1,128}) to ([^\s()]{1,255}).*",
        _old_denied,
    ),
    Shape(
        "unsupported, old",
        rb"(UNSUPPORTED) FEATURE request: ([^\s\"]{1,128}) by ([^\s()]{1,255}).*",
        _old_denied,
    ),
    Shape(
        "denied",
        rb'(DENIED|UNSUPPORTED): "?([^"\s]{1,128})"?\s{1,8}(?:\([^()]{0,64}\)\s{0,8})?'
        rb"([^@()]{1,128}@[^\s()]{1,255})\s{0,8}(?:\[[^][]{0,80}\]\s{0,8})?(.*)",
        _denied,
    ),
    Shape(
        "denied, verbose",
        rb'(DENIED|UNSUPPORTED): "([^"\s]{1,128})" @([^\s()]{1,255})\s{1,8}(.*?)\s*\^\^\^ \S{1,40} ([^\s^]{1,128}) .*',
        _verbose,
    ),
    Shape(
        "too new", rb"Request denied: Client \(([^()]{1,40})\) newer than Vendor Daemon \(([^()]{1,40})\)(.*)", _too_new
    ),
    Shape("timestamp", rb"TIMESTAMP (\d{1,2})/(\d{1,2})/(\d{4})", _stamp),
    # 11.13 and newer write it at every start; the time zone's name is the system's, "-05" or "Pacific Daylight Time".
    Shape(
        "system date",
        rb"Server's System Date and Time: [A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{4})\b.*",
        _named_stamp,
    ),
    Shape("system date, another", rb"Server's System Date and Time:.*", _noise),
    Shape(
        "banner",
        rb"[Ff][Ll][Ee][Xx](?:lm|net|Net)(?: [A-Z][A-Za-z]{2,20}){0,3}\s{1,4}\((v?\d.{0,100}?)\)"
        rb"\s{1,4}started on " + _HOST + rb"\s{1,4}\(([^()]{0,40})\)(?:\s{0,4}\((\d{1,2}/\d{1,2}/\d{4})\))?",
        _banner,
    ),
    Shape(
        "daemon version",
        rb"[Ff][Ll][Ee][Xx](?:lm|net|Net)(?: [A-Z][A-Za-z]{2,20}){0,3} version (v?\d.*)",
        events.DaemonVersion,
    ),
    Shape("manager port", rb"(?:lmgrd|lmadmin) tcp-port " + _N, _of_port(events.ManagerPort)),
    Shape("listening", rb"Listening port: " + _N, _of_port(events.Listening)),
    Shape("configuration", rb"Server Configuration: (.{1,100})", events.Configuration),
    Shape("license files", rb"License file\(s\)(?: used)?:\s{0,8}(\S.*)", events.LicenseFiles),
    Shape("license files, none", rb"License file\(s\)(?: used)?:", _noise),
    Shape("license path", rb'License Path:\s{0,8}"(.{1,4096}?)"?', events.LicenseFiles),
    Shape("license file", rb'Using license file "(.{1,4096})"', events.LicenseFiles),
    Shape("command line", rb"Command-line options[^:]{0,40}:\s{0,8}(.*)", events.CommandLine),
    Shape("starting", rb"Starting vendor daemon at port " + _N, _of_port(events.Starting)),
    Shape("pinned", rb"Using vendor daemon port " + _N + rb" specified in license file", _of_port(events.PinnedPort)),
    Shape(
        "started",
        rb"((?:RES|Res|S)tarted) "
        + _NAME
        + rb"(?: \((?:internet )?(?:(?:tcp[_-])?port "
        + _N
        + rb")?(?: ?pid (\d{1,10}))?\))?",
        _started,
    ),
    Shape("reported", _NAME + rb" using TCP-port " + _N, _reported),
    Shape("server started", rb"Server started on " + _HOST + rb" for:.*", events.ServerStarted),
    Shape(
        "versions",
        rb"(?:lmgrd|lmadmin) version ([^\s,]{1,40}), " + _NAME + rb" version ([^\s,]{1,40})",
        events.Versions,
    ),
    Shape(
        "exited",
        _NAME + rb" exited with status (-?\d{1,10})(?: \(([^()]{0,100})\))?(?:,? signal = (\d{1,3}))?.*",
        _exited,
    ),
    Shape("no features", rb"(?:[^\s()]{1,64} )?daemon found no features\..*", events.NoFeatures),
    Shape("nothing to serve", rb"No features to serve(.*)", lambda rest: events.NoFeatures("exiting" in rest.lower())),
    Shape("gave up", rb"Please correct problem and restart daemons.*", events.GaveUp, bare=True),
    Shape("port in use", rb"The TCP port number in the license, " + _N + rb", is already in use\.?", _in_use),
    Shape("bind in use", rb"Retrying socket bind \(address in use.*", _in_use),
    Shape(
        "port failed",
        rb"Failed to open the TCP port number in the license\.?",
        lambda: events.PortInUse(None, in_use=False),
    ),
    Shape("retrying", rb"Retrying for about .*|Still trying.*", _noise),
    Shape("cannot initialize", rb"(?:license manager: )?can't initialize: ?(.*)", events.CantInitialize, bare=True),
    *_fault_shapes(),
    Shape("illegal connection", rb"Illegal connection request to " + _NAME + rb".*", events.IllegalConnection),
    Shape("lost connection", rb"Lost connection to " + _HOST + rb".*", _triad(Triad.LOST_CONNECTION)),
    Shape("lost quorum", rb"Lost quorum.*", _triad(Triad.LOST_QUORUM)),
    Shape("master died", rb"MASTER SERVER died.*", _triad(Triad.MASTER_DIED)),
    Shape("timed out", rb"Connection to " + _HOST + rb" TIMED OUT.*", _triad(Triad.TIMED_OUT)),
    Shape("connected", rb"Connected to " + _HOST + rb".*", _triad(Triad.CONNECTED)),
    Shape("master is", rb"CONNECTED, master is " + _HOST + rb".*", _triad(Triad.MASTER_IS)),
    Shape("socket", rb"(accept|read|write|select|bind|listen|connect|recv|send): (.*)", events.SocketTrouble),
    Shape("slow packets", rb"TCP_NODELAY NOT enabled.*", events.SlowPackets),
    Shape("as root", rb"The license server manager \((?:lmgrd|lmadmin)\) running as root.*", events.RunsAsRoot),
    Shape("signalled", rb"EXITING (?:DUE TO SIGNAL|(?:with|WITH) (?:code|CODE)) (\d{1,5}).*", _exiting),
    Shape(
        "shutdown requested",
        rb"(?i:(?:daemon |server )?shutdown requested|shutdown request from |(?:lmgrd|lmadmin) will now shut down ).*",
        lambda: events.ShutDown(None),
    ),
    Shape("shutting down", rb"Shutting down " + _NAME + rb".*", lambda daemon: events.ShutDown(None, daemon)),
    # Known lines that do not matter to lmwire.
    Shape("nothing", rb"[-=_* ]{0,200}", _noise),
    Shape("slog heading", rb"=== .{0,80}", _noise),
    Shape("slog", rb"SLOG: .*", _noise),
    Shape("checkpoint", rb"FNPLS-INTERNAL-.*", _noise),
    Shape("filters", rb"EXTERNAL FILTERS are .*", _noise),
    Shape("unknown status", rb"Since this is an unknown status, license server.*", events.UnknownStatus),
    Shape(
        "unknown status, end", rb"manager \((?:lmgrd|lmadmin)\) will attempt to re-start the vendor daemon.*", _noise
    ),
    Shape("no features, end", rb"license file and re-start daemons.*", _noise),
    Shape("incompatible", rb"Error: Incompatible vendor daemon found.*", _noise),  # harmless, says Microchip
    Shape("please note", rb"Please Note:.*", _noise),
    Shape("advertisement", rb"(?:" + rb"|".join(map(re.escape, _ADVERTISEMENT)) + rb").*", _noise),
    Shape("as root, end", rb"This is a potential security problem.*|and is not recommended.*", _noise),
    Shape("starting all", rb"Starting vendor daemons.*", _noise),
    Shape("copyright", rb"(?:.{0,60} )?Copyright .*", _noise),
    Shape("web", rb"World Wide Web: .*", _noise),
    Shape("options file", rb"Using options file: .*", _noise),
    Shape("nodelay", rb"TCP_NODELAY enabled.*", _noise),
    Shape("advice", rb"(?:" + rb"|".join(_ADVICE) + rb").*", _noise),
    Shape("routine", rb"(?:" + rb"|".join(_ROUTINE) + rb").*", _noise),
    # Whatever its words are, a daemon that says so is going down.
    Shape("exiting", rb"(.{0,1000}\b[Ee]xiting[.!]?)", lambda line: events.Exiting(None, line)),
)
"""The known lines; those that come in millions are first."""


def _compiled() -> tuple[re.Pattern[bytes], dict[int, tuple[Shape, int]]]:
    """Return one expression for all shapes, and a table from a shape's group number to the shape and its last group."""
    parts, places, group = [], {}, 1
    for shape in SHAPES:
        inside = re.compile(shape.pattern).groups
        places[group] = shape, group + inside
        parts.append(b"(" + shape.pattern + b")")
        group += 1 + inside
    return re.compile(b"(?:" + b"|".join(parts) + rb")\s*\Z", re.DOTALL), places


_LINE, _PLACES = _compiled()


def event_of(text: bytes, *, framed: bool = True) -> Event | None:
    """Return the event of `text`, a line without its prefix; None for an unknown line. Never raises.

    Args:
        text: the line, without blanks around it.
        framed: whether the line had a prefix; without one, only the shapes marked `bare` count.
    """
    match = _LINE.match(text)
    if match is None:
        return None
    first = match.lastindex or 1  # the group of the whole shape, because it closes last
    shape, last = _PLACES[first]
    if not framed and not shape.bare:
        return None
    groups = (match[index] for index in range(first + 1, last + 1))
    return shape.make(*(None if group is None else text_of(group) for group in groups))
