"""SYN packets instead of connects: `--raw`, as root, with scapy (an extra of the package, under the GPL).

They show more than connects: the remaining TTL of every answer, and so the distance of its sender. All packets of one
port have the same source port, so a router that balances load by flows sends them all along one path. No connection
is opened: the kernel does not know these packets and resets every answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import time
from collections.abc import Callable, Sequence
from secrets import randbelow
from typing import TYPE_CHECKING, Final

from lmwire.capture.errors import INSTALL_SCAPY
from lmwire.evidence import Icmp
from lmwire.hops.connect_probe import fate_of_icmp
from lmwire.hops.errors import LocateError
from lmwire.hops.model import ConnectTry, Fate, Seen
from lmwire.probe.concurrency import together

if TYPE_CHECKING:
    from scapy.packet import Packet

__all__ = ["RawPackets", "check"]

_USUAL: Final = 64
_LARGEST: Final = 65_535
_SYN_ACK: Final = 0x12
_RST: Final = 0x04
_ETHERNET_IP: Final = {4: 0x0800, 6: 0x86DD}
_Reader = Callable[[bytes], tuple[int, Seen] | None]
_MOST: Final = 100_000
"""Most packets examined in one wait; on a busy machine all its traffic passes by."""


def check() -> None:
    """Raise LocateError when scapy is missing, or the system refuses raw packets."""
    try:
        import scapy.layers.inet6  # noqa: F401, PLC0415 # an extra of the package
    except ImportError:
        raise LocateError("raw packets need scapy, which is not installed", INSTALL_SCAPY) from None
    with _receiver(4):
        pass


class RawPackets:
    """Sends SYNs to one address and reads the answers; see `ConnectProbe`.

    Args:
        address: the target.
        local: this machine's address on the path to it.
    """

    def __init__(self, address: str, local: str) -> None:
        self._address, self._local = address, local
        self._version = 6 if ":" in address else 4

    async def try_all(self, connects: Sequence[ConnectTry], wait: float) -> list[Seen]:
        """See `ConnectProbe.try_all`. The floor of a connect is ignored: `Seen.left` has the remaining TTL.

        Raises:
            LocateError: the system refuses a socket, or one for such an address.
        """
        by_source: dict[int, list[int]] = {}
        for number, connect in enumerate(connects):
            by_source.setdefault(connect.source, []).append(number)
        groups = [[connects[number] for number in numbers] for numbers in by_source.values()]
        try:
            results = await together(asyncio.to_thread(self._exchange, group, wait) for group in groups)
            places = zip(by_source.values(), results, strict=True)
            found = {number: seen for numbers, result in places for number, seen in zip(numbers, result, strict=True)}
            return [found[number] for number in range(len(connects))]
        except OSError as error:
            raise LocateError(f"this machine cannot send raw packets to {self._address}: {error.strerror}") from error

    async def leaves(self, port: int, wait: float) -> bool | None:  # noqa: ARG002 # the protocol's
        """See `ConnectProbe.leaves`. The system reports a dropped packet at once as denied; the others left."""
        return True

    def _exchange(self, connects: Sequence[ConnectTry], wait: float) -> list[Seen]:
        family = socket.AF_INET if self._version == 4 else socket.AF_INET6  # noqa: PLR2004 # of IP
        seen: dict[int, Seen] = {}
        base = randbelow(1 << 31)
        with (
            _receiver(self._version) as receiver,
            socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as sender,
            socket.socket(family, socket.SOCK_STREAM) as place,
        ):
            _reserve(place, self._local, connects[0].source)
            own = place.getsockname()[1]
            for number, connect in enumerate(connects):
                packet = bytes(self._packet(connect, own, base + number))
                try:
                    sender.sendto(packet, (self._address, 0))
                except PermissionError:
                    seen[number] = Seen(fate=Fate.DENIED)  # by a rule for outgoing packets
                except OSError:
                    seen[number] = Seen(fate=Fate.UNREACHABLE)
            self._listen(receiver, seen, len(connects), lambda data: self._read(data, own, base), wait)
        return [seen.get(number, Seen(fate=Fate.SILENT)) for number in range(len(connects))]

    @staticmethod
    def _listen(receiver: socket.socket, seen: dict[int, Seen], count: int, read: _Reader, wait: float) -> None:
        until = time.monotonic() + wait
        for _ in range(_MOST):
            left = until - time.monotonic()
            if len(seen) == count or left <= 0 or not select.select([receiver], [], [], left)[0]:
                return
            with contextlib.suppress(OSError):
                found = read(receiver.recv(_LARGEST))
                if found is not None and 0 <= found[0] < count:
                    seen.setdefault(*found)

    def _packet(self, connect: ConnectTry, own: int, sequence: int) -> Packet:
        from scapy.layers.inet import IP, TCP  # noqa: PLC0415 # an extra of the package
        from scapy.layers.inet6 import IPv6  # noqa: PLC0415

        life = connect.life or _USUAL
        segment = TCP(sport=own, dport=connect.port, seq=sequence, flags="S", options=[("MSS", 1220)])
        if self._version == 4:  # noqa: PLR2004 # of IP
            return IP(src=self._local, dst=self._address, ttl=life) / segment
        return IPv6(src=self._local, dst=self._address, hlim=life) / segment

    def _read(self, data: bytes, own: int, base: int) -> tuple[int, Seen] | None:
        """Return the connect that a packet answers, and the result; None for other packets."""
        from scapy.layers.inet import ICMP, IP, TCP, TCPerror  # noqa: PLC0415 # an extra of the package
        from scapy.layers.inet6 import IPv6  # noqa: PLC0415

        try:
            packet = IP(data) if self._version == 4 else IPv6(data)  # noqa: PLR2004 # of IP
        except Exception:  # noqa: BLE001 # scapy may raise any error for a damaged packet
            return None
        left = int(packet.ttl if self._version == 4 else packet.hlim)  # noqa: PLR2004 # of IP
        if TCPerror in packet and packet[TCPerror].sport == own:
            # An IPv6 error has no common layer name, but the layer after the header has type and code.
            said = packet[ICMP] if self._version == 4 else packet.payload  # noqa: PLR2004 # of IP
            icmp = Icmp(type=int(said.type), code=int(said.code), sender=str(packet.src), version=self._version)
            seen = Seen(fate=fate_of_icmp(icmp, self._local), icmp=icmp, left=left)
            return (int(packet[TCPerror].seq) - base) & 0xFFFF_FFFF, seen
        if TCP not in packet or packet[TCP].dport != own or packet.src != self._address:
            return None
        number = (int(packet[TCP].ack) - 1 - base) & 0xFFFF_FFFF
        flags = int(packet[TCP].flags)
        if flags & _RST:
            return number, Seen(fate=Fate.RESET, left=left)
        return (number, Seen(fate=Fate.ACCEPTED, left=left)) if flags & _SYN_ACK == _SYN_ACK else None


def _reserve(place: socket.socket, local: str, source: int) -> None:
    """Reserve the own port, or another one when somebody has it."""
    try:
        place.bind((local, source))
    except OSError:
        if not source:
            raise
        place.bind((local, 0))


def _receiver(version: int) -> socket.socket:
    try:
        return socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETHERNET_IP[version]))
    except (AttributeError, OSError):
        raise LocateError(
            "raw packets need root (CAP_NET_RAW) on Linux: run it as root, or use connects, which need none"
        ) from None
