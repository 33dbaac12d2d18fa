"""What unmodified clients do in a network, beside what lmwire sees there: the material for judging predictions."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from lmwire.evidence import Evidence
from lmwire.licensepath import parse_path
from lmwire.probe import Settings, probe_path
from tests.networks.build import Lab, build_path
from tests.networks.path_plan import PathPlan
from tests.networks.pool import in_processes
from tests.referee.clients import VENDOR, Client, client
from tests.referee.errors import NoReportError, RefereeError
from tests.referee.running import run_client

__all__ = ["Observed", "Seen", "observe", "observe_all"]

_ANSWER_WAIT: Final = 12.0
"""More than a client waits, so that what it finds slow is not called silent."""


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What one client reported first.

    Attributes:
        code: such as "-15,570"; None when it reported nothing in all its time.
        system_error: its number; None where it named none.
        seconds: until then.
    """

    client: str
    code: str | None = None
    system_error: int | None = None
    seconds: float | None = None

    @property
    def served(self) -> bool:
        """Whether it got as far as the vendor daemon, which has no such feature."""
        return self.code is not None and self.code.startswith("-5,")


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A network, what lmwire saw in it, and what each client reported.

    Attributes:
        evidence: of each entry of the license path, of each of its servers.
        trouble: why there is nothing else, as a traceback.
    """

    plan: PathPlan
    evidence: tuple[tuple[Evidence, ...], ...] = ()
    observed: tuple[Observed, ...] = ()
    trouble: str = ""


def observe(plan: PathPlan, clients: tuple[str, ...]) -> Seen:
    """Build the network of `plan`; let lmwire walk, and then all clients, side by side. Never raises."""
    try:
        with build_path(plan, VENDOR) as lab:
            evidence = lab.client.call(_probe, lab.license_path)
            with ThreadPoolExecutor(len(clients)) as pool:
                observed = tuple(pool.map(lambda name: _observe(lab, client(name)), clients))
    except Exception:  # noqa: BLE001 - whatever it is, the others go on and this one is listed
        return Seen(plan=plan, trouble=traceback.format_exc())
    return Seen(plan=plan, evidence=evidence, observed=observed)


def _probe(license_path: str) -> tuple[tuple[Evidence, ...], ...]:
    settings = Settings(vendors=(VENDOR,), answer_wait=_ANSWER_WAIT)
    found = asyncio.run(probe_path(parse_path(license_path), settings))
    return tuple(tuple(evidences) for _target, [evidences] in found)


def _observe(lab: Lab, who: Client) -> Observed:
    try:
        report = run_client(who, lab.license_path, popen=lab.client.popen, only_first=True)
    except NoReportError:
        return Observed(client=who.id)
    except RefereeError as error:
        raise RefereeError(f"{who.id}: {error}") from error
    first = report.first
    return Observed(
        client=who.id,
        code=first.code,
        system_error=None if first.system_error is None else first.system_error.number,
        seconds=round(report.first_seconds, 2),
    )


def observe_all(plans: Iterable[PathPlan], clients: tuple[str, ...], jobs: int) -> Iterator[Seen]:
    """Yield what is seen in each network as it is there."""
    yield from in_processes(observe, [(plan, clients) for plan in plans], jobs)
