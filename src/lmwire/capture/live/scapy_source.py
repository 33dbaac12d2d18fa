"""Packets from scapy's sockets, over libpcap, Npcap or BPF: for systems without Linux' ring."""

from __future__ import annotations

import contextlib
import time
from types import TracebackType
from typing import Any, Final, Self

from lmwire.capture.errors import CaptureError, NotPermittedError, ScapyMissingError, UnknownInterfaceError
from lmwire.capture.files.records import MAX_PACKET, words
from lmwire.capture.live.source import ANY, LivePacket
from lmwire.text import printable

__all__ = ["ScapySource"]

_MOST: Final = 256
"""Packets that a batch has at most."""


class ScapySource:
    """Sees the packets of an interface, or of all that there are at the start. See `lmwire.capture.live.source`."""

    def __init__(self, interface: str) -> None:
        self.trouble = ""
        try:
            # Nothing less knows the interfaces and the links of every system.
            from scapy.all import conf, get_if_list  # noqa: PLC0415 # an extra of the package
        except ImportError as error:
            raise ScapyMissingError from error

        known = get_if_list()
        if interface not in (ANY, *known):
            raise UnknownInterfaceError(interface, [ANY, *known])
        with contextlib.ExitStack() as stack:
            self._sockets: dict[Any, tuple[str, int]] = {}
            for name in known if interface == ANY else [interface]:
                opened = _open(conf, name, promiscuous=interface != ANY)
                stack.callback(opened.close)
                self._sockets[opened] = name, conf.l2types.layer2num.get(opened.LL, 1)
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def dropped(self) -> None:
        """Scapy doesn't tell."""
        return

    def batch(self, wait: float) -> list[LivePacket]:
        """Return the packets that came, at most some hundreds."""
        found: list[LivePacket] = []
        while len(found) < _MOST:
            ready = next(iter(self._sockets)).select(list(self._sockets), 0 if found else wait)
            if not ready:
                break
            for one in ready:
                self._take(one, found)
        return sorted(found)

    def _take(self, one: Any, found: list[LivePacket]) -> None:  # noqa: ANN401 # scapy is untyped
        name, link = self._sockets[one]
        try:
            _, data, when = one.recv_raw(MAX_PACKET)
        except OSError as error:
            self.trouble = f"{printable(name, 40)}: {words(error)}"
            return
        if data:
            found.append(LivePacket(int((when or time.time()) * 1e9), link, data, len(data), name))


def _open(conf: Any, name: str, *, promiscuous: bool) -> Any:  # noqa: ANN401 # scapy is untyped
    from scapy.error import Scapy_Exception  # noqa: PLC0415 # an extra of the package

    try:
        return conf.L2listen(iface=name, promisc=promiscuous)
    except PermissionError as error:
        raise NotPermittedError(words(error)) from error
    except (OSError, Scapy_Exception) as error:
        raise CaptureError(f"packets on {printable(name, 40)} cannot be captured: {words(error)}") from error
