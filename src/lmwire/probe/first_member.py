"""A client's fallback in a triad: the first member's address, with the port that another member refers to."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec

from lmwire.evidence import Answer, Evidence, Role, Via
from lmwire.ports import port_dialled
from lmwire.probe.leg import Question, ask
from lmwire.probe.settings import ProbeError, Settings

__all__ = ["ask_at"]


async def ask_at(
    evidence: Evidence, address: str, settings: Settings, sockets: asyncio.Semaphore | None = None
) -> Evidence:
    """Ask at `address`, the first member of this server's triad, for the vendor daemon that this server refers to.

    A client does so when it does not find the vendor daemon where the referral says. Returns the evidence unchanged
    where a client has no reason to.
    """
    referral = evidence.referral
    if referral is None or not evidence.followed or not (port := port_dialled(referral.port)):
        return evidence
    asked = any((leg.address, leg.port) == (address, port) for leg in evidence.legs_of(Role.VENDOR))
    named = evidence.used_address(Via.REFERRAL)
    legs = evidence.legs_of(Role.VENDOR, Via.REFERRAL)
    served = any(leg.answer is Answer.HELLO and leg.address == named for leg in legs)
    if asked or served or not address:
        return evidence
    question = Question(
        role=Role.VENDOR, via=Via.FIRST_MEMBER, host=address, address=address, port=port, vendor=evidence.vendor
    )
    try:
        async with sockets or contextlib.nullcontext():
            probed = await ask(question, settings, began=asyncio.get_running_loop().time() - evidence.seconds)
    except ProbeError:
        return evidence
    return msgspec.structs.replace(evidence, legs=(*evidence.legs, probed.leg))
