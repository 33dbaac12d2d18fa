"""From evidence to the one thing that is wrong. Pure: no network, no clock, no words for people.

`judge` walks the same stages as the application does, and stops at the first that fails:

    name → lmgrd's connect → lmgrd's dialogue → the referral → its name → the vendor daemon's connect → its dialogue
"""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from lmwire.addresses import is_loopback
from lmwire.diagnosis.model import Severity
from lmwire.evidence import (
    VENDOR_DOWN,
    Answer,
    Asked,
    Connect,
    Dialogue,
    Evidence,
    Leg,
    ReferralSeen,
    Resolution,
    Role,
    Via,
    is_address,
)
from lmwire.ports import MAX_PORT

__all__ = [
    "Judgement",
    "Story",
    "furthest",
    "is_loopback",
    "judge",
    "leads_elsewhere",
    "other_daemon",
    "points_back",
]

CONNECT_VERDICTS: Final = {
    Connect.REFUSED: "refused",
    Connect.REJECTED: "rejected",
    Connect.FILTERED: "filtered",
    Connect.UNREACHABLE: "unreachable",
    Connect.DENIED: "denied",
}
DIALOGUE_VERDICTS: Final = {
    Dialogue.SILENT: "silent",
    Dialogue.CLOSED: "closes",
    Dialogue.RESET: "closes",
    Dialogue.LOST: "payload-lost",
    Dialogue.GARBLED: "garbled",
    Dialogue.FOREIGN: "foreign",
    Dialogue.ERROR: "error",
}

# Of several addresses, the one that got furthest tells most about the service; the others become findings.
_PROGRESS: Final = (
    Connect.UNKNOWN,
    Connect.DENIED,
    Connect.UNREACHABLE,
    Connect.FILTERED,
    Connect.REJECTED,
    Connect.REFUSED,
    Connect.ESTABLISHED,
)


class Story(enum.StrEnum):
    """Which of several stories a verdict tells. Of a name, the values of `NameFault` tell it as well."""

    DIRECT = "direct"
    """A vendor daemon answers on the very port of the license path."""
    OTHER_DAEMON = "other daemon"
    """The vendor daemon that answers is another than the one asked for."""
    DIRECT_OTHER_DAEMON = "direct, other daemon"
    THIS_HOST = "this_host"
    """A license file whose SERVER line names no server."""
    LISTED = "listed"
    """lmgrd itself named the vendor daemon, to `dlist`."""
    UNLISTED = "unlisted"
    """lmgrd named its vendor daemons, to `dlist`, and not this one."""
    WORDS = "words"
    """An error without a code."""
    STOPPED = "stopped"
    """The walk ended at the referral because it was told to."""
    NAMELESS = "nameless"
    """A referral without a host."""
    CIRCLE = "circle"
    """A referral that leads back to lmgrd."""
    ADDRESS = "address"
    """A referral whose host is an address."""
    ELSEWHERE = "elsewhere"
    """Met at another address than the one at which lmgrd gave the referral."""
    ORDER = "order"
    """A proper message at the wrong place."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Which verdict, how severe, and the leg that decided.

    Attributes:
        leg: None when no connection was at fault, as with a name.
        variant: which of several stories of that verdict it is, where they differ: a `Story`, or the value of a
            `NameFault`; see `lmwire.diagnosis.variants`.
        reason: why there is no answer; only with "inconclusive".
    """

    id: str
    severity: Severity = Severity.CRITICAL
    leg: Leg | None = None
    variant: str = ""
    reason: str = ""


def judge(evidence: Evidence) -> Judgement:
    """Return what the evidence shows. Never raises; what it can't tell is "inconclusive" with the reason."""
    if evidence.failure:
        return Judgement(id="inconclusive", reason=evidence.failure)
    return _judge_lmgrd(evidence)


def _judge_lmgrd(evidence: Evidence) -> Judgement:
    legs = evidence.legs_of(Role.LMGRD)
    if not legs:
        look = evidence.resolution_of(Via.TARGET)
        if look is not None and not look.addresses:
            return Judgement(id="name-unresolvable", variant=_name_story(evidence, look))
        return Judgement(id="inconclusive", reason="no connection to the server was seen")
    leg = _deciding_lmgrd_leg(evidence, legs)
    talks = leg.answered or leg.dialogue is Dialogue.ERROR
    # What answers a hello as a vendor daemon does has shown what it is, whomever it was asked for.
    if talks and not evidence.vendor and leg.answer is not Answer.HELLO:
        return _nobody_asked_for(evidence, leg)
    failed = _failed(leg, "lmgrd")
    if failed is not None and failed.id == "vendor-daemon-down" and evidence.daemons:
        story = Story.LISTED if evidence.vendor in evidence.daemons else Story.UNLISTED
        return msgspec.structs.replace(failed, variant=story)
    return failed or _judge_answer(evidence, leg)


