"""Stand-ins for IP addresses: as long as text, of the same kind, and neighbours stay neighbours.

IPv4 addresses that share their first three bytes share them again; IPv6 addresses share as many groups of four digits
as before. Private ones (and those for documentation) become private ones, public ones public; loopback, multicast, the
link-local prefix and the unspecified stay. A byte keeps the number of its decimal digits, and a group that of its
hexadecimal ones, so that an address that is told as text, as in a referral, keeps its length.
"""

from __future__ import annotations

import functools
import ipaddress
import random
import struct
from typing import Final

from lmwire.addresses import is_loopback
from lmwire.capture.errors import CaptureError

__all__ = ["Addresses"]

_DIGITS: Final = (range(1, 10), range(10, 100), range(100, 255))
_IP4: Final = 4
_TRIES: Final = 2000
_MAPPED: Final = (bytes(10) + b"\xff\xff", b"\x00\x64\xff\x9b" + bytes(8))
"""Prefixes of IPv6 addresses that hold one of IPv4: mapped ones, and those of NAT64."""

_LINK_LOCAL4: Final = b"\xa9\xfe"


class Addresses:
    """First collects addresses; after `settle`, gives what stands for them."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._settled = False
        self._known: dict[bytes, bytes] = {}
        self._networks: dict[bytes, bytes] = {}
        self._original_networks: set[bytes] = set()
        self._hosts: dict[bytes, dict[int, int]] = {}
        self._groups: dict[tuple[int, ...], dict[int, int]] = {}
        self._used: tuple[set[int], ...] = tuple(set() for _ in range(8))

    @property
    def all(self) -> set[bytes]:
        """Every address that was collected, the special ones left out."""
        return set(self._known)

    @property
    def found(self) -> set[bytes]:
        """Addresses that must not be in the copy: those that stand for nothing."""
        return set(self._known) - set(self._known.values())

    def settle(self) -> None:
        """Draw what stands for every address that was collected."""
        self._settled = True
        self._original_networks = {address[:3] for address in self._known if len(address) == _IP4}
        for address in self._known:
            if len(address) > _IP4:
                for used, group in zip(self._used, struct.unpack(">8H", address), strict=True):
                    used.add(group)
        for address in sorted(self._known):
            self._known[address] = self._drawn4(address) if len(address) == _IP4 else self._drawn6(address)

    def of(self, address: bytes) -> bytes:
        """Return what stands for an address of 4 or 16 bytes."""
        if _is_special(address):
            return address
        if address[:12] in _MAPPED and len(address) > _IP4:
            return address[:12] + self.of(address[12:])
        if not self._settled:
            return self._known.setdefault(address, address)
        if address not in self._known:
            self._known[address] = self._drawn4(address) if len(address) == _IP4 else self._drawn6(address)
        return self._known[address]

    def text(self, text: str) -> str:
        """Return what stands for an address as text, in the same notation, hence of the same length."""
        drawn = self.of(ipaddress.ip_address(text).packed)
        if len(drawn) == _IP4:
            return str(ipaddress.IPv4Address(drawn))
        before, gap, after = text.partition("::")
        head, tail = before.split(":") if before else [], after.split(":") if after else []
        dotted = (tail or head)[-1] if "." in text else ""
        if dotted:
            (tail or head)[-1:] = ["0", "0"]
        groups = struct.unpack(">8H", drawn)
        upper = text.lower() != text
        shown = [_digits(group, old, upper=upper) for group, old in zip(groups, head, strict=False)]
        behind = [
            _digits(group, old, upper=upper) for group, old in zip(groups[len(groups) - len(tail) :], tail, strict=True)
        ]
        if dotted:
            (behind or shown)[-2:] = [str(ipaddress.IPv4Address(drawn[12:]))]
        return ":".join(shown) + gap + ":".join(behind)

    def _drawn4(self, address: bytes) -> bytes:
        network = address[:3]
        if network not in self._networks:
            self._networks[network] = self._network(network)
        hosts = self._hosts.setdefault(network, {})
        return self._networks[network] + bytes((self._number(address[3], hosts),))

    def _number(self, number: int, drawn: dict[int, int]) -> int:
        """Return what stands for the last byte of an address: one of as many digits, and never that of a network."""
        if number not in drawn:
            taken = set(drawn.values())
            allowed = next((digits for digits in _DIGITS if number in digits), range(number, number + 1))
            free = [one for one in allowed if one not in taken]
            drawn[number] = self._chance.choice([one for one in free if one != number] or free)
        return drawn[number]

    def _network(self, network: bytes) -> bytes:
        taken = {*self._networks.values(), *self._original_networks}
        if network[:2] == _LINK_LOCAL4:
            free = [third for third in _alike(network[2]) if network[:2] + bytes((third,)) not in taken]
            return network[:2] + bytes((self._chance.choice(free or [network[2]]),))
        if ipaddress.IPv4Address(network + b"\1").is_global:
            for _ in range(_TRIES):
                drawn = bytes(self._chance.choice(_alike(byte)) for byte in network)
                one = ipaddress.IPv4Address(drawn + b"\1")
                if drawn not in taken and one.is_global and not one.is_multicast:
                    return drawn
        private = _private(_length(network))
        for _ in range(_TRIES):
            drawn = self._chance.choice(private)
            if drawn not in taken:
                return drawn
        raise CaptureError("it has more networks than there are private networks to replace them")

    def _drawn6(self, address: bytes) -> bytes:
        groups = struct.unpack(">8H", address)
        return struct.pack(">8H", *(self._group(groups, at) for at in range(8)))

    def _group(self, groups: tuple[int, ...], at: int) -> int:
        group = groups[at]
        if not group or (not at and group & 0xFFC0 == 0xFE80):  # noqa: PLR2004 # the link-local prefix
            return group
        drawn = self._groups.setdefault(groups[:at], {})
        if group not in drawn:
            drawn[group] = self._free(groups, at, set(drawn.values()))
        return drawn[group]

    def _free(self, groups: tuple[int, ...], at: int, taken: set[int]) -> int:
        """Return a number to stand for a group: of as many digits, not used beside it, and best no original's."""
        digits = len(f"{groups[at]:x}")
        allowed = range(1 if digits == 1 else 16 ** (digits - 1), 16**digits)
        if not at:
            allowed = _FIRST if digits == _IP4 and not _is_local(groups) else _LOCAL if digits == _IP4 else allowed
        used = self._used[at]
        for _ in range(_TRIES):
            one = self._chance.choice(allowed)
            if one not in taken and one not in used:
                return one
        free = [one for one in allowed if one not in taken]
        return self._chance.choice([one for one in free if one not in used] or free)


