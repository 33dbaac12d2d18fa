"""Choose the port to pin a vendor daemon to."""

from __future__ import annotations

from collections.abc import Iterable

from lmwire.ports import DEFAULT_RANGE, MAX_PORT
from lmwire.vendors import product_of

__all__ = ["FreePorts"]


class FreePorts:
    """The ports that a license file does not use. Each is given out once.

    Args:
        taken: the ports that it uses; None values are ignored.
    """

    def __init__(self, taken: Iterable[int | None]) -> None:
        self._taken = set(taken)
        self._others = (port for port in range(DEFAULT_RANGE[1], MAX_PORT + 1) if port not in self._taken)

    def for_daemon(self, name: str) -> int:
        """Return the port that the vendor recommends, else the next free one from 27001 up; 0 when none is free."""
        product = product_of(name)
        own = product.port_to_pin if product is not None and product.vendor_ports else None
        port = own if own is not None and own not in self._taken else next(self._others, 0)
        self._taken.add(port)
        return port

    def instead_of(self, name: str, port: int) -> int:
        """Return the port to pin a vendor daemon to. Keep `port`, its current one, if it is usual or no other is free.

        A port that the system chose is a bad choice: another program may use it when the daemon restarts.
        """
        product = product_of(name)
        own = product.port_to_pin if product is not None and product.vendor_ports else None
        return port if port in DEFAULT_RANGE or port == own else self.for_daemon(name) or port
