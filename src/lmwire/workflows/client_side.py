"""The machine that measures, for tickets: who, where, when, and with which limits."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from lmwire.diagnosis.model import Client, Diagnosis
from lmwire.text import printable
from lmwire.version import __version__

__all__ = ["client_of", "utc_now"]

_RESOLVER: Final = Path("/etc/resolv.conf")
_MARKS: Final = ("/.dockerenv", "/run/.containerenv")
_OF_CONTAINERS: Final = ("docker", "kubepods", "containerd", "libpod", "lxc")
_MOST: Final = 4096
_SHOWN: Final = 100


def utc_now() -> datetime:
    """Return the time now, UTC."""
    return datetime.now(UTC)


def client_of(diagnoses: Iterable[Diagnosis], began: datetime, *, anonymous: bool = False) -> Client:
    """Describe this machine.

    Args:
        diagnoses: what it measured: their connections tell which of its addresses it used.
        began: when the measurement began, UTC.
        anonymous: leave out the names of user and machine.
    """
    walks = [
        evidence for each in diagnoses for evidence in (each.evidence, *(other.evidence for other in each.members))
    ]
    used = dict.fromkeys(leg.local for walk in walks for leg in walk.legs if leg.local)
    return Client(
        measured=f"{began:%Y-%m-%dT%H:%M:%SZ}",
        user="" if anonymous else _user(),
        host="" if anonymous else printable(socket.gethostname(), _SHOWN),
        addresses=tuple(used),
        resolver=_name_servers(),
        open_files=_open_files(),
        container=_container(),
        version=__version__,
    )


def _user() -> str:
    try:
        return printable(getpass.getuser(), _SHOWN)
    except (KeyError, OSError, ImportError):  # no such user in this container; Windows without USERNAME
        return ""


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_MOST)
    except OSError:
        return ""


def _name_servers() -> tuple[str, ...]:
    words = (line.split() for line in _read(_RESOLVER).splitlines())
    return tuple(printable(each[1], _SHOWN) for each in words if len(each) > 1 and each[0] == "nameserver")


def _open_files() -> int | None:
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415 # which Windows does not have

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def _container() -> bool | None:
    if sys.platform != "linux":
        return None
    if "container" in os.environ or any(Path(mark).exists() for mark in _MARKS):
        return True
    return any(word in _read(Path("/proc/1/cgroup")) for word in _OF_CONTAINERS)
