"""What the gateway tells: what it serves, and what became of each session. Values, and their lines in the log."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from lmwire.addresses import endpoint
from lmwire.session.speaker import Speaker

__all__ = ["EndedBy", "Ready", "ServedPath", "SessionRecord"]


class EndedBy(enum.Enum):
    """Who ended a session."""

    CLIENT = "client"
    SERVER = "server"
    GATEWAY = "gateway"
    NOBODY = "nobody"
    """It still goes on."""


class SessionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One client's connection, until its end or until now. Every text of a client or server is escaped.

    Attributes:
        time: of the accept, UTC.
        server: the route's name.
        listener: the port that the client connected to.
        peer, peer_port: the client's.
        client: its statements about itself.
        vendor: the vendor daemon that it asked for.
        asked: its requests in order, the first sixteen.
        vendor_daemon: ADDRESS:PORT of the vendor daemon; empty when none was reached.
        error: the last error code that lmgrd answered; empty without one.
        connect_seconds: from the client's request to the vendor daemon's accept; None when it was not reached.
        bytes_up: from the client. bytes_down: to the client.
        seconds: from accept to end.
        ended: how it ended, in words; empty while it goes on.
        failure: why no vendor daemon was reached, as a verdict's id: "vendor-refused"; empty when one was, or when the
            client went before.
    """

    time: datetime
    server: str
    listener: int
    peer: str
    peer_port: int
    client: Speaker
    vendor: str
    asked: tuple[str, ...]
    vendor_daemon: str
    error: str
    connect_seconds: float | None
    bytes_up: int
    bytes_down: int
    seconds: float
    ended: str
    ended_by: EndedBy
    failure: str = ""

    def as_json(self) -> str:
        """Return it as one line of JSON, without the line's end."""
        return msgspec.json.encode(self).decode()

    def as_text(self) -> str:
        """Return it as one line for people, without the line's end."""
        who = self.client
        names = f"{who.user}@{who.host}" if who.user or who.host else ""
        parts = [
            f"{self.time:%Y-%m-%d %H:%M:%SZ}",
            endpoint(self.peer, self.peer_port) if self.peer else "a client that had gone",
            names,
            f"pid {who.pid}" if who.pid else "",
            f"FlexNet {who.version}" if who.version else "",
            self.vendor,
            f"-> {self.server}" + (f" at {self.vendor_daemon}" if self.vendor_daemon else ""),
        ]
        sizes = f"{self.seconds:,.1f} s, {self.bytes_up:,} bytes up, {self.bytes_down:,} down"
        error = f"; lmgrd answered {self.error}" if self.error else ""
        return f"{' '.join(filter(None, parts))}: {sizes}{error}; {self.ended or 'still open'}"


class ServedPath(msgspec.Struct, frozen=True, kw_only=True):
    """A server of the plan, and what its clients use instead.

    Attributes:
        server: its license path, as in the plan.
        license_path: what goes into LM_LICENSE_FILE of the gateway's clients.
        listens: ADDRESS:PORT of each listener.
        open: whether every machine that reaches the listener may use it.
    """

    server: str
    license_path: str
    listens: tuple[str, ...]
    open: bool


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway serves once all its listeners are there.

    Attributes:
        status: the socket for `lmwire gateway status`; empty where there is none.
        metrics: ADDRESS:PORT for Prometheus; empty for none.
    """

    ready: bool = True
    served: tuple[ServedPath, ...]
    status: str = ""
    metrics: str = ""
