"""What `lmwire diagnose --log` takes from the server's debug log: where to go, whom to ask, what it believes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lmwire.cli.log import summary_of
from lmwire.cli.terminal import fail
from lmwire.text import printable

if TYPE_CHECKING:
    from lmwire.evidence import Evidence, LogSeen

__all__ = ["Logged"]

_VENDOR: Final = re.compile(r"[!-~]{1,64}")
_VENDORS: Final = 16
_HOST: Final = re.compile(r"[\w.:-]{1,253}")
_TARGET: Final = "lmwire diagnose 27000@ADDRESS --log FILE"


class Logged:
    """A debug log, read. One that can't be read ends the program with status 2."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._summary = summary_of((file,))

    @property
    def vendors(self) -> tuple[str, ...]:
        """The vendor daemons that it names."""
        named = (daemon.name for daemon in self._summary.daemons if _VENDOR.fullmatch(daemon.name))
        return tuple(named)[:_VENDORS]

    @property
    def shown(self) -> str:
        """Its name, escaped."""
        return printable(self.file, 100)

    def target(self) -> str:
        """Return the server that wrote it as a license path's entry; end the program when it can't be found here."""
        host, port = self._summary.host, self._summary.lmgrd_port
        if not _HOST.fullmatch(host):
            fail(f"{self.shown} does not tell what the server is called: name it, as in `{_TARGET}`")
        if not _resolves(host):
            called = f"the server calls itself {printable(host)} in {self.shown}"
            fail(f"{called}, and that name leads nowhere from here: name it yourself, as in `{_TARGET}`")
        return f"{port or ''}@{host}"

    def beside(self, evidence: Evidence, *, alone: bool) -> Evidence:
        """Return evidence with what the log says of its vendor daemon.

        Args:
            evidence: of one server and one vendor daemon.
            alone: whether that server is the only one; the log is taken for its then, whatever name it goes by.
        """
        import msgspec  # noqa: PLC0415 # only here

        ours = self._summary.host.partition(".")[0].lower()
        if not alone and evidence.host.partition(".")[0].lower() != ours:
            return evidence
        return msgspec.structs.replace(evidence, log=self._seen(evidence.vendor))

    def _seen(self, vendor: str) -> LogSeen:
        from lmwire.evidence import LogSeen  # noqa: PLC0415

        summary = self._summary
        until = "" if summary.last is None else str(summary.last)
        daemon = next((daemon for daemon in summary.daemons if daemon.name == vendor), None)
        if daemon is None:
            return LogSeen(lmgrd_port=summary.lmgrd_port, until=until)
        return LogSeen(lmgrd_port=summary.lmgrd_port, port=daemon.port, pinned=daemon.pinned, until=until)


def _resolves(host: str) -> bool:
    import socket  # noqa: PLC0415

    try:
        return bool(socket.getaddrinfo(host, None))
    except (OSError, UnicodeError):
        return False
