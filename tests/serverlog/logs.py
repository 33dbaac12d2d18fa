"""Invented logs, one a story, in the words of the versions that write so."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Final

from lmwire.serverlog import LogSummary, read_log

__all__ = ["LOGS", "NEW", "daemon", "stamped", "told"]


def stamped(text: str, *, clock: str = "8:24:20", by: str = "lmgrd") -> str:
    """Put a frame before each line that has none: `by: text` names the writer, `@H:MM:SS` sets the clock."""
    lines = []
    for line in text.strip().splitlines():
        if line.startswith("@"):
            clock = line[1:]
            continue
        writer, colon, rest = line.partition("| ")
        lines.append(f"{clock:>8} ({writer.strip() if colon else by}) {rest if colon else line}")
    return "\n".join(lines) + "\n"


_BANNER = "FlexNet Licensing (v11.16.2.0 build 242318 x64_lsb) started on licsrv (linux) (11/23/2026)"

NEW: Final = stamped(f"""
-----------------------------------------------
  Please Note:
{_BANNER}
Copyright (c) 1988-2018 Somebody. All Rights Reserved.
World Wide Web:  http://www.example.com
License file(s): /opt/lic/server.lic
lmgrd tcp-port 27000
(@lmgrd-SLOG@) ===============================================
(@lmgrd-SLOG@) === LMGRD ===
(@lmgrd-SLOG@) PID: 812
(@lmgrd-SLOG@) === Network Info ===
(@lmgrd-SLOG@) Listening port: 27000
(@lmgrd-SLOG@) Server Configuration: Single Server
(@lmgrd-SLOG@) Command-line options used at LS startup: -z -c /opt/lic/server.lic
(@lmgrd-SLOG@) License file(s) used: /opt/lic/server.lic
Starting vendor daemons ...
Starting vendor daemon at port 27001
Using vendor daemon port 27001 specified in license file
Started ibmratl (internet tcp_port 27001 pid 820)
ibmratl| FlexNet Licensing version v11.16.2.0 build 242318 x64_lsb
ibmratl| SLOG: Summary LOG statistics is enabled.
ibmratl| FNPLS-INTERNAL-CKPT1
ibmratl| Server started on licsrv for:	alpha		beta
ibmratl| gamma		delta
ibmratl| EXTERNAL FILTERS are OFF
ibmratl using TCP-port 27001
ibmratl| TCP_NODELAY NOT enabled
ibmratl| (@ibmratl-SLOG@) Listening port: 27001
""")
"""As it should be, version 11.16."""

_LOOSE = stamped("""
FlexNet Licensing (v11.15.0.0 build 1 x64_lsb) started on licsrv (linux) (11/20/2026)
lmgrd tcp-port 27000
Started ibmratl (internet tcp_port 41837 pid 1)
ibmratl| Server started on licsrv for: alpha
@9:10:00
ibmratl using TCP-port 41837
""")

LOGS: Final[dict[str, str]] = {
    "new": NEW,
    "v3": """\
 3/04 12:34 (lmgrd) FLEXlm (v3.0) started on licsrv (Sun)
 3/04 12:34 (lmgrd) Started demo (internet tcp_port 1234 pid 567)
 3/05 00:12 (demo) OUT: f1 alice@ws1
""",
    "v7": """\
12:34 (lmgrd) FLEXlm (v7.0f) started on licsrv (SGI) (2/27/1999)
12:34 (lmgrd) lmgrd tcp-port 27000
12:34 (lmgrd) Started wrsd (internet tcp_port 32771 pid 567)
12:35 (wrsd) Server started on licsrv for: f1
23:59 (wrsd) OUT: "f1" alice@ws1
 0:01 (wrsd) IN: "f1" alice@ws1
""",
    "v8, restarted": stamped("""
FLEXlm (v8.3b) started on licsrv (HP) (1/2/2003)
lmgrd tcp-port 744
Started awr (internet tcp_port 1055 pid 9)
Restarted awr (internet port 1060)
"""),
    "v9": stamped("""
FLEXlm (v9.5) started on licsrv (linux) (1/2/2005)
lmgrd version 9.5, MLM version 9.2
Started MLM (internet tcp_port 643 pid 9)
"""),
    "v10": stamped("""
