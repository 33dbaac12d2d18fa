"""The plan of a gateway: its servers, who may use them, its limits. From a command line or a TOML file."""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec

from lmwire.defaults import GATEWAY_KEEPALIVE

__all__ = ["GatewayPlan", "GatewayServer", "Limits", "LogForm", "Mode"]

_Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
_Seconds = Annotated[float, msgspec.Meta(gt=0, le=86400)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]

LOOPBACK: Final = "127.0.0.1"


class Mode(enum.Enum):
    """How a client gets to the vendor daemon."""

    ONE_PORT = "one-port"
    """The gateway goes to the vendor daemon for the client. Nothing is rewritten."""
    REFERRAL = "referral"
    """The client gets lmgrd's referral with a host and a port of the gateway's own."""


class LogForm(enum.Enum):
    """The form of the log's lines."""

    TEXT = "text"
    JSON = "json"


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file."""


class GatewayServer(_Table, frozen=True, kw_only=True):
    """A license server, or a triad, and how clients get to it.

    Attributes:
        server: the server's license path, as an application would have it: "27000@licsrv", or a triad.
        name: for the log; empty: `server`.
        listen: ADDRESS:PORT, or only ADDRESS for the server's own port. Port 0 takes any that is free. A triad has
            three listeners: the ports that follow, or one of `listen` for each member.
        mode: see `Mode`.
        vendors: the vendor daemons that clients may ask for; empty: all.
        vendor_ports: in the mode "referral": vendor daemon → the gateway's port for it; others get any that is free.
        advertise: in the mode "referral": the host name for clients; empty: the address that the client connected to.
        allow: networks that may connect, as CIDR; empty: everybody who can reach the listener.
    """

    server: str
    name: str = ""
    listen: str | tuple[str, ...] = LOOPBACK
    mode: Mode = Mode.ONE_PORT
    vendors: tuple[str, ...] = ()
    vendor_ports: dict[str, _Port] = {}
    advertise: str = ""
    allow: tuple[str, ...] = ()


class Limits(_Table, frozen=True, kw_only=True):
    """The bounds of a gateway. A license session itself has no limit in time.

    Attributes:
        sessions: connections at a time; 0: as many as this process may have open.
        per_client: connections of one client address.
        waiting: connections that have not said hello; one more, and the oldest of them goes.
        hello_seconds: for a client's hello.
        answer_seconds: from the hello until the vendor daemon is reached. A client itself waits 10 s.
        keepalive: seconds of silence until the first keepalive probe, on both sides.
        dead_after: seconds of silence, keepalive probes included, after which a side counts as gone.
    """

    sessions: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    per_client: _Count = 1000
    waiting: _Count = 512
    hello_seconds: _Seconds = 10.0
    answer_seconds: _Seconds = 30.0
    keepalive: _Seconds = GATEWAY_KEEPALIVE
    dead_after: _Seconds = 115.0


class GatewayPlan(_Table, frozen=True, kw_only=True):
    """All that one gateway does.

    Attributes:
        drain: seconds that sessions may go on after SIGTERM.
        metrics: ADDRESS:PORT for Prometheus; empty: none.
        status: the Unix socket for `lmwire gateway status`; empty: one in the user's runtime directory.
    """

    servers: tuple[GatewayServer, ...]
    limits: Limits = Limits()
    log: LogForm = LogForm.TEXT
    drain: Annotated[float, msgspec.Meta(ge=0, le=604_800)] = 30.0
    metrics: str = ""
    status: str = ""
