"""Names to addresses: as an application does it (getaddrinfo), and, when asked, as the name servers say it."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from lmwire.evidence import NameFault, Resolution, Via, is_address
from lmwire.text import printable

__all__ = ["MAX_ADDRESSES", "Resolver"]

MAX_ADDRESSES: Final = 8
"""More addresses of one name than this are not tried: a hostile DNS could name thousands."""

_MAX_NAME: Final = 253
_THREADS: Final = 64
# What may be handed to a resolver at all: letters (of any script), digits, and the marks that names really have.
_NAME: Final = re.compile(r"[\w.\-]+\Z")
_FAMILIES: Final = {None: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}
_NOT_FOUND: Final = frozenset(
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY") if hasattr(socket, name)
)


_Found = tuple[str, ...] | NameFault | str
"""Addresses in the system's order, a fault, or the system's own words for "no answer"."""


class Resolver:
    """Looks names up, each once, in a thread. Python does not wait for it at exit, because nothing cancels getaddrinfo.

    Args:
        family: 4, 6, or None for both.
        wait: seconds after which a look-up counts as unanswered; waiting for a free thread is not counted.
    """

    def __init__(self, *, family: int | None, wait: float) -> None:
        self._family = family
        self._wait = wait
        self._free = asyncio.Semaphore(_THREADS)
        self._known: dict[str, asyncio.Task[tuple[_Found, float]]] = {}

    async def look_up(self, name: str, via: Via) -> Resolution:
        """Resolve `name` as an application on this machine would. Never raises for what a name or DNS says."""
        if is_address(name):
            return self._literal(name, via)
        if len(name) > _MAX_NAME or not _NAME.match(name):
            return Resolution(name=name, via=via, source="system", fault=NameFault.INVALID)
        if name not in self._known:
            self._known[name] = asyncio.create_task(self._ask_system(name))
        # A thousand targets may share one name, and one of them may be given up: the others still want the answer.
        found, seconds = await asyncio.shield(self._known[name])
        if isinstance(found, tuple):
            return Resolution(name=name, via=via, source="system", addresses=found, seconds=seconds)
        fault = found if isinstance(found, NameFault) else NameFault.NO_ANSWER
        detail = found if isinstance(found, str) else ""
        return Resolution(name=name, via=via, source="system", fault=fault, detail=detail, seconds=seconds)

    async def _ask_system(self, name: str) -> tuple[_Found, float]:
        await self._free.acquire()
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._wait):
                found = await _in_thread(name, self._family, self._free.release)
        except TimeoutError:
            found = f"no answer within {self._wait:g} s"
        return found, time.monotonic() - started

    def _literal(self, name: str, via: Via) -> Resolution:
        version = 6 if ":" in name else 4
        if self._family not in (None, version):
            return Resolution(name=name, via=via, source="literal", fault=NameFault.OTHER_FAMILY)
        return Resolution(name=name, via=via, source="literal", addresses=(name,))

    async def ask_dns(self, name: str, via: Via) -> Resolution:
        """Ask the name servers of this machine's configuration for `name`, past hosts files and caches."""
        import dns.asyncresolver  # noqa: PLC0415 # a tenth of a second that only --dns pays for
        import dns.exception  # noqa: PLC0415

        started = time.monotonic()
        addresses: list[str] = []
        fault, detail = NameFault.NOT_FOUND, ""
        try:
            resolver = dns.asyncresolver.Resolver()
            # With the search list, as the system's own resolver completes a short name.
            answers = await resolver.resolve_name(
                name, lifetime=self._wait, family=_FAMILIES[self._family], search=True
            )
            addresses = list(answers.addresses())
        except dns.resolver.NXDOMAIN:
            detail = "NXDOMAIN"
        except dns.resolver.NoAnswer:
            detail = "no address record"
        except (dns.exception.DNSException, OSError, ValueError) as error:
            fault, detail = NameFault.NO_ANSWER, printable(str(error), 120)
        return Resolution(
            name=name,
            via=via,
            source="dns",
            addresses=tuple(addresses[:MAX_ADDRESSES]),
            fault=None if addresses else fault,
            detail=detail,
            seconds=time.monotonic() - started,
        )


async def _in_thread(name: str, family: int | None, ended: Callable[[], None]) -> _Found:
    """Look `name` up in a thread; `ended` is called in the loop when the thread is over, waited for or not."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_Found] = loop.create_future()

    def deliver(result: _Found) -> None:
        ended()
        if not done.done():
            done.set_result(result)

    def work() -> None:
        result = _getaddrinfo(name, family)
        if not loop.is_closed():
            try:
                loop.call_soon_threadsafe(deliver, result)
            except RuntimeError:  # the loop closed in between
                return

    threading.Thread(target=work, name=f"resolve {printable(name, 20)}", daemon=True).start()
    return await done


def _getaddrinfo(name: str, family: int | None) -> _Found:
    found = _getaddrinfo_of(name, _FAMILIES[family])
    if (
        found is NameFault.NOT_FOUND
        and family is not None
        and isinstance(_getaddrinfo_of(name, socket.AF_UNSPEC), tuple)
    ):
        return NameFault.OTHER_FAMILY
    return found


def _getaddrinfo_of(name: str, family: int) -> _Found:
    try:
        found = _entries(name, family)
    except socket.gaierror as error:
        return NameFault.NOT_FOUND if error.errno in _NOT_FOUND else str(error.strerror)
    except (UnicodeError, ValueError):
        return NameFault.INVALID
    except OSError as error:
        return error.strerror or "the resolver failed"
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))[:MAX_ADDRESSES]


def _entries(name: str, family: int) -> list[Any]:
    """Ask for the families that this machine has addresses of, as applications do; loopback does not count as one.

    On a machine that has nothing but loopback, that hides every address of a family that is asked for alone.
    """
    try:
        return socket.getaddrinfo(name, None, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
    except socket.gaierror as error:
        if error.errno not in _NOT_FOUND or family == socket.AF_UNSPEC:
            raise
        return socket.getaddrinfo(name, None, family, socket.SOCK_STREAM)
