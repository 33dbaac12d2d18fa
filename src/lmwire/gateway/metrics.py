"""Figures for Prometheus. Labels are of the plan, or few: no user, no host, no text of an error."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lmwire.gateway.errors import GatewayError
from lmwire.gateway.records import SessionRecord
from lmwire.gateway.routes import Route, parse_endpoint

__all__ = ["Metrics"]

_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counts, and answers Prometheus on a thread of its own. Hears of everything as the gateway's watcher.

    Args:
        address: ADDRESS:PORT to listen on.
        servers: the names of all routes.

    Raises:
        GatewayError: prometheus_client is not installed, or the port cannot be had.
    """

    def __init__(self, address: str, servers: Iterable[str]) -> None:
        try:
            import prometheus_client as client  # noqa: PLC0415 - an extra, and for those who want it
        except ImportError:
            raise GatewayError("metrics need prometheus_client", "pip install 'lmwire[metrics]'") from None
        host, port = parse_endpoint(address, "metrics")
        self.registry = here = client.CollectorRegistry()
        self._sessions = client.Counter(
            "lmwire_gateway_sessions",
            "Ended sessions, by who ended them.",
            ("server", "ended_by"),
            registry=here,
        )
        self._failures = client.Counter(
            "lmwire_gateway_failures",
            "Sessions whose server was not reached, by the verdict that this means.",
            ("server", "verdict"),
            registry=here,
        )
        self._bytes = client.Counter(
            "lmwire_gateway_bytes",
            "Bytes of ended sessions: up from clients, down to them.",
            ("server", "direction"),
            registry=here,
        )
        self._upstream = client.Histogram(
            "lmwire_gateway_upstream_seconds",
            "Seconds from a client's hello until its vendor daemon accepted.",
            ("server",),
            buckets=_BUCKETS,
            registry=here,
        )
        self._port = client.Gauge(
            "lmwire_gateway_vendor_port", "The port that lmgrd refers to.", ("server", "vendor"), registry=here
        )
        self._changes = client.Counter(
            "lmwire_gateway_vendor_port_changes",
            "Times that the vendor daemon's port moved.",
            ("server", "vendor"),
            registry=here,
        )
        self.open = client.Gauge("lmwire_gateway_open_sessions", "Sessions that are open.", registry=here)
        for server in servers:
            self._upstream.labels(server)
        try:
            self._server, self._thread = client.start_http_server(port or 0, host, here)
        except OSError as error:
            raise GatewayError(f"cannot listen on {address} for metrics: {error.strerror}") from error

    @property
    def port(self) -> int:
        """The port that answers."""
        return int(self._server.server_port)

    def ended(self, record: SessionRecord) -> None:
        """See `Watcher`."""
        self._sessions.labels(record.server, record.ended_by.value).inc()
        self._bytes.labels(record.server, "up").inc(record.bytes_up)
        self._bytes.labels(record.server, "down").inc(record.bytes_down)
        if record.connect_seconds is not None:
            self._upstream.labels(record.server).observe(record.connect_seconds)
        if record.failure:
            self._failures.labels(record.server, record.failure).inc()

    def moved(self, route: Route, vendor: str, before: int | None, now: int) -> None:
        """See `Watcher`."""
        self._port.labels(route.name, vendor).set(now)
        if before is not None:
            self._changes.labels(route.name, vendor).inc()

    def failed(self, route: Route, vendor: str) -> None:
        """See `Watcher`. Failures are counted when their session ends."""

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
