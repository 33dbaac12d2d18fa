"""What a diagnosis takes from the server's debug log: where to go, whom to ask, what the server believes."""

from __future__ import annotations

import re
import socket
from typing import Final

import msgspec

from lmwire.errors import LmwireError
from lmwire.evidence import Evidence, LogSeen
from lmwire.serverlog import LogSummary
from lmwire.text import printable
from lmwire.workflows.read_logs import LogFile, read_log
from lmwire.workflows.settings import is_vendor_name

__all__ = ["LogComparison", "comparison_with"]

_VENDORS: Final = 16
_HOST: Final = re.compile(r"[\w.:-]{1,253}")
_HINT: Final = "name the server beside the log, as in 27000@192.0.2.20"


class LogComparison:
    """A debug log that was read, to hold against what the walk finds."""

    def __init__(self, summary: LogSummary) -> None:
        self._summary = summary

    @property
    def vendors(self) -> tuple[str, ...]:
        """The vendor daemons that it names."""
        named = (daemon.name for daemon in self._summary.daemons if is_vendor_name(daemon.name))
        return tuple(named)[:_VENDORS]

    @property
    def name(self) -> str:
        """The name of its first file, escaped."""
        return self._summary.files[0]

    def target(self) -> str:
        """Return the server that wrote it, as an entry of a license path.

        Raises:
            LmwireError: the log does not name the server, or the name does not resolve here.
        """
        host, port = self._summary.host, self._summary.lmgrd_port
        if not _HOST.fullmatch(host):
            raise LmwireError(f"{self.name} does not name the server", _HINT)
        if not _resolves(host):
            raise LmwireError(
                f"the server calls itself {printable(host)} in {self.name}, and this name does not resolve here", _HINT
            )
        return f"{port or ''}@{host}"

    def add_to(self, evidence: Evidence, *, alone: bool) -> Evidence:
        """Return evidence with what the log says of its vendor daemon.

        Args:
            evidence: of one server and one vendor daemon.
            alone: whether that server is the only one: the log is taken for its log then, whatever it is called.
        """
        ours = self._summary.host.partition(".")[0].lower()
        if not alone and evidence.host.partition(".")[0].lower() != ours:
            return evidence
        return msgspec.structs.replace(evidence, log=self._seen(evidence.vendor))

    def _seen(self, vendor: str) -> LogSeen:
        summary = self._summary
        until = "" if summary.last is None else str(summary.last)
        daemon = next((daemon for daemon in summary.daemons if daemon.name.lower() == vendor.lower()), None)
        if daemon is None:
            return LogSeen(lmgrd_port=summary.lmgrd_port, until=until)
        return LogSeen(lmgrd_port=summary.lmgrd_port, port=daemon.port, pinned=daemon.pinned, until=until)


def _resolves(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, None))
    except (OSError, UnicodeError):
        return False


def comparison_with(log: LogFile | LogSummary) -> LogComparison:
    """Read a debug log, unless it has been read already. Raises LmwireError."""
    return LogComparison(log if isinstance(log, LogSummary) else read_log(log))
