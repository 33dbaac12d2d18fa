"""Linux: the kernel writes packets into memory that it shares with us (AF_PACKET with a ring, TPACKET_V3).

scapy's own socket has a call and a dissection for each packet, a buffer that an ordinary user cannot make larger, and
one interface. The ring takes bursts of megabytes, hands out a block at a time, and one of them sees all interfaces.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import select
import socket
import struct
from types import TracebackType
from typing import Final, Self

from lmwire.capture.errors import CaptureError, NotPermittedError, UnknownInterfaceError
from lmwire.capture.files.records import words
from lmwire.capture.live.source import ANY, LivePacket
from lmwire.capture.packets.decode import ETHERNET
from lmwire.text import printable

__all__ = ["Ring"]

# From <linux/if_packet.h>, which Python's socket module has only in part.
_SOL_PACKET: Final = 263
_ADD_MEMBERSHIP, _RX_RING, _STATISTICS, _VERSION = 1, 5, 6, 10
_MR_PROMISC: Final = 1
_TPACKET_V3: Final = 2
_KERNEL, _USER = 0, 1
_VLAN_VALID, _VLAN_TPID_VALID = 0x10, 0x40
_OUTGOING: Final = 4
_ALL: Final = 3
"""Every Ethernet type."""
_PLAIN_VLAN: Final = 0x8100

# From <linux/if_arp.h>: links whose packets begin with an Ethernet header.
_ETHER, _LOOPBACK = 1, 772
_SLL2: Final = 276

_BLOCK: Final = 1 << 19
"""Longer than any packet that is read again from a file."""
_BLOCKS: Final = 64
_FRAME: Final = 1 << 11
_RETIRE: Final = 50
"""Milliseconds after which a block is handed over although it is not full."""

_block = struct.Struct("=8xIII")
_packet = struct.Struct("=IIIIIIHH4xIH2x")
_where = struct.Struct("=2x2sIHBB8s")
_WHERE_AT: Final = 48
_STATUS_AT: Final = 8
_cooked = struct.Struct(">2sHIHBB8s")
_MOST_NAMES: Final = 1 << 12


class Ring:
    """Sees the packets of an interface, or of all, those that come up later included. See `source`."""

    def __init__(self, interface: str) -> None:
        self.trouble = ""
        self._name = interface
        self._names: dict[int, str] = {}
        self._dropped = 0
        self._next = 0
        with contextlib.ExitStack() as stack:
            self._socket = stack.enter_context(self._open())
            self._memory = stack.enter_context(self._map())
            self._poll = select.poll()
            self._poll.register(self._socket, select.POLLIN | select.POLLERR)
            if self._failed():
                raise CaptureError(f"the interface {printable(interface, 40)} does not work: {self.trouble}")
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _open(self) -> socket.socket:
        every = self._name == ANY
        try:
            # Bound to all interfaces at once, or first to none.
            return socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL) if every else 0)
        except PermissionError as error:
            raise NotPermittedError(words(error)) from error
        except OSError as error:
            raise CaptureError(f"this system does not let programs capture packets: {words(error)}") from error

    def _map(self) -> mmap.mmap:
        sock = self._socket
        try:
            sock.setsockopt(_SOL_PACKET, _VERSION, _TPACKET_V3)
            frames = _BLOCK * _BLOCKS // _FRAME
            sock.setsockopt(_SOL_PACKET, _RX_RING, struct.pack("=7I", _BLOCK, _BLOCKS, _FRAME, frames, _RETIRE, 0, 0))
            memory = mmap.mmap(sock.fileno(), _BLOCK * _BLOCKS)
            if self._name != ANY:
                sock.bind((self._name, _ALL))
                index = socket.if_nametoindex(self._name)
                # For a mirror port: what it sees is addressed to others.
                sock.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, struct.pack("=iHH8x", index, _MR_PROMISC, 0))
        except OSError as error:
            if error.errno == errno.ENODEV or "interface" in str(error):
                known = [ANY, *(name for _, name in socket.if_nameindex())]
                raise UnknownInterfaceError(self._name, known) from error
            raise CaptureError(f"packets on {printable(self._name, 40)} cannot be captured: {words(error)}") from error
        return memory

    @property
    def dropped(self) -> int:
        """Packets for which the ring had no room."""
        # The kernel resets the counts that it returned.
        _, dropped, _ = struct.unpack("=III", self._socket.getsockopt(_SOL_PACKET, _STATISTICS, 12))
        self._dropped += dropped
        return self._dropped

    def _failed(self) -> bool:
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self.trouble = "it is down" if code == errno.ENETDOWN else os.strerror(code)
        return bool(code)

    def batch(self, wait: float) -> list[LivePacket]:
        """Return the packets of the next block, oldest first; after `wait` seconds none, when none came."""
        at = self._next * _BLOCK
        if not _block.unpack_from(self._memory, at)[0] & _USER:
            ready = self._poll.poll(wait * 1000)
            if any(events & select.POLLERR for _, events in ready):
                self._failed()
            if not _block.unpack_from(self._memory, at)[0] & _USER:
                return []
        found = self._read(at)
        struct.pack_into("=I", self._memory, at + _STATUS_AT, _KERNEL)
        self._next = (self._next + 1) % _BLOCKS
        return found

    def _read(self, at: int) -> list[LivePacket]:
        """Copy the packets of the block at `at`."""
        memory, found = self._memory, []
        _, count, first = _block.unpack_from(memory, at)
        at += first
        for _ in range(count):
            step, second, part, captured, size, status, link, net, tag, tag_kind = _packet.unpack_from(memory, at)
            protocol, index, hardware, kind, length, address = _where.unpack_from(memory, at + _WHERE_AT)
            when, end = second * 1_000_000_000 + part, at + link + captured
            name = self._names.get(index) or self._name_of(index)
            if hardware in {_ETHER, _LOOPBACK}:
                if hardware == _ETHER or kind != _OUTGOING:  # loopback shows each packet going out and coming in
                    data = memory[at + link : end]
                    if status & _VLAN_VALID:
                        data = _tagged(data, tag, tag_kind if status & _VLAN_TPID_VALID else _PLAIN_VLAN)
                    found.append(LivePacket(when, ETHERNET, data, size + len(data) - captured, name))
            else:
                # A tunnel, a VPN, a modem: whatever its header is, it becomes Linux' cooked one.
                head = _cooked.pack(protocol, 0, index, hardware, kind, length, address)
                data = head + memory[at + max(net, link) : end]
                found.append(LivePacket(when, _SLL2, data, size + len(data) - captured, name))
            at += step
        return found

    def _name_of(self, index: int) -> str:
        if len(self._names) >= _MOST_NAMES:  # of containers that come and go
            self._names.clear()
        try:
            name = socket.if_indextoname(index)
        except OSError:  # gone by now
            name = f"interface {index}"
        self._names[index] = name
        return name


def _tagged(data: bytes, tag: int, kind: int) -> bytes:
    """Return a packet with the VLAN tag that the network card took out of it."""
    return data[:12] + struct.pack(">HH", kind, tag & 0xFFFF) + data[12:]
