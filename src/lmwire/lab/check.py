"""The grade: who gets a license now, and whether what must stay blocked still is. Measured, never guessed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import msgspec

from lmwire.checkup import check
from lmwire.defaults import CONNECT_WAIT
from lmwire.diagnosis import Diagnosis, Report, Severity, overall_of
from lmwire.firewalltest.plan import SERVES, Aim
from lmwire.lab.model import Closed, Lab
from lmwire.licensepath import parse_path
from lmwire.probe import Settings
from mockserver.network import Namespace, Stop

__all__ = ["Found", "Grade", "grade"]

_ANSWER_WAIT: Final = 4.0
_KNOCK_WAIT: Final = 1.5
"""For two SYNs: nothing here is far."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was measured.

    Attributes:
        what: in words, escaped.
        well: whether it is as it should be.
        verdict: of a diagnosis; empty for a port that must stay blocked.
        headline, remedies: of a diagnosis that is not well.
    """

    what: str
    well: bool
    verdict: str = ""
    headline: str = ""
    remedies: tuple[str, ...] = ()


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """What a check comes to.

    Attributes:
        solved: whether all is well.
        restarted: what the license services serve after the restart that the check made, one line each.
        found: clients first, then ports.
    """

    solved: bool
    restarted: tuple[str, ...]
    found: tuple[Found, ...]


def grade(lab: Lab, nodes: Mapping[str, Namespace], restarted: tuple[str, ...] = ()) -> Grade:
    """Diagnose from every client, knock on what must stay blocked, and judge both.

    Args:
        lab: what is expected.
        nodes: zone → client.
        restarted: see `Grade`.
    """
    aims, expected = lab.aims(), lab.plan.expected()
    # All clients at a time, each in its own namespace.
    walks = {zone: nodes[zone].thread(_walk, tuple(aimed)) for zone, aimed in aims.items()}
    knocks = [(rule, nodes[rule.zone].thread(_knock, rule)) for rule in lab.closed]
    found = [
        _judged(zone, aim, expected[zone, aim.server], diagnoses)
        for zone, walk in walks.items()
        for aim, diagnoses in zip(aims[zone], walk.result(), strict=True)
    ]
    for rule, knock in knocks:
        found += [_closed(rule, port, is_open=is_open) for port, is_open in knock.result().items()]
    return Grade(solved=all(each.well for each in found), restarted=restarted, found=tuple(found))


def _walk(_stop: Stop, aims: tuple[Aim, ...]) -> list[list[Diagnosis]]:
    async def walk(aim: Aim) -> list[Diagnosis]:
        settings = Settings(vendors=aim.vendors, connect_wait=CONNECT_WAIT, answer_wait=_ANSWER_WAIT)
        return await check(parse_path(aim.target), settings)

    async def all_of_them() -> list[list[Diagnosis]]:
        return list(await asyncio.gather(*map(walk, aims)))

    return asyncio.run(all_of_them())


def _judged(zone: str, aim: Aim, expected: tuple[str, ...], diagnoses: list[Diagnosis]) -> Found:
    report = Report(overall=overall_of(diagnoses), diagnoses=tuple(diagnoses))
    told = max(diagnoses, key=lambda each: list(Severity).index(each.verdict.severity))
    # A license that can't be relied on is not what "healthy" promises: a triad without quorum, for instance.
    wanted = {"ok"} if SERVES not in expected else {"ok", "warning"}
    well = report.overall.value in wanted
    return Found(
        what=f"{zone}, {aim.target}",
        well=well,
        verdict=told.verdict.id,
        headline="" if well else told.verdict.headline,
        remedies=() if well else told.verdict.remedies,
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
    sentence = f"TCP {port} of {rule.address} is open from {rule.zone}, and nobody asked for that"
    return Found(
        what=f"TCP {port} of {rule.address} is blocked from {rule.zone}",
        well=not is_open,
        headline=sentence if is_open else "",
    )