def _judge_answer(evidence: Evidence, leg: Leg) -> Judgement:
    if leg.answer is Answer.HELLO and evidence.port is None:
        return Judgement(id="range-shadowed", leg=leg)
    if leg.answer is Answer.HELLO:
        # A vendor daemon on the very port of the license path: clients need no lmgrd then. [obs]
        story = Story.DIRECT_OTHER_DAEMON if other_daemon(evidence, leg) else Story.DIRECT
        return Judgement(id="healthy", severity=Severity.WARNING, leg=leg, variant=story)
    if evidence.referral is None:
        return Judgement(id="inconclusive", leg=leg, reason="lmgrd's answer held no referral")
    return _judge_referral(evidence, evidence.referral)


def _name_story(evidence: Evidence, look: Resolution) -> str:
    # In a license file it stands for the machine that reads it; as port@this_host it is a name like any other. [obs]
    if evidence.host.lower() == "this_host" and "@" not in evidence.target:
        return Story.THIS_HOST
    return look.fault.value if look.fault is not None else ""


def other_daemon(evidence: Evidence, leg: Leg) -> bool:
    """Whether another vendor daemon answered than the one asked for: a client does not look at its name."""
    return bool(evidence.vendor and leg.peer) and leg.peer.lower() != evidence.vendor.lower()


def _deciding_lmgrd_leg(evidence: Evidence, legs: tuple[Leg, ...]) -> Leg:
    hellos = tuple(leg for leg in legs if leg.asked is not Asked.DLIST or not evidence.vendor) or legs
    if evidence.port is None:
        hellos = _of_range(hellos)
    referred = (leg for leg in hellos if leg.answered and leg.answer is Answer.REFERRAL)
    return next(referred, None) or furthest(hellos)


def _of_range(legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """Return those legs of a walk through the default range that tell about lmgrd."""
    accepting = [leg.port for leg in legs if leg.established]
    if accepting:
        # A client walks the range in order and talks to whatever accepts first. [obs]
        return tuple(leg for leg in legs if leg.port == min(accepting))
    # A port that refuses only says that lmgrd is not there: it may be behind one that says nothing of the kind.
    best = furthest(legs)
    behind = tuple(leg for leg in legs if leg.address == best.address and leg.connect is not Connect.REFUSED)
    return behind or (best,)


def furthest(legs: tuple[Leg, ...]) -> Leg:
    """Return the leg that got furthest; the earliest of several. `legs` must not be empty."""
    return max(legs, key=lambda leg: (leg.answered, leg.dialogue is Dialogue.ERROR, _PROGRESS.index(leg.connect)))


def _failed(leg: Leg, who: str) -> Judgement | None:
    if leg.connect is Connect.UNKNOWN:
        return Judgement(id="inconclusive", leg=leg, reason=_unseen(leg, who))
    if not leg.established:
        return Judgement(id=f"{who}-{CONNECT_VERDICTS[leg.connect]}", leg=leg)
    if leg.dialogue is None:
        reason = leg.detail or f"nothing was asked of the {who} port that accepted"
        return Judgement(id="inconclusive", leg=leg, reason=reason)
    if leg.dialogue is Dialogue.ERROR and leg.code == VENDOR_DOWN and who == "lmgrd":
        return Judgement(id="vendor-daemon-down", leg=leg)
    if leg.dialogue is not Dialogue.ANSWERED:
        wordy = leg.dialogue is Dialogue.ERROR and leg.code is None
        story = Story.WORDS if wordy else ""
        return Judgement(id=f"{who}-{DIALOGUE_VERDICTS[leg.dialogue]}", leg=leg, variant=story)
    return None


def _unseen(leg: Leg, who: str) -> str:
    return leg.detail or f"how the connect to the {who} port ended was not seen"


def _nobody_asked_for(evidence: Evidence, leg: Leg) -> Judgement:
    """Judge an lmgrd that talks, when no vendor daemon was named and it names none itself."""
    what = "names no vendor daemon" if evidence.daemons == () else "does not say which vendor daemons it has"
    more = ", and none was asked for" if evidence.source == "capture" else ": say which one with --vendor"
    return Judgement(id="inconclusive", leg=leg, reason=f"lmgrd answers, but {what}{more}")


def _judge_referral(evidence: Evidence, referral: ReferralSeen) -> Judgement:
    if not 1 <= referral.port <= MAX_PORT:
        return Judgement(id="referral-invalid")
    if points_back(evidence):
        return Judgement(id="referral-invalid", variant=Story.CIRCLE)
    if not evidence.followed:
        where = f"{referral.host}:{referral.port}"
        reason = f"stopped at the referral to {where}, as asked (--no-follow)"
        return Judgement(id="inconclusive", reason=reason, variant=Story.STOPPED)
    return _judge_followed(evidence, referral)


def _judge_followed(evidence: Evidence, referral: ReferralSeen) -> Judgement:
    if not referral.host.strip():
        return msgspec.structs.replace(_by_fallback(evidence, "referral-invalid"), variant=Story.NAMELESS)
    look = evidence.resolution_of(Via.REFERRAL)
    if look is None:
        return Judgement(id="inconclusive", reason="the referral's name was never looked up")
    if not look.addresses:
        return _by_fallback(evidence, "referral-unresolvable", look.fault.value if look.fault is not None else "")
    named = evidence.legs_of(Role.VENDOR, Via.REFERRAL)
    if not named:
        return Judgement(id="inconclusive", reason="the vendor daemon's port was never tried")
    return _judge_vendor(evidence, named)


def points_back(evidence: Evidence) -> bool:
    """Whether the referral leads to the very port that gave it."""
    referral = evidence.referral
    if referral is None or referral.port != referral.lmgrd_port:
        return False
    look = evidence.resolution_of(Via.REFERRAL)
    # Without an address a client takes lmgrd's own, and is back where it was.
    return look is None or not look.addresses or _names_lmgrd(evidence)


def leads_elsewhere(evidence: Evidence) -> bool:
    """Whether the referral's name has addresses, none of which is the one where lmgrd was found."""
    look = evidence.resolution_of(Via.REFERRAL)
    if look is None or evidence.referral is None or not look.addresses:
        return False
    return evidence.referral.lmgrd_address not in look.addresses


def _names_lmgrd(evidence: Evidence) -> bool:
    """Whether the referral's name leads to any address at which lmgrd gave a referral; a server may have several."""
    look = evidence.resolution_of(Via.REFERRAL)
    found = {leg.address for leg in evidence.legs_of(Role.LMGRD) if leg.answer is Answer.REFERRAL}
    if evidence.referral is not None:
        found.add(evidence.referral.lmgrd_address)
    return look is not None and not found.isdisjoint(look.addresses)


def _judge_vendor(evidence: Evidence, named: tuple[Leg, ...]) -> Judgement:
    leg = furthest(named)
    failed = _failed(leg, "vendor") or _wrong_answer(leg)
    if failed is None and other_daemon(evidence, leg):
        return Judgement(id="healthy", severity=Severity.WARNING, leg=leg, variant=Story.OTHER_DAEMON)
    if failed is None:
        return Judgement(id="healthy", severity=Severity.OK, leg=leg)
    failed = _of_other_address(evidence, failed)
    if not leads_elsewhere(evidence):
        return failed
    story = Story.ADDRESS if evidence.referral is not None and is_address(evidence.referral.host) else ""
    loopback = _leads_to_loopback(evidence)
    verdict = "referral-loopback" if loopback else "referral-elsewhere"
    if not leg.established:
        # Where the name leads to another address of the same lmgrd, nothing is wrong with the name; but a client for
        # which the fallback works is served, if late.
        if leg.connect is Connect.UNKNOWN and _fallback(evidence) is None:
            return failed
        right = _names_lmgrd(evidence) and not _serves(_fallback(evidence))
        return failed if right else _by_fallback(evidence, verdict, story)
    # Something accepts where the name leads: clients stay there and do not fall back. When the vendor daemon is at
    # lmgrd's address, the name is at fault; when it is not there either, what was met is all there is to judge.
    return Judgement(id=verdict, leg=leg, variant=story) if loopback or _serves(_fallback(evidence)) else failed


def _of_other_address(evidence: Evidence, failed: Judgement) -> Judgement:
    """Return the judgement with the story that tells an address without a way to it from lmgrd's own."""
    own = evidence.referral.lmgrd_address if evidence.referral is not None else ""
    if failed.id == "vendor-unreachable" and failed.leg is not None and failed.leg.address != own:
        return msgspec.structs.replace(failed, variant=Story.ELSEWHERE)
    return failed


def _wrong_answer(leg: Leg) -> Judgement | None:
    """Return the verdict when a vendor leg was answered with something else than a hello answer."""
    if leg.answered and leg.answer is not Answer.HELLO:
        return Judgement(id="vendor-garbled", leg=leg, variant=Story.ORDER)
    return None


def _leads_to_loopback(evidence: Evidence) -> bool:
    look, referral = evidence.resolution_of(Via.REFERRAL), evidence.referral
    if look is None or referral is None or is_loopback(referral.lmgrd_address):
        return False
    return all(is_loopback(address) for address in look.addresses)


def _fallback(evidence: Evidence) -> Leg | None:
    return next(iter(evidence.legs_of(Role.VENDOR, Via.LMGRD_ADDRESS)), None)


def _serves(leg: Leg | None) -> bool:
    return leg is not None and leg.answered and leg.answer is Answer.HELLO


def _by_fallback(evidence: Evidence, verdict: str, story: str = "") -> Judgement:
    """Judge a name that leads nowhere: a client falls back to lmgrd's own address."""
    fallback = _fallback(evidence)
    if fallback is not None and fallback.connect is Connect.UNKNOWN:
        return Judgement(id="inconclusive", leg=fallback, reason=_unseen(fallback, "vendor"))
    if fallback is not None and fallback.established and fallback.dialogue is None and fallback.detail:
        return Judgement(id="inconclusive", leg=fallback, reason=fallback.detail)
    severity = Severity.WARNING if _serves(fallback) else Severity.CRITICAL
    return Judgement(id=verdict, severity=severity, leg=fallback, variant=story)
