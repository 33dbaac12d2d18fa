"""Trace a machine's rules. An extra table marks the packets to trace and decides nothing."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import subprocess
import threading
import time
from typing import Final

from lmwire.netns import Namespace, NetworkError
from lmwire.ruletest.loaded_rules import LoadedRules, parse_loaded
from lmwire.ruletest.trace import Traced, read_trace

__all__ = ["Watch"]

_TABLE: Final = "lmwire_trace"
_MARKERS: Final = range(40_000, 60_000)
_RULES: Final = f"""
table inet {_TABLE} {{
  chain watched {{
    meta l4proto tcp meta nftrace set 1
    icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }} meta nftrace set 1
    icmp type {{ destination-unreachable, time-exceeded }} meta nftrace set 1
    icmpv6 type {{ destination-unreachable, packet-too-big, time-exceeded }} meta nftrace set 1
  }}
  chain prerouting {{
    type filter hook prerouting priority -400
    iifname != "lo" jump watched
  }}
  chain output {{
    type filter hook output priority -400
    oifname != "lo" jump watched
    oifname "lo" udp dport {_MARKERS[0]}-{_MARKERS[-1]} meta nftrace set 1
  }}
  chain forward {{
    type filter hook forward priority -400
  }}
  chain input {{
    type filter hook input priority -400
  }}
}}
"""
"""The chains forward and input show that the kernel routed a packet: one that it drops before is in neither."""
_ARP_RULES: Final = f"""
table arp {_TABLE} {{
  chain input {{
    type filter hook input priority -400
    meta nftrace set 1
  }}
  chain output {{
    type filter hook output priority -400
    meta nftrace set 1
  }}
}}
"""
_SECONDS: Final = 10.0
_AGAIN: Final = 0.05
_MOST_LINES: Final = 200_000


class Watch:
    """Traces all TCP packets and ICMP errors on one machine, inside a `with` block.

    Attributes:
        loaded: the machine's own rules.

    Raises NetworkUnavailable without nft, NetworkError when the kernel cannot trace.
    """

    def __init__(self, node: Namespace) -> None:
        self._node = node
        self._changed = threading.Condition()
        self._lines: list[str] = []
        self._markers = itertools.cycle(_MARKERS)
        self.loaded = self._list()
        arp = any(table.startswith("arp ") for table, _ in self.loaded.bases)
        node.nft(f"{_RULES}{_ARP_RULES if arp else ''}")  # many kernels have no tables of this family
        self._monitor = node.popen(["nft", "-a", "monitor", "trace"], stdout=subprocess.PIPE)
        if self._monitor.stdout is None:
            raise NetworkError("nft has no output")
        self._reader = threading.Thread(target=self._read, args=(self._monitor.stdout.fileno(),), daemon=True)
        self._reader.start()
        self.seen()

    def close(self) -> None:
        """Stop the trace. The marking tables go with the machine."""
        self._monitor.kill()
        self._monitor.wait(_SECONDS)
        self._reader.join(_SECONDS)
        if self._monitor.stdout is not None:
            self._monitor.stdout.close()

    def _read(self, descriptor: int) -> None:
        rest = b""
        while chunk := os.read(descriptor, 1 << 16):
            *lines, rest = (rest + chunk).split(b"\n")
            with self._changed:
                room = _MOST_LINES - len(self._lines)
                self._lines += [line.decode("utf-8", "replace") for line in lines[:room]]
                self._changed.notify_all()

    def seen(self) -> list[Traced]:
        """Return the paths of all packets since the last call.

        A marker packet on loopback shows when all earlier packets are read. It is repeated until it is seen, because
        the first may be earlier than the monitor.
        """
        port = next(self._markers)
        wanted = f" udp dport {port} "
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            self._node.inside(lambda: _send(port))
            with self._changed:
                if self._changed.wait_for(lambda: any(wanted in line for line in self._lines), _AGAIN):
                    lines, self._lines = self._lines, []
                    return [_without_ours(way) for way in read_trace(lines)]
        raise NetworkError("nft shows no trace of any packet: this kernel cannot trace, or the machine is too slow")

    def _list(self) -> LoadedRules:
        """Return the machine's rules, before the marking table is among them."""
        listed = self._node.run(["nft", "-j", "-a", "list", "ruleset"]).stdout
        anonymous = "jump {" in listed or "goto {" in listed
        netlink = self._node.run(["nft", "-a", "--debug=netlink", "list", "ruleset"]).stdout if anonymous else ""
        return parse_loaded(listed, netlink)


def _send(port: int) -> None:
    # The trace starts before any rule of the machine can drop the marker.
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as marker:
        marker.sendto(b"", ("127.0.0.1", port))


def _without_ours(way: Traced) -> Traced:
    ours = [step for step in way.steps if step.table.endswith(f" {_TABLE}")]
    routed = any(step.chain in {"forward", "input"} for step in ours)
    others = [step for step in way.steps if not step.table.endswith(f" {_TABLE}")]
    return Traced(way.packet, others, routed=routed)
