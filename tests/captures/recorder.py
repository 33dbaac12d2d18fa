"""dumpcap in a network namespace: from before the first packet to after the last, without a guess at how long."""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from lmwire.netns import Namespace
from tests.captures.pcapng import neutral

__all__ = ["RecorderError", "recorded"]

FILTER: Final = (
    "tcp or icmp or arp or udp port 53 or ether proto 0x88b5 "
    "or (ip6[6] == 58 and (ip6[40] < 128 or ip6[40] == 135 or ip6[40] == 136))"
)
"""All that tells of a license, and of IPv6 its errors and its ARP; not what a fresh interface says to everybody."""

_PROTOCOL: Final = 0x88B5
"""For experiments, IEEE 802: nobody answers it."""

_MARK: Final = b"\xff" * 6 + b"\x02\0\0\0\0\1" + _PROTOCOL.to_bytes(2) + b"end of the recording".ljust(46, b"\0")
_SECONDS: Final = 30.0


class RecorderError(Exception):
    """dumpcap did not do as it should; says what it said."""


@contextlib.contextmanager
def recorded(node: Namespace, interfaces: Sequence[str], file: Path) -> Iterator[None]:
    """Record what the block does on `interfaces` of `node`, and write it to `file` unless the block fails.

    Every packet that was on them by the end of the block is in it, in order of time.

    Raises:
        RecorderError: dumpcap can't record there.
        NetworkUnavailable: there is no dumpcap.
    """
    chosen = [word for interface in interfaces for word in ("-i", interface)]
    # The filter stands first: it is every interface's. To a pipe is written at once, to a file when it pleases.
    command = ["dumpcap", "-q", "-n", "-p", "-f", FILTER, *chosen, "-w", "-"]
    with node.popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            _wait_until_open(process)
            yield
            node.call(_mark, interfaces)
            data = _read_until_marked(process, len(interfaces))
        finally:
            process.kill()  # all that counts has been read
    file.write_bytes(neutral(data, _MARK))


def _wait_until_open(process: subprocess.Popen[str]) -> None:
    """Wait for the line that names the output: by then the interfaces are open, and the filter is in force."""
    said = []
    for line in process.stderr or ():
        if line.startswith("File:"):
            return
        said.append(line.strip())
    raise RecorderError(f"dumpcap ended before it recorded: {' '.join(said)}")


def _mark(interfaces: Sequence[str]) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        for interface in interfaces:
            sender.sendto(_MARK, (interface, _PROTOCOL))


def _read_until_marked(process: subprocess.Popen[str], marks: int) -> bytes:
    """Read until each interface's mark has come: what was on it before has come, too."""
    output = process.stdout
    if output is None:
        raise RecorderError("dumpcap's output is not to be read")
    data, deadline = b"", time.monotonic() + _SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while data.count(_MARK) < marks:
            if not selector.select(deadline - time.monotonic()):
                raise RecorderError(f"dumpcap wrote no end within {_SECONDS:.0f} s ({len(data)} bytes)")
            piece = os.read(output.fileno(), 1 << 16)
            if not piece:
                raise RecorderError(f"dumpcap ended early ({len(data)} bytes)")
            data += piece
    return data
