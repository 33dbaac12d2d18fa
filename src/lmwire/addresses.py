"""What an IP address says by itself: one answer for a live probe, a capture, a license file and a firewall rule."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

__all__ = ["address_used", "endpoint", "is_address", "is_loopback"]


def address_used(addresses: Sequence[str]) -> str:
    """Return the one address that a FlexNet client uses of those that a name leads to; empty without any.

    The first IPv4 address in the resolver's order; the first IPv6 one only where there is no IPv4 address. The client
    never tries another. Measured with 11.16, 11.18 and 11.19.
    """
    return next((address for address in addresses if ":" not in address), addresses[0] if addresses else "")


def endpoint(address: str, port: int) -> str:
    """Return `address:port`, with brackets around IPv6."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def is_address(text: str) -> bool:
    """Whether `text` is an IPv4 or IPv6 address rather than a name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_loopback(address: str | bytes | ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether `address` leads back to the machine that uses it: 127.0.0.0/8, ::1, or ::ffff:127.0.0.1.

    Args:
        address: text, the 4 or 16 bytes of a packet, or a value of `ipaddress`.

    Returns:
        False for text that is not an address.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    # Python itself reads an IPv4 address inside ::ffff: only from 3.13 on.
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback
