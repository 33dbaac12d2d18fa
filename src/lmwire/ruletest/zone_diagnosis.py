"""Run diagnoses inside a zone: one thread for each client, all its servers in parallel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeVar

import msgspec

from lmwire.defaults import CONNECT_WAIT
from lmwire.diagnosis import Diagnosis
from lmwire.licensepath import parse_path
from lmwire.netns import Namespace, Stop, Task
from lmwire.probe import Settings
from lmwire.ruletest.plan import ClientTarget
from lmwire.workflows.checkup import check

__all__ = ["BRIEF", "STEADY", "WAITS", "Ports", "Waits", "ports_of_look", "walk_all", "walk_one"]

T = TypeVar("T")

Ports = Mapping[tuple[str, str], range]
"""Zone and server → the ports that the zone's clients connect from."""


_FIRST: Final = 32_768
_STRIDE: Final = 439
"""Ports of a look. An odd number: looks begin with even and odd ports by turns."""


class Waits(msgspec.Struct, frozen=True):
    """Seconds to wait for a connect, and for an answer.

    Attributes:
        several: whether one connect may be several, from several ports, a quarter of a second apart. Only for rules
            that treat them all alike.
    """

    connect: float
    answer: float
    several: bool = False


WAITS: Final = Waits(CONNECT_WAIT, 4.0)
"""The usual waits, but a shorter one for answers: the servers run on this machine and are never slow."""

STEADY: Final = Waits(CONNECT_WAIT, 4.0, several=True)
"""The waits for rules without a memory. No link of the network loses or delays a packet."""

BRIEF: Final = Waits(1.5, 2.5)
"""The waits to repeat a known failure: two SYNs, and a request sent twice."""


def walk_all(
    aims: Mapping[str, Sequence[ClientTarget]],
    clients: Mapping[tuple[str, str], Mapping[tuple[str, ...], Namespace]],
    waits: Waits,
    on_done: Callable[[], None] = lambda: None,
    ports: Ports = MappingProxyType({}),
) -> dict[tuple[str, str], dict[tuple[str, ...], list[Diagnosis]]]:
    """Return zone and server → addresses of a client → its diagnoses. Calls `on_done` after each, from any thread.

    Args:
        aims: zone → the targets of its clients.
        clients: zone and server → addresses → the clients that try this server.
        waits: how long to wait.
        on_done: called after each diagnosis.
        ports: the clients' own ports; without them, the system chooses.
    """
    jobs: dict[tuple[str, tuple[str, ...]], list[ClientTarget]] = {}
    machines: dict[tuple[str, tuple[str, ...]], Namespace] = {}
    for zone, aimed in aims.items():
        for aim in aimed:
            for addresses, machine in clients[zone, aim.server].items():
                jobs.setdefault((zone, addresses), []).append(aim)
                machines[zone, addresses] = machine
    tasks: dict[tuple[str, tuple[str, ...]], Task[list[list[Diagnosis]]]] = {
        client: machines[client].thread(
            _in_zone, [(aim, ports.get((client[0], aim.server))) for aim in mine], waits, on_done
        )
        for client, mine in jobs.items()
    }
    found: dict[tuple[str, str], dict[tuple[str, ...], list[Diagnosis]]] = {}
    for (zone, addresses), task in tasks.items():
        for aim, diagnoses in zip(jobs[zone, addresses], task.result(), strict=True):
            found.setdefault((zone, aim.server), {})[addresses] = diagnoses
    return found


def ports_of_look(number: int) -> range:
    """Return the ports that clients connect from in one of several looks, counted from 0."""
    first = _FIRST + _STRIDE * number
    return range(first, first + _STRIDE)


def walk_one(client: Namespace, aim: ClientTarget, waits: Waits, ports: range | None = None) -> list[Diagnosis]:
    """Return the diagnoses of one server, made from `client`; from `ports`, if given."""
    return client.thread(_in_zone, [(aim, ports)], waits, lambda: None).result()[0]


def _in_zone(
    stop: Stop, aims: Sequence[tuple[ClientTarget, range | None]], waits: Waits, on_done: Callable[[], None]
) -> list[list[Diagnosis]]:
    try:
        return asyncio.run(_unless(stop, _walks(aims, waits, on_done)))
    except asyncio.CancelledError:  # stopped: the rest is not needed
        return []


async def _unless(stop: Stop, work: Coroutine[Any, Any, T]) -> T:
    """Await `work`, and cancel it once `stop` is set."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    loop.add_reader(stop.fileno(), task.cancel)
    try:
        return await task
    finally:
        loop.remove_reader(stop.fileno())


async def _walks(
    aims: Sequence[tuple[ClientTarget, range | None]], waits: Waits, on_done: Callable[[], None]
) -> list[list[Diagnosis]]:
    async def walk(aim: ClientTarget, ports: range | None) -> list[Diagnosis]:
        settings = Settings(
            vendors=aim.vendors,
            connect_wait=waits.connect,
            answer_wait=waits.answer,
            hurry=False,
            lossless=waits.several,
            ports=ports,
        )
        found = await check(parse_path(aim.target), settings)
        on_done()
        return found

    return list(await asyncio.gather(*(walk(aim, ports) for aim, ports in aims)))
