"""Opens the source of packets: one interface, or all of them.

Linux has a source of its own (`lmwire.capture.live.ring`); elsewhere scapy's does, over libpcap, Npcap or BPF.
"""

from __future__ import annotations

import sys

from lmwire.capture.live.source import ANY, PacketSource

__all__ = ["listen"]


def listen(interface: str = ANY) -> PacketSource:
    """Begin to see the packets of an interface, or of all.

    Raises:
        UnknownInterfaceError: there is none of that name.
        NotPermittedError: this user may not.
        CaptureError: it cannot be done for another reason, such as a machine without libpcap.
    """
    if sys.platform == "linux":
        from lmwire.capture.live.ring import Ring  # noqa: PLC0415 # of Linux only

        return Ring(interface)
    from lmwire.capture.live.scapy_source import ScapySource  # noqa: PLC0415 # it needs scapy

    return ScapySource(interface)
