"""Run a plan: build it, let lmwire diagnose it from the client, and compare with what the plan must lead to."""

from __future__ import annotations

import asyncio
import traceback

import msgspec

from lmwire.defaults import CONNECT_WAIT
from lmwire.diagnosis import Diagnosis, diagnose
from lmwire.evidence import Evidence
from lmwire.licensepath import parse_path
from lmwire.probe import Settings, probe_path
from tests.networks.build import build
from tests.networks.model import expected, words
from tests.networks.plan import VENDOR, Plan, show

__all__ = ["Result", "check", "run"]

_SLOW = ("slow", "slow-reader", "pieces")
_SHORT_WAIT = 4.0
"""For an answer, where nothing delays one: half of all plans wait for answers that never come."""

_LONG_WAIT = 20.0
"""For an answer where packets are lost: when the SYN was, and then the hello, and then its acknowledgement, the kernel
asks for the third time after nine seconds."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How a plan went. Texts, so that it passes between processes.

    Attributes:
        expected, found: verdict id and severity.
        reason: of an inconclusive verdict.
        seconds: the walk alone took.
        evidence: as JSON.
        trouble: why there is no diagnosis, as a traceback.
    """

    plan: Plan
    expected: str
    why: str
    found: str = ""
    reason: str = ""
    seconds: float = 0.0
    evidence: str = ""
    trouble: str = ""

    @property
    def right(self) -> bool:
        """Whether the verdict is the expected one; an inconclusive one must give its reason."""
        return self.found == self.expected and self.found.startswith("inconclusive") == bool(self.reason)

    def report(self) -> str:
        """Return all there is to know, for whoever looks into a mismatch."""
        return "\n".join(
            (
                f"seed {self.plan.seed}: expected {self.expected} ({self.why}), found {self.found or 'nothing'}",
                f"repeat it: python -m tests.networks --count 1 --seed {self.plan.seed}",
                show(self.plan),
                self.evidence or self.trouble,
            )
        )


def settings_for(plan: Plan, connect_wait: float = CONNECT_WAIT) -> Settings:
    """Return the default settings, but for the wait that this network calls for."""
    daemons = (plan.lmgrd, plan.vendor, *(() if plan.other_service is None else (plan.other_service,)))
    slow = bool(plan.delays or plan.pause or plan.limit) or any(daemon.behaviour in _SLOW for daemon in daemons)
    settings = Settings(vendors=(VENDOR,) if plan.vendor_named else (), connect_wait=connect_wait)
    if plan.lossy < 0 and slow:
        return settings
    return msgspec.structs.replace(settings, answer_wait=_SHORT_WAIT if plan.lossy < 0 else _LONG_WAIT)


def run(plan: Plan, connect_wait: float = CONNECT_WAIT) -> Diagnosis:
    """Build the network of `plan`, and return the diagnosis made from its client."""
    with build(plan) as lab:
        return diagnose(lab.client.call(_probe, lab.license_path, settings_for(plan, connect_wait)))


def _probe(license_path: str, settings: Settings) -> Evidence:
    [(_target, [[evidence]])] = asyncio.run(probe_path(parse_path(license_path), settings))
    return evidence


def check(plan: Plan, connect_wait: float = CONNECT_WAIT) -> Result:
    """Run `plan` and compare. Never raises for what goes wrong in it."""
    wanted = expected(plan)
    result = Result(plan=plan, expected=str(wanted), why=wanted.why)
    try:
        diagnosis = run(plan, connect_wait)
    except Exception:  # noqa: BLE001 - whatever it is, the others go on and this one is listed
        return msgspec.structs.replace(result, trouble=traceback.format_exc())
    return msgspec.structs.replace(
        result,
        found=words(diagnosis.verdict.id, diagnosis.verdict.severity.value),
        reason=diagnosis.verdict.reason,
        seconds=diagnosis.evidence.seconds,
        evidence=msgspec.json.format(msgspec.json.encode(diagnosis.evidence), indent=1).decode(),
    )
