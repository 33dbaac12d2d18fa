"""What an IP address says by itself: one answer for a live probe, a capture, a license file and a firewall rule."""

from __future__ import annotations

import ipaddress

__all__ = ["endpoint", "is_address", "is_loopback"]


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
