"""A whole license path: every target, every server of it, every vendor daemon, side by side within a bound."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

import msgspec

from lmwire.evidence import Evidence, Via
from lmwire.licensepath import LicensePath, Target
from lmwire.probe.concurrency import together
from lmwire.probe.first_member import ask_at
from lmwire.probe.resolve import Resolver
from lmwire.probe.settings import Settings
from lmwire.probe.walk import Walk, walk

__all__ = ["PathWalker", "allow_many_sockets", "probe_path"]

_FILES_LEFT: Final = 48
_MANY: Final = 1 << 16
_WINDOWS_SELECT: Final = 450  # select() takes 512 there


async def probe_path(
    path: LicensePath, settings: Settings, on_progress: Callable[[int, int], None] = lambda _done, _total: None
) -> list[tuple[Target, list[list[Evidence]]]]:
    """Walk to every target of `path`.

    Args:
        path: the alternatives, in the application's order.
        settings: how to probe. Vendor daemons that a license file names are used when none are set here.
        on_progress: called with servers done and servers in all, at the start and after each.

    Returns:
        For each target, in order, a list over vendor daemons of the evidences of its servers: one, or three for a
        triad.
    """
    walker = PathWalker(settings, sum(len(target.servers) for target in path.targets), on_progress)
    return await walker.path(path)


class PathWalker:
    """The state that walks share: names are resolved once, sockets and servers at a time are bounded.

    Args:
        settings: how to probe.
        total: servers in all, for `on_progress`.
        on_progress: called with servers done and servers in all, at the start and after each.
    """

    def __init__(
        self, settings: Settings, total: int = 0, on_progress: Callable[[int, int], None] = lambda _done, _total: None
    ) -> None:
        self._settings = settings
        self._resolver = Resolver(family=settings.used_family, wait=settings.resolve_wait)
        self._places = asyncio.Semaphore(settings.parallel)
        self._sockets = asyncio.Semaphore(_sockets_to_be_had())
        self._total = total
        self._done = 0
        self._on_progress = on_progress
        on_progress(0, total)

    async def path(self, path: LicensePath, vendors: tuple[str, ...] = ()) -> list[tuple[Target, list[list[Evidence]]]]:
        """Walk to every target of a path; see `probe_path`.

        `vendors` are asked for instead of those of the settings.
        """
        return await together(self._target(target, vendors) for target in path.targets)

    async def _target(self, target: Target, vendors: tuple[str, ...]) -> tuple[Target, list[list[Evidence]]]:
        settings = self._settings
        asked = vendors or settings.vendors or _named(target)
        if asked != settings.vendors:
            settings = msgspec.structs.replace(settings, vendors=asked)
        plans = [_plan(target, index) for index in range(len(target.servers))]
        servers = await together(self._server(plan, settings) for plan in plans)
        names = _names(servers)
        servers = await together(
            self._completed(plan, found, names) for plan, found in zip(plans, servers, strict=True)
        )
        by_vendor = [[_of_vendor(found, name) for found in servers] for name in names]
        if target.is_triad:
            by_vendor = [await self._as_triad(members) for members in by_vendor]
        return target, by_vendor

    async def _as_triad(self, members: list[Evidence]) -> list[Evidence]:
        """Add what a client learns at the first member of a triad about the vendor daemons of the others."""
        first = members[0].used_address(Via.TARGET)
        asked = await together(ask_at(member, first, self._settings, self._sockets) for member in members[1:])
        return [members[0], *asked]

    async def _server(self, plan: Walk, settings: Settings) -> list[Evidence]:
        async with self._places:
            found = await walk(plan, settings, self._resolver, self._sockets)
        self._done += 1
        self._on_progress(self._done, self._total)
        return found

    async def _completed(self, plan: Walk, found: list[Evidence], names: tuple[str, ...]) -> list[Evidence]:
        """Ask a server of a triad for vendor daemons, too, that only the others listed."""
        known = {evidence.vendor for evidence in found}
        missing = tuple(name for name in names if name not in known)
        if "" in known or not missing:
            return found  # it could not be asked, and what it came to stands for each of them
        asked = msgspec.structs.replace(self._settings, vendors=missing)
        async with self._places:
            return found + await walk(plan, asked, self._resolver, self._sockets)


def _names(servers: list[list[Evidence]]) -> tuple[str, ...]:
    names = dict.fromkeys(evidence.vendor for found in servers for evidence in found if evidence.vendor)
    return tuple(names) or ("",)


def _named(target: Target) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.name for line in target.vendors))


def _plan(target: Target, index: int) -> Walk:
    server = target.servers[index]
    pinned = {line.name: line.port or 0 for line in target.vendors}
    return Walk(target=target.text, host=server.host, port=server.port, pinned=pinned)


def _of_vendor(found: list[Evidence], name: str) -> Evidence:
    return next((evidence for evidence in found if evidence.vendor == name), found[0])


def allow_many_sockets() -> None:
    """Raise this process's soft limit of open files to its hard one: a thousand targets are a thousand sockets.

    For programs, not libraries, to call: it concerns the whole process.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 # there is none on Windows, and no need for it there

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _sockets_to_be_had() -> int:
    """Return how many sockets may be open at a time, some files being left for the rest of the process."""
    try:
        import resource  # noqa: PLC0415 # there is none on Windows
    except ImportError:
        return _WINDOWS_SELECT
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(soft - _FILES_LEFT, 1) if soft != resource.RLIM_INFINITY else _MANY
