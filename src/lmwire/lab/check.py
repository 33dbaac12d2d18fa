"""Grade a repair: which clients get a license from the lab's own server, and is all else as it was?"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import msgspec

from lmwire.diagnosis import Diagnosis, Report, Severity, overall_of, worst_of
from lmwire.lab.ipc import Found, Grade
from lmwire.lab.model import Closed, Lab, Passage
from lmwire.lab.name_servers import NameServers
from lmwire.lab.own_service import moved, not_seen
from lmwire.lab.service import LabLicenseService
from lmwire.lab.snapshot import Snapshot, changes, snapshots
from lmwire.lab.unannounced import Knock, choose, knock_at
from lmwire.licensepath import parse_path
from lmwire.netns import Namespace, Stop
from lmwire.probe import Settings
from lmwire.ruletest.plan import SERVES, ClientTarget
from lmwire.ruletest.routes import client_addresses
from lmwire.session import Identity
from lmwire.workflows.checkup import check

__all__ = ["Scene", "grade"]

_CONNECT_WAIT: Final = 2.5
_ANSWER_WAIT: Final = 3.0
_KNOCK_WAIT: Final = 1.5
"""Seconds for two SYNs; all machines are near."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A running lab as a check needs it.

    Attributes:
        lab: the lab with the expected verdicts.
        nodes: machine → its namespace.
        services: server → its license service.
        names: the name servers.
        before: machine → what it was like at the start.
    """

    lab: Lab
    nodes: Mapping[str, Namespace]
    services: Mapping[str, LabLicenseService]
    names: NameServers
    before: Mapping[str, Snapshot]


def grade(scene: Scene, restarted: tuple[str, ...] = ()) -> Grade:
    """Diagnose on every client, knock at what must stay blocked, look at what must stay as it was, and judge all of it.

    Args:
        scene: the running lab.
        restarted: see `Grade`.
    """
    lab, nodes = scene.lab, scene.nodes
    markers = {zone: f"lab-{secrets.token_hex(6)}" for zone in lab.aims()}
    # All clients in parallel, each in its namespace.
    walks = {zone: nodes[zone].thread(_walk, tuple(aimed), markers[zone]) for zone, aimed in lab.aims().items()}
    knocks = [(rule, nodes[rule.zone].thread(_knock, rule)) for rule in lab.closed]
    passages = knock_at(_chosen(scene), nodes)
    found = [
        Found(
            what=f"license service of {name}", state="down", well=False, wrong=(f"it does not run: {service.trouble}",)
        )
        for name, service in scene.services.items()
        if service.trouble
    ]
    for zone, walk in walks.items():
        found += _clients(scene, zone, walk.result(), markers[zone])
    for rule, knock in knocks:
        found += [_closed(rule, port, is_open=is_open) for port, is_open in knock.result().items()]
    found += _unannounced(passages)
    found += [
        Found(what=machine, state="changed", well=False, wrong=(sentence,)) for machine, sentence in _changes(scene)
    ]
    return Grade(solved=all(each.well for each in found), restarted=restarted, found=tuple(found))


def _clients(scene: Scene, zone: str, results: list[list[Diagnosis]], marker: str) -> Iterator[Found]:
    lab = scene.lab
    expected, addresses = lab.plan.expected(), client_addresses(lab.plan, lab.plan.zone(zone))
    for aim, diagnoses in zip(lab.aims()[zone], results, strict=True):
        judged = _judged(zone, aim, expected[zone, aim.server], diagnoses)
        if judged.well:
            asked = tuple(scene.services) if lab.triad else (aim.server,)
            talks = {name: scene.services[name].conversations for name in asked if name in scene.services}
            missed = [each for name in talks for each in not_seen(name, talks[name], marker, addresses)]
            if missed:
                judged = msgspec.structs.replace(judged, well=False, wrong=tuple(missed))
        yield judged


def _chosen(scene: Scene) -> tuple[Knock, ...]:
    """Return the ports to knock at in this check."""
    plan = scene.lab.plan
    clients = {zone.name: client_addresses(plan, zone)[0] for zone in plan.zones}
    servers = {server.name: server.addresses[0] for server in plan.servers}
    taken, vendors = {port for rule in scene.lab.closed for port in rule.ports}, set[int]()
    taken |= {service.port for service in scene.lab.services}
    for service in scene.services.values():
        lmgrd, daemons = service.ports or (0, {})
        vendors |= set(daemons.values())
        taken |= {lmgrd, *vendors}
    elsewhere = (*clients.values(), *(servers[name] for name in scene.lab.down))
    vendors_elsewhere = {} if scene.lab.triad else dict.fromkeys(elsewhere, vendors)
    return choose(scene.lab.unannounced, {**clients, **servers}, taken, vendors_elsewhere)


def _unannounced(passages: Mapping[Knock, Passage]) -> Iterator[Found]:
    """Yield one measurement for each zone and address, with a sentence for the first port that is not as it was."""
    for (zone, address), group in groupby(passages.items(), lambda each: (each[0].zone, each[0].address)):
        ends = list(group)
        wrong = [(knock, end) for knock, end in ends if end != knock.stays]
        stays, state = ends[0][0].stays, wrong[0][1] if wrong else ends[0][1]
        sentences: tuple[str, ...] = ()
        if wrong:
            ports = ", ".join(str(knock.port) for knock, _ in wrong)
            sentences = (f"TCP {ports} of {address}: {_OTHERWISE[state]}{_MUST[stays]}",)
        yield Found(what=f"{zone}, other ports of {address}", state=_WORDS[state], well=not wrong, wrong=sentences)


_WORDS: Final = {"blocked": "blocked", "elsewhere": "intercepted", "payload-lost": "inspected", "passes": "open"}
_OTHERWISE: Final = {
    "blocked": "nothing accepts a connection.",
    "elsewhere": "another machine accepts the connection.",
    "payload-lost": "a connection is accepted.",
    "passes": "a connection and its data pass.",
}
_MUST: Final = {
    "blocked": " No license needs these ports: they must stay blocked.",
    "elsewhere": " The proxy must still take all other traffic.",
    "payload-lost": " The inspection must still drop unknown data on all other ports.",
    "passes": " They must stay open.",
}


def _changes(scene: Scene) -> Iterator[tuple[str, str]]:
    lab, plan = scene.lab, scene.lab.plan
    yield from moved(lab, scene.services)
    yield from changes(scene.before, snapshots(scene.nodes), lab.mended, [zone.name for zone in plan.zones])
    for each in lab.names:
        answer = scene.names.answer(each.zone, each.name)
        if answer != (each.address,):
            yield (
                each.zone,
                f"Its name server must answer {each.address} for {each.name}, not {', '.join(answer) or 'nothing'}.",
            )


def _walk(_stop: Stop, aims: tuple[ClientTarget, ...], marker: str) -> list[list[Diagnosis]]:
    async def walk(aim: ClientTarget) -> list[Diagnosis]:
        settings = Settings(
            vendors=aim.vendors, connect_wait=_CONNECT_WAIT, answer_wait=_ANSWER_WAIT, identity=Identity(user=marker)
        )
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