_FIRST: Final = range(0x2400, 0x2C10)
_LOCAL: Final = range(0xFD00, 0xFE00)


def _is_local(groups: tuple[int, ...]) -> bool:
    """Whether an address is for use within an organisation, or for documentation."""
    return not ipaddress.IPv6Address(struct.pack(">8H", *groups)).is_global


def _is_special(address: bytes) -> bool:
    one = ipaddress.ip_address(address)
    # "This network", as in no packet between two machines; or nothing but the prefix.
    nobody = address[0] == 0 if len(address) == _IP4 else one.is_link_local and not any(address[2:])
    return nobody or is_loopback(one) or one.is_multicast or one.is_unspecified or address == b"\xff\xff\xff\xff"


def _digits(group: int, like: str, *, upper: bool) -> str:
    shown = f"{group:0{len(like)}x}"
    return shown.upper() if upper else shown


def _alike(byte: int) -> range:
    """Return the numbers of as many decimal digits."""
    return range(10) if byte < 10 else range(10, 100) if byte < 100 else range(100, 256)  # noqa: PLR2004 # digits


def _length(network: bytes) -> int:
    return len(".".join(map(str, network)))


@functools.cache
def _private(length: int) -> list[bytes]:
    """Return the private networks of 256 addresses whose three numbers take `length` characters."""
    every = [bytes((10, second, third)) for second in range(256) for third in range(256)]
    every += [bytes((172, second, third)) for second in range(16, 32) for third in range(256)]
    every += [bytes((192, 168, third)) for third in range(256)]
    return [network for network in every if _length(network) == length]
