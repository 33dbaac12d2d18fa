"""Each line that is known, and what it tells: a table. No shape is without a line, and no line without its event."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.serverlog.events import (
    CantInitialize,
    CommandLine,
    Configuration,
    DaemonVersion,
    Denied,
    Event,
    Exited,
    Exiting,
    GaveUp,
    IllegalConnection,
    LicenseFiles,
    Listening,
    ManagerPort,
    ManagerStarted,
    NoFeatures,
    Noise,
    PinnedPort,
    PortInUse,
    PortReported,
    RunsAsRoot,
    ServerStarted,
    ShutDown,
    SlowPackets,
    SocketTrouble,
    Stamp,
    Starting,
    Triad,
    TriadEvent,
    UnknownStatus,
    Use,
    VendorStarted,
    Versions,
)
from lmwire.serverlog.known_lines import SHAPES, event_of, text_of
from tests.serverlog.fault_lines import FAULT_LINES

ADVERTISEMENT = (
    "This log is intended for debug purposes only.",
    "In order to capture accurate license",
    "usage data into an organized repository,",
    "please enable report logging. Use Revenera's",
    "software license administration",
    "solution, FlexNet Manager, to  readily gain visibility",
    "solution,",
    "FlexNet Manager, to  readily gain visibility",
    "into license usage data and to create",
    "insightful reports on critical information like",
    "license availability and usage. FlexNet Manager",
    "can be fully automated to run these reports on",
    "schedule and can be used to track license",
    "servers and usage across a heterogeneous",
    "network of servers including Windows NT, Linux",
    "and UNIX.",
)
TAKEN = "Licensed number of users already reached"

LINES: list[tuple[str, str, Event]] = [
    ("use", 'OUT: "alpha" alice@ws1  [ (1234) ] (5 licenses)', Use(True, "alpha")),
    ("use", 'IN: "alpha" alice@ws1', Use(False, "alpha")),
    ("use", "OUT: alpha alice@ws1", Use(True, "alpha")),
    (
        "denied",
        f'DENIED: "alpha" bob@ws2  ({TAKEN}. (-4,342:10054 ""))',
        Denied("denied", "alpha", "bob@ws2", "-4,342", TAKEN),
    ),
    ("denied", f"DENIED: alpha bob@ws2 ({TAKEN} (-4,342))", Denied("denied", "alpha", "bob@ws2", "-4,342", TAKEN)),
    (
        "denied",
        f'DENIED: "alpha" bob@ws2  [project] ({TAKEN}. (-4,342))',
        Denied("denied", "alpha", "bob@ws2", "-4,342", TAKEN),
    ),
    ("denied", 'DENIED: "alpha" bob@ws2', Denied("denied", "alpha", "bob@ws2", "", "")),
    ("denied", 'DENIED: "alpha" John Doe@pc ((-25))', Denied("denied", "alpha", "John Doe@pc", "-25", "")),
    (
        "denied",
        'UNSUPPORTED: "omega" (PORT_AT_HOST_PLUS   ) carol@ws3  (No such feature exists. (-5,346:2 "No such file"))',
        Denied("unsupported", "omega", "carol@ws3", "-5,346", "No such feature exists"),
    ),
    (
        "too new",
        "Request denied: Client (11.19) newer than Vendor Daemon (11.16). (Version is too old. (-83,21049))",
        Denied("too new", "", "", "-83,21049", "Client (11.19) newer than Vendor Daemon (11.16)"),
    ),
    (
        "too new",
        "Request denied: Client (9.2) newer than Vendor Daemon (8.1).",
        Denied("too new", "", "", "", "Client (9.2) newer than Vendor Daemon (8.1)"),
    ),
    ("timestamp", "TIMESTAMP 11/24/2026", Stamp(11, 24, 2026)),
    ("system date", "Server's System Date and Time: Mon Nov 23 2026 08:24:20 CET", Stamp(11, 23, 2026)),
    ("system date", "Server's System Date and Time: Tue Dec 01 2026 8:24:20 Pacific Daylight Time", Stamp(12, 1, 2026)),
    ("system date", "Server's System Date and Time: Fri Jan  1 2027 08:24:20 -05", Stamp(1, 1, 2027)),
    ("system date", "Server's System Date and Time: Mon Nyk 23 2026 08:24:20 CET", Noise()),
    ("system date, another", "Server's System Date and Time: 23.11.2026", Noise()),
    (
        "banner",
        "FlexNet Licensing (v11.16.2.0 build 242318 x64_lsb) started on licsrv (linux) (11/23/2026)",
        ManagerStarted("v11.16.2.0 build 242318 x64_lsb", "licsrv", "linux", Stamp(11, 23, 2026)),
    ),
    (
        "banner",
        "FlexNet Licensing (v11.19.6.0 build 1 x64_lsb (ipv6)) started on licsrv.example (linux) (1/2/2026)",
        ManagerStarted("v11.19.6.0 build 1 x64_lsb (ipv6)", "licsrv.example", "linux", Stamp(1, 2, 2026)),
    ),
    (
        "banner",
        "FLEXnet Licensing (v10.8.5 build 31987) started on licsrv (IBM PC) (1/2/2007)",
        ManagerStarted("v10.8.5 build 31987", "licsrv", "IBM PC", Stamp(1, 2, 2007)),
    ),
    ("banner", "FLEXlm (v7.0f) started on licsrv (SGI)", ManagerStarted("v7.0f", "licsrv", "SGI", None)),
    ("daemon version", "FlexNet Licensing version v11.16.2.0 build 1", DaemonVersion("v11.16.2.0 build 1")),
    ("manager port", "lmgrd tcp-port 27000", ManagerPort(27000)),
    ("manager port", "lmadmin tcp-port 27000", ManagerPort(27000)),
    ("listening", "Listening port: 27001", Listening(27001)),
    ("configuration", "Server Configuration: Single Server", Configuration("Single Server")),
    ("license files", "License file(s): /opt/a.lic:/opt/b.lic", LicenseFiles("/opt/a.lic:/opt/b.lic")),
    ("license files", "License file(s) used:  /opt/a.lic", LicenseFiles("/opt/a.lic")),
    ("license files, none", "License file(s) used:", Noise()),
    ("license file", 'Using license file "/opt/a b.lic"', LicenseFiles("/opt/a b.lic")),
    ("command line", "Command-line options used at LS startup: -z -c a.lic", CommandLine("-z -c a.lic")),
    ("starting", "Starting vendor daemon at port 28519", Starting(28519)),
    ("pinned", "Using vendor daemon port 28519 specified in license file", PinnedPort(28519)),
    (
        "started",
        "Started ibmratl (internet tcp_port 41837 pid 1240)",
        VendorStarted("ibmratl", 41837, 1240, again=False),
    ),
    ("started", "REStarted MLM (internet tcp_port 39211 pid 7)", VendorStarted("MLM", 39211, 7, again=True)),
    ("started", "Restarted xxx (internet port 77)", VendorStarted("xxx", 77, None, again=True)),
    ("started", "Started demo (pid 7)", VendorStarted("demo", None, 7, again=False)),
    ("reported", "ibmratl using TCP-port 41837", PortReported("ibmratl", 41837)),
    ("server started", "Server started on licsrv for:\talpha\t\tbeta", ServerStarted("licsrv")),
    ("versions", "lmgrd version 9.5, MLM version 9.2", Versions("9.5", "MLM", "9.2")),
    ("exited", "MLM exited with status 2 signal = 17", Exited("MLM", 2, 17, "")),
    (
        "exited",
        "SCHROD exited with status 36 (No features to serve)",
        Exited("SCHROD", 36, None, "No features to serve"),
    ),
    ("exited", "x exited with status 28 (Communications error)", Exited("x", 28, None, "Communications error")),
    ("no features", "daemon found no features.  Please correct", NoFeatures()),
    ("no features", "SCHROD daemon found no features. Please correct", NoFeatures()),
    ("no features, end", "license file and re-start daemons.", Noise()),
    ("gave up", "Please correct problem and restart daemons", GaveUp()),
    ("port in use", "The TCP port number in the license, 27000, is already in use.", PortInUse(27000)),
    ("bind in use", "Retrying socket bind (address in use)", PortInUse(None)),
    ("port failed", "Failed to open the TCP port number in the license.", PortInUse(None, in_use=False)),
    ("retrying", "Still trying... ", Noise()),
    ("retrying", "Retrying for about 5 more minutes", Noise()),
    (
        "cannot initialize",
        "license manager: can't initialize:Cannot find license file.",
        CantInitialize("Cannot find license file."),
    ),
    ("illegal connection", "Illegal connection request to MLM", IllegalConnection("MLM")),
    ("lost connection", "Lost connection to lic2", TriadEvent(Triad.LOST_CONNECTION, "lic2")),
    ("lost quorum", "Lost quorum", TriadEvent(Triad.LOST_QUORUM, "")),
    ("master died", "MASTER SERVER died", TriadEvent(Triad.MASTER_DIED, "")),
    ("timed out", "Connection to lic2 TIMED OUT", TriadEvent(Triad.TIMED_OUT, "lic2")),
    ("connected", "Connected to lic2", TriadEvent(Triad.CONNECTED, "lic2")),
    ("master is", "CONNECTED, master is lic1", TriadEvent(Triad.MASTER_IS, "lic1")),
    ("socket", "accept: Too many open files", SocketTrouble("accept", "Too many open files")),
    ("socket", "select: Bad file number", SocketTrouble("select", "Bad file number")),
    ("slow packets", "TCP_NODELAY NOT enabled", SlowPackets()),
    ("as root", "The license server manager (lmgrd) running as root:", RunsAsRoot()),
    ("as root, end", "This is a potential security problem", Noise()),
    ("signalled", "EXITING DUE TO SIGNAL 15", ShutDown(15)),
    ("shutdown requested", "daemon shutdown requested - shutting down", ShutDown(None)),
    ("shutting down", "Shutting down MLM pid=9", ShutDown(None, "MLM")),
    ("nothing", "", Noise()),
    ("nothing", "-----------------------------------------------", Noise()),
    ("slog heading", "=== Network Info ===", Noise()),
    ("slog", "SLOG: Summary LOG statistics is enabled.", Noise()),
    ("checkpoint", "FNPLS-INTERNAL-CKPT1", Noise()),
    ("filters", "EXTERNAL FILTERS are OFF", Noise()),
    ("unknown status", "Since this is an unknown status, license server", UnknownStatus()),
    ("unknown status, end", "manager (lmgrd) will attempt to re-start the vendor daemon.", Noise()),
    ("incompatible", "Error: Incompatible vendor daemon found", Noise()),
    ("please note", "Please Note:", Noise()),
    *(("advertisement", line, Noise()) for line in ADVERTISEMENT),
    ("starting all", "Starting vendor daemons ... ", Noise()),
    ("copyright", "Copyright (c) 1988-2018 Somebody", Noise()),
    ("web", "World Wide Web:  http://www.example.com", Noise()),
    ("options file", 'Using options file: "/opt/MLM.opt"', Noise()),
    ("nodelay", "TCP_NODELAY enabled", Noise()),
    ("advice", "This error probably results from either:", Noise()),
    ("advice", '2. A prior license server manager (lmgrd) was killed with "kill -9"', Noise()),
    ("routine", "License server system started on rhel3x86", Noise()),
    ("license path", 'License Path: "/opt/license.dat"', LicenseFiles("/opt/license.dat")),
    ("nothing to serve", "No features to serve, exiting", NoFeatures(exits=True)),
    ("nothing to serve", "No features to serve!", NoFeatures()),
    ("exiting", "The dongle is gone, exiting.", Exiting(None, "The dongle is gone, exiting.")),
    ("signalled", "EXITING DUE TO SIGNAL 36 Exit reason 4", Exiting(36, "")),
    ("shutdown requested", "SHUTDOWN request from joe at node ws1", ShutDown(None)),
    ("shutdown requested", "lmgrd will now shut down all the vendor daemons", ShutDown(None)),
    (
        "denied, verbose",
        'DENIED: "f1" @ws1 (Licensed number of users already reached. (-4,342)) ^^^ 1.0 jane 10.0.0.7 1 a1 1 1 ^^^',
        Denied("denied", "f1", "jane@ws1", "-4,342", "Licensed number of users already reached"),
    ),
    ("denied, old", "DENIED: 3 f1 to jane@ws2 (6/26/96 11:02)", Denied("denied", "f1", "jane@ws2", "", "")),
    ("unsupported, old", "UNSUPPORTED FEATURE request: f1 by joe@ws1", Denied("unsupported", "f1", "joe@ws1", "", "")),
]


def test_every_shape_has_a_line() -> None:
    assert {name for name, _, _ in (*LINES, *FAULT_LINES)} == {shape.name for shape in SHAPES}
    assert len({shape.name for shape in SHAPES}) == len(SHAPES)


@pytest.mark.parametrize(("name", "line", "event"), [*LINES, *FAULT_LINES])
def test_a_line_is_told_as_its_event(name: str, line: str, event: Event) -> None:
    assert event_of(line.encode()) == event
    (shape,) = (shape for shape in SHAPES if shape.name == name)
    assert re.fullmatch(shape.pattern, line.strip().encode(), re.DOTALL)


@pytest.mark.parametrize(
    "line",
    [
        "lmgrd tcp-port 0",
        "lmgrd tcp-port 65536",
        "Started x (internet tcp_port 99999 pid 1)",
        "x using TCP-port 0",
        "lmgrd tcp-port 99999999999999",
        "Listening port: seven",
        "Some text of another kind",
        "exited with status 2",
        'DENIED: "alpha"',
    ],
)
def test_what_is_impossible_or_unknown_tells_nothing(line: str) -> None:
    assert event_of(line.encode()) is None


@pytest.mark.parametrize(("name", "line", "event"), [*LINES, *FAULT_LINES])
def test_without_a_frame_only_few_lines_are_trusted(name: str, line: str, event: Event) -> None:
    expected = event if name in {"gave up", "cannot initialize"} else None
    assert event_of(line.encode(), framed=False) == expected


def test_eight_bit_names_are_read() -> None:
    assert event_of('OUT: "größe" x@y'.encode()) == Use(True, "größe")
    assert event_of('OUT: "größe" x@y'.encode("latin-1")) == Use(True, "größe")
    assert text_of(b"\xff") == "ÿ"


@given(st.sampled_from([line for _, line, _ in LINES]), st.binary(max_size=40), st.integers(0, 60))
def test_no_mutation_of_a_line_raises(line: str, mess: bytes, place: int) -> None:
    data = line.encode()
    found = event_of(data[:place] + mess + data[place:])
    assert found is None or isinstance(found, Event)


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    found = event_of(data)
    assert found is None or isinstance(found, Event)
