"""Read the debug log of lmgrd or lmadmin: ports in use, ports that moved, daemons that exited, requests denied.

summary = read_log([Path("lmgrd.log")])
ports = [summary.lmgrd_port, *(daemon.port for daemon in summary.daemons)]
"""

from lmwire.serverlog.errors import LogError
from lmwire.serverlog.files import read_log
from lmwire.serverlog.model import (
    Daemon,
    DenialCount,
    Exits,
    Lines,
    LogSummary,
    Loop,
    NameCount,
    PortSource,
    PortUse,
    Problem,
    Severity,
    State,
    TriadCount,
    When,
)

__all__ = [
    "Daemon",
    "DenialCount",
    "Exits",
    "Lines",
    "LogError",
    "LogSummary",
    "Loop",
    "NameCount",
    "PortSource",
    "PortUse",
    "Problem",
    "Severity",
    "State",
    "TriadCount",
    "When",
    "read_log",
]
