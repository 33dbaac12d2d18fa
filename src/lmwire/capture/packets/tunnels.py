"""Packets inside packets: what PPPoE, MPLS, GRE, IP in IP, VXLAN and Geneve carry.

Only the headers are stepped over: nothing is decrypted, decompressed, or put together from fragments. As everywhere in
this package, nothing raises for what a packet holds: a tunnel that can't be read carries None.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from lmwire.capture.packets.decode import ETHERNET, UDP, Datagram, datagram, network

__all__ = ["DEEPEST", "RAW", "Inner", "Tunnel", "innermost", "tunnel"]

RAW: Final = 101
"""The link type of bare IP packets."""

DEEPEST: Final = 4
"""Tunnels inside tunnels that are followed; real networks have two."""

_PPPOE, _PPPOE_DISCOVERY = 0x8864, 0x8863
_MPLS: Final = frozenset({0x8847, 0x8848})
_IP_IN_IP, _IP6_IN_IP, _GRE, _ESP = 4, 41, 47, 50
_ETHERNET_TYPES: Final = {0x0800: RAW, 0x86DD: RAW, 0x6558: ETHERNET}
_VXLAN_PORTS: Final = frozenset({4789, 8472})
_GENEVE_PORT: Final = 6081
_MOST_LABELS: Final = 16
_PPP_IP: Final = frozenset({b"\x00\x21", b"\x00\x57"})
_ERSPAN: Final = {0x88BE: 8, 0x22EB: 12}
"""Copies of a switch's traffic: type in GRE → length of the header before the Ethernet frame."""


class Inner(NamedTuple):
    """A packet that another carries, with its link type."""

    link: int
    data: bytes


class Tunnel(NamedTuple):
    """A packet that carries another. `inner` is None when that can't be read."""

    kind: str
    inner: Inner | None


def tunnel(kind: int, data: bytes, at: int, packet: Datagram | None) -> Tunnel | None:
    """Return what the packet of Ethernet type `kind` at `at` carries; None when it is not a tunnel.

    Args:
        kind: as `network` gives it.
        data: the packet.
        at: as `network` gives it.
        packet: as `datagram` reads it there; None when it is not IP.
    """
    if packet is None:
        return _below_ip(kind, data, at)
    body = data[packet.start : packet.start + packet.size]
    if packet.protocol == _GRE:
        return Tunnel("GRE", _gre(body))
    if packet.protocol in (_IP_IN_IP, _IP6_IN_IP):
        return Tunnel("IP in IP", _ip(body))
    if packet.protocol == _ESP:
        return Tunnel("IPsec (ESP)", None)
    return _in_udp(body) if packet.protocol == UDP else None


def innermost(link: int, data: bytes) -> Inner:
    """Return the packet inside all tunnels that can be read, or the packet itself."""
    for _ in range(DEEPEST):
        kind, at = network(link, data)
        found = tunnel(kind, data, at, datagram(kind, data, at))
        if found is None or found.inner is None:
            break
        link, data = found.inner
    return Inner(link, data)


def _below_ip(kind: int, data: bytes, at: int) -> Tunnel | None:
    if kind == _PPPOE_DISCOVERY:
        return Tunnel("PPPoE", None)
    if kind == _PPPOE:
        return Tunnel("PPPoE", _ppp(data[at + 6 :]) if data[at : at + 2] == b"\x11\x00" else None)
    return Tunnel("MPLS", _mpls(data[at:])) if kind in _MPLS else None


def _in_udp(body: bytes) -> Tunnel | None:
    port = int.from_bytes(body[2:4])
    if port in _VXLAN_PORTS:
        # The flag that a network is named, and reserved bytes; port 8472 is somebody else's, too.
        whole = body[8:9] == b"\x08" and body[9:12] == bytes(3) and body[15:16] == b"\0"
        found = _frame(body[16:]) if whole else None
        return Tunnel("VXLAN", found) if found or port == 4789 else None  # noqa: PLR2004 # the one that IANA knows
    if port == _GENEVE_PORT and len(body) >= 16:  # noqa: PLR2004 # both headers
        start = 16 + 4 * (body[8] & 0x3F)
        link = _ETHERNET_TYPES.get(int.from_bytes(body[10:12])) if body[8] >> 6 == 0 else None
        return Tunnel("Geneve", _ip(body[start:]) if link == RAW else _frame(body[start:]) if link else None)
    return None


def _ip(data: bytes) -> Inner | None:
    return Inner(RAW, data) if data and data[0] >> 4 in (4, 6) else None


def _frame(data: bytes) -> Inner | None:
    return Inner(ETHERNET, data) if len(data) > 14 and network(ETHERNET, data)[0] else None  # noqa: PLR2004 # its header


def _ppp(data: bytes) -> Inner | None:
    """Read PPP: address and control may be left out, and so may the first byte of the protocol."""
    if data[:2] == b"\xff\x03":
        data = data[2:]
    if data[:1] in (b"\x21", b"\x57"):
        return _ip(data[1:])
    return _ip(data[2:]) if data[:2] in _PPP_IP else None


def _mpls(data: bytes) -> Inner | None:
    for number in range(_MOST_LABELS):
        label = data[4 * number : 4 * number + 4]
        if len(label) == 4 and label[2] & 1:  # noqa: PLR2004 # whole, and the last
            inner = data[4 * number + 4 :]
            # An Ethernet frame follows a control word of zeros, or the labels themselves. Nothing says which.
            return _ip(inner) or (_frame(inner[4:]) if inner[:1] == b"\0" else None) or _frame(inner)
    return None


def _gre(data: bytes) -> Inner | None:
    flags, kind = int.from_bytes(data[:2]), int.from_bytes(data[2:4])
    start = 4 + 4 * bool(flags & 0xC000) + 4 * bool(flags & 0x2000) + 4 * bool(flags & 0x1000)
    if flags & 7 == 1:  # PPTP's: the key is the length and the call, and there may be an acknowledgement
        return _ppp(data[start + 4 * bool(flags & 0x80) :]) if kind == 0x880B else None  # noqa: PLR2004 # PPP
    if flags & 0x4007:  # with routes, which nobody uses any more; or of a later version
        return None
    if kind in _ERSPAN:
        return _frame(data[start + _ERSPAN[kind] * bool(flags & 0x1000 or kind != 0x88BE) :])  # noqa: PLR2004 # type I
    if kind in _MPLS:
        return _mpls(data[start:])
    link = _ETHERNET_TYPES.get(kind)
    return _frame(data[start:]) if link == ETHERNET else _ip(data[start:]) if link else None
