"""A whole license path: every target, every server of it, every vendor daemon, side by side within a bound."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import msgspec

from lmwire.evidence import Evidence
from lmwire.licensepath import LicensePath, Target
from lmwire.probe.resolve import Resolver
from lmwire.probe.settings import Settings
from lmwire.probe.walk import Walk, walk

__all__ = ["probe_path"]


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
    _allow_many_sockets()
    resolver = Resolver(family=settings.family, wait=settings.resolve_wait)
    places = asyncio.Semaphore(settings.parallel)
    total = sum(len(target.servers) for target in path.targets)
    done = 0
    on_progress(done, total)

    async def one(plan: Walk, chosen: Settings) -> list[Evidence]:
        nonlocal done
        async with places:
            found = await walk(plan, chosen, resolver)
        done += 1
        on_progress(done, total)
        return found

    async def target_of(target: Target) -> tuple[Target, list[list[Evidence]]]:
        chosen = settings if settings.vendors else msgspec.structs.replace(settings, vendors=_named(target))
        plans = [_plan(target, index) for index in range(len(target.servers))]
        servers = await asyncio.gather(*(one(plan, chosen) for plan in plans))
        return target, _by_vendor(servers)

    return list(await asyncio.gather(*map(target_of, path.targets)))


def _named(target: Target) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.name for line in target.vendors))


def _plan(target: Target, index: int) -> Walk:
    server = target.servers[index]
    pinned = {line.name: line.port or 0 for line in target.vendors}
    return Walk(target=target.text, host=server.host, port=server.port, pinned=pinned)


def _by_vendor(servers: list[list[Evidence]]) -> list[list[Evidence]]:
    """Turn evidence by server into evidence by vendor daemon.

    A server that could not be asked for its daemons has one evidence without a name: it stands for each of those
    that the others named.
    """
    names = dict.fromkeys(evidence.vendor for found in servers for evidence in found if evidence.vendor)
    return [[_of_vendor(found, name) for found in servers] for name in names or ("",)]


def _of_vendor(found: list[Evidence], name: str) -> Evidence:
    same = (evidence for evidence in found if evidence.vendor == name)
    return next(same, found[0])


def _allow_many_sockets() -> None:
    """Raise this process's soft limit of open files to its hard one: a thousand targets are a thousand sockets."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 # there is none on Windows, and no need for it there

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
