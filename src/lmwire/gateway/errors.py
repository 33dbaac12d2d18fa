"""What a gateway cannot do, or not with the given settings."""

from __future__ import annotations

from lmwire.errors import LmwireError

__all__ = ["GatewayError"]


class GatewayError(LmwireError):
    """A setting of the gateway cannot be used, or a listener cannot be had."""
