"""Grade a repair: measure which clients get a license now, and whether forbidden ports are still blocked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from lmwire.diagnosis import Diagnosis, Report, Severity, overall_of, worst_of
from lmwire.lab.ipc import Found, Grade
from lmwire.lab.model import Closed, Lab
from lmwire.licensepath import parse_path
from lmwire.netns import Namespace, Stop
from lmwire.probe import Settings
from lmwire.ruletest.plan import SERVES, ClientTarget
from lmwire.workflows.checkup import check

__all__ = ["grade"]

_CONNECT_WAIT: Final = 2.5
_ANSWER_WAIT: Final = 3.0
_KNOCK_WAIT: Final = 1.5
"""Seconds for two SYNs; all machines are near."""


def grade(
    lab: Lab,
    nodes: Mapping[str, Namespace],
    restarted: tuple[str, ...] = (),
    troubles: Mapping[str, str] = MappingProxyType({}),
) -> Grade:
    """Run a diagnosis on every client, connect to every forbidden port, and judge both.

    Args:
        lab: the lab with the expected verdicts.
        nodes: zone → client.
        restarted: see `Grade`.
        troubles: server → why its license service does not run.
    """
    aims, expected = lab.aims(), lab.plan.expected()
    # All clients in parallel, each in its namespace.
    walks = {zone: nodes[zone].thread(_walk, tuple(aimed)) for zone, aimed in aims.items()}
    knocks = [(rule, nodes[rule.zone].thread(_knock, rule)) for rule in lab.closed]
    found = [
        Found(what=f"license service of {name}", state="down", well=False, wrong=(f"it does not run: {why}",))
        for name, why in troubles.items()
    ]
    found += [
        _judged(zone, aim, expected[zone, aim.server], diagnoses)
        for zone, walk in walks.items()
        for aim, diagnoses in zip(aims[zone], walk.result(), strict=True)
    ]
    for rule, knock in knocks:
        found += [_closed(rule, port, is_open=is_open) for port, is_open in knock.result().items()]
    return Grade(solved=all(each.well for each in found), restarted=restarted, found=tuple(found))


def _walk(_stop: Stop, aims: tuple[ClientTarget, ...]) -> list[list[Diagnosis]]:
    async def walk(aim: ClientTarget) -> list[Diagnosis]:
        settings = Settings(vendors=aim.vendors, connect_wait=_CONNECT_WAIT, answer_wait=_ANSWER_WAIT)
        return await check(parse_path(aim.target), settings)

    async def all_of_them() -> list[list[Diagnosis]]:
        return list(await asyncio.gather(*map(walk, aims)))

    return asyncio.run(all_of_them())


def _judged(zone: str, aim: ClientTarget, expected: tuple[str, ...], diagnoses: list[Diagnosis]) -> Found:
    report = Report(overall=overall_of(diagnoses), diagnoses=tuple(diagnoses))
    told = worst_of(diagnoses) or diagnoses[0]
    # "healthy" means a reliable license. A triad without quorum, for example, is not reliable.
    wanted = {"ok"} if SERVES not in expected else {"ok", "warning"}
    well = report.overall.value in wanted
    # A triad's headline is about its best member; the problems are those of the others.
    others = [f"{each.server}: {each.headline}" for each in told.members if each.severity is not Severity.OK]
    return Found(
        what=f"{zone}, {aim.target}",
        well=well,
        state=told.verdict.id,
        wrong=() if well else (told.verdict.headline, *others),
    )


def _knock(_stop: Stop, rule: Closed) -> dict[int, bool]:
    """Return port → whether a connect is accepted."""

    async def knock(port: int) -> bool:
        try:
            async with asyncio.timeout(_KNOCK_WAIT):
                _, writer = await asyncio.open_connection(rule.address, port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True

    async def all_of_them() -> list[bool]:
        return list(await asyncio.gather(*map(knock, rule.ports)))

    return dict(zip(rule.ports, asyncio.run(all_of_them()), strict=True))


def _closed(rule: Closed, port: int, *, is_open: bool) -> Found:
    name = f"TCP {port} of {rule.address}"
    return Found(
        what=f"{rule.zone}, {name}",
        state="open" if is_open else "blocked",
        well=not is_open,
        wrong=(f"{name} is open, but must stay blocked",) if is_open else (),
    )
