"""How to probe: everything that a caller may choose, in one frozen value."""

from __future__ import annotations

import getpass
import os
import platform
import socket
from typing import Final

import msgspec

from lmwire.defaults import ANSWER_WAIT, CONNECT_WAIT, PARALLEL
from lmwire.errors import LmwireError
from lmwire.session import Identity
from lmwire.text import printable
from lmwire.wire import Hello, LocalProtocolError

__all__ = ["ProbeError", "Settings", "this_machine"]

RESOLVE_WAIT: Final = 10.0


class ProbeError(LmwireError):
    """The probe cannot do what it was asked, for a reason on this side: a bad --source, no sockets left."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What to ask, and how patiently. All waits are seconds.

    Attributes:
        vendors: vendor daemons to ask for; empty: lmgrd is asked for the names (`dlist`).
        connect_wait: for a connect. The default is cut short where lmgrd's port accepts in a moment; see `hurry`.
        hurry: whether the default of `connect_wait` may be cut short.
        lossless: whether the path is known to lose and to delay nothing, so that `LOSSLESS_CONNECT_WAIT` is enough.
        source: own address to connect from; empty: the system chooses.
        ports: own ports to connect from; None: the system chooses.
        family: 4 or 6 to use only addresses of that family; None for both, or for the one of `source`.
        follow: whether to go on from the referral to the vendor daemon.
        dns: whether to ask the name servers too, beside the system's resolver.
        parallel: how many targets are walked at a time.
    """

    vendors: tuple[str, ...] = ()
    connect_wait: float = CONNECT_WAIT
    answer_wait: float = ANSWER_WAIT
    resolve_wait: float = RESOLVE_WAIT
    hurry: bool = True
    lossless: bool = False
    source: str = ""
    ports: range | None = None
    family: int | None = None
    follow: bool = True
    dns: bool = False
    parallel: int = PARALLEL
    identity: Identity = Identity()

    def __post_init__(self) -> None:
        """Check what the wire must carry.

        Raises:
            ProbeError: a vendor daemon's name that cannot be put into a hello; a source that is not of the family.
        """
        if self.source and self.family not in (None, _version(self.source)):
            raise ProbeError(f"{self.source} is not an IPv{self.family} address")
        for vendor in self.vendors:
            try:
                Hello(vendor=vendor)
            except LocalProtocolError as error:
                raise ProbeError(f"{printable(vendor, 40)!r} cannot be a vendor daemon's name: {error}") from error

    @property
    def used_family(self) -> int | None:
        """The family of addresses that can be used: from an IPv4 address, only IPv4 ones can be reached."""
        return _version(self.source) if self.source else self.family

    @property
    def total(self) -> float:
        """The absolute bound on one walk: two names, and a few conversations one after the other."""
        return 2 * self.resolve_wait + 5 * (self.connect_wait + self.answer_wait) + 1


def _version(address: str) -> int:
    return 6 if ":" in address else 4


def this_machine() -> Identity:
    """Return this user on this machine, as an application would introduce itself; cut to what the wire can say."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # no such user in this container; Windows without USERNAME
        user = "lmwire"
    return Identity(user=_latin(user), host=_latin(socket.gethostname()), pid=os.getpid(), platform=_platform())


def _latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1").replace("\0", "")[:32]


def _platform() -> str:
    if platform.system() == "Windows":
        return "x64_n6"
    if platform.system() == "Darwin":
        return "universal_mac10"
    return "x64_linux" if platform.machine() in {"x86_64", "AMD64"} else "armv8_linux"
