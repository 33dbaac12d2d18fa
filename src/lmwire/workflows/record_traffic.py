"""License traffic into a file, and nothing else: what `lmwire capture record` writes."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from lmwire.capture.live.sieve import Sieve, WantedServer
from lmwire.capture.live.source import LivePacket
from lmwire.capture.live.writer import LiveWriter
from lmwire.licensepath import parse_path
from lmwire.text import printable

__all__ = ["record_packets", "sieve_for"]


def sieve_for(target: str | None) -> tuple[Sieve, list[str]]:
    """Return what keeps the traffic of the servers of a license path, and notes; of None, that of any server.

    The servers' names are looked up, once; what they lead to elsewhere, the DNS that comes by will tell.

    Raises:
        LicensePathError: the path is written wrong.
    """
    if target is None:
        return Sieve([]), []
    found, notes = [], []
    for each in parse_path(target).targets:
        pinned = [line.port for line in each.vendors if line.port is not None]
        for server in each.servers:
            addresses = _addresses(server.host)
            if not addresses:
                host = printable(server.host, 100)
                notes.append(f"{host} does not resolve here; lmwire uses the DNS answers that it sees")
            found.append(WantedServer(server.host, (*server.ports, *pinned), addresses))
    return Sieve(found), notes


def record_packets(
    incoming: Iterable[list[LivePacket]], sieve: Sieve, file: BinaryIO, most: int, on_kept: Callable[[], None]
) -> None:
    """Record all license traffic that comes, or its first packets.

    Args:
        incoming: packets as they come.
        sieve: what keeps license traffic.
        file: where to write it, as pcapng.
        most: how many packets to write; 0 for no limit.
        on_kept: called after each batch.

    Raises:
        OSError: the file cannot be written.
    """
    writer = LiveWriter(file)
    written = 0
    for kept in _sifted(incoming, sieve):
        wanted = kept[: most - written] if most else kept
        writer.write(wanted)
        written += len(wanted)
        if most and written >= most:
            return
        on_kept()


def _sifted(incoming: Iterable[list[LivePacket]], sieve: Sieve) -> Iterator[list[LivePacket]]:
    yield from map(sieve.take, incoming)
    yield sieve.finish()


def _addresses(host: str) -> list[bytes]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # the latter of names that no DNS can hold
        return []
    texts = dict.fromkeys(str(place[0]).partition("%")[0] for *_, place in found)
    return [ipaddress.ip_address(text).packed for text in texts]