FLEXnet Licensing (v10.8.5 build 31987) started on licsrv (IBM PC) (1/2/2007)
License file(s): C:\\flexlm\\license.dat
lmgrd tcp-port 27000
Started ugslmd (internet tcp_port 1069 pid 9)
"""),
    "lmadmin": stamped("""
lmadmin| FlexNet Publisher Licensing (v11.14.1.2 build 1 x64_n6) started on licsrv (Windows) (11/23/2026)
lmadmin| lmadmin tcp-port 27010
lmadmin| Using vendor daemon port 28519 specified in license file
lmadmin| Started adskflex (internet tcp_port 28519 pid 9)
adskflex| Server started on licsrv for: a
"""),
    "unpinned": _LOOSE,
    "moved": _LOOSE
    + stamped("""
@12:00:00
FlexNet Licensing (v11.15.0.0 build 1 x64_lsb) started on licsrv (linux) (11/21/2026)
lmgrd tcp-port 27000
Started ibmratl (internet tcp_port 39211 pid 1)
"""),
    "crash loop": _LOOSE
    + "".join(
        f"10:00:{second:02} (lmgrd) ibmratl exited with status 2 signal = 17\n"
        f"10:00:{second:02} (lmgrd) Since this is an unknown status, license server\n"
        f"10:00:{second:02} (lmgrd) manager (lmgrd) will attempt to re-start the vendor daemon.\n"
        f"10:00:{second:02} (lmgrd) REStarted ibmratl (internet tcp_port {40000 + second} pid 1)\n"
        for second in range(0, 50, 10)
    ),
    "gave up": stamped("""
FlexNet Licensing (v11.15.0.0 build 1 x64_lsb) started on licsrv (linux) (11/20/2026)
Started MLM (internet tcp_port 27001 pid 1)
MLM exited with status 2 signal = 17
Please correct problem and restart daemons
"""),
    "no features": stamped("""
FlexNet Licensing (v11.9.0.0 build 1 x64_lsb) started on licsrv (linux) (11/20/2011)
Started SCHROD (internet tcp_port 27008 pid 1)
SCHROD exited with status 36 (No features to serve)
SCHROD daemon found no features.  Please correct
daemon found no features. Please correct
license file and re-start daemons.
"""),
    "port in use": stamped("""
FlexNet Licensing (v11.16.2.0 build 1 x64_lsb) started on licsrv (linux) (11/20/2026)
The TCP port number in the license, 27000, is already in use.
Retrying for about 5 more minutes
"""),
    "bind in use": stamped("""
FLEXlm (v6.1) started on licsrv (HP) (1/2/1999)
Retrying socket bind (address in use: port 27000)
"""),
    "no license file": "license manager: can't initialize:Cannot find license file.\n",
    "triad": stamped("""
FlexNet Licensing (v11.16.2.0 build 1 x64_lsb) started on lic1 (linux) (11/20/2026)
lmgrd tcp-port 27000
Connected to lic2
CONNECTED, master is lic1
Connection to lic3 TIMED OUT
Lost connection to lic2
Lost quorum
MASTER SERVER died
"""),
    "denied": NEW
    + stamped(
        """
DENIED: "alpha" bob@ws2  (Licensed number of users already reached. (-4,342:10054 ""))
DENIED: "alpha" bob@ws2  (Licensed number of users already reached. (-4,342:10054 ""))
UNSUPPORTED: "omega" (PORT_AT_HOST_PLUS   ) carol d@ws3  (License server system does not support this. (-18,327))
Request denied: Client (11.19) newer than Vendor Daemon (11.16). (Version of vendor daemon is too old. (-83,21049))
OUT: "alpha" alice@ws1
IN: "alpha" alice@ws1  (2 licenses)
Illegal connection request to MLM
""",
        clock="9:00:00",
        by="ibmratl",
    ),
    "only the middle": '9:00:00 (MLM) OUT: "Simulink" alice@ws1\n9:00:01 (MLM) IN: "Simulink" alice@ws1\n',
}


def told(log: str | bytes | Iterable[bytes], *, limit: int = 500) -> LogSummary:
    data = log.encode() if isinstance(log, str) else log if isinstance(log, bytes) else b"".join(log)
    return read_log([io.BytesIO(data)], limit=limit)


def daemon(summary: LogSummary) -> object:
    """The only vendor daemon."""
    (found,) = summary.daemons
    return found
