"""Judge evidence: find the one thing that is wrong. Pure: no network, no clock, no words for people.

`judge` walks the same stages as the application does, and stops at the first that fails:

    name → lmgrd's connect → lmgrd's dialogue → the referral → its name → the vendor daemon's connect → its dialogue

Of a name's addresses only the one counts that a client uses. The severity is the client's, too: nothing by which a
client is served is critical. What other programs could use is a finding.
"""

from __future__ import annotations

from typing import Final

import msgspec

from lmwire.addresses import address_used, is_loopback
from lmwire.diagnosis.clientwalk import client, walk
from lmwire.diagnosis.model import Severity
from lmwire.diagnosis.verdicts.ids import Variant, VerdictId
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
    "UNANSWERED",
    "UNCONNECTED",
    "Judgement",
    "furthest",
    "judge",
    "leads_elsewhere",
    "other_daemon",
    "points_back",
]

UNCONNECTED: Final = {
    (Role.LMGRD, Connect.REFUSED): VerdictId.LMGRD_REFUSED,
    (Role.LMGRD, Connect.REJECTED): VerdictId.LMGRD_REJECTED,
    (Role.LMGRD, Connect.FILTERED): VerdictId.LMGRD_FILTERED,
    (Role.LMGRD, Connect.UNREACHABLE): VerdictId.LMGRD_UNREACHABLE,
    (Role.LMGRD, Connect.DENIED): VerdictId.LMGRD_DENIED,
    (Role.VENDOR, Connect.REFUSED): VerdictId.VENDOR_REFUSED,
    (Role.VENDOR, Connect.REJECTED): VerdictId.VENDOR_REJECTED,
    (Role.VENDOR, Connect.FILTERED): VerdictId.VENDOR_FILTERED,
    (Role.VENDOR, Connect.UNREACHABLE): VerdictId.VENDOR_UNREACHABLE,
    (Role.VENDOR, Connect.DENIED): VerdictId.VENDOR_DENIED,
}
"""Who was asked, and how the connect ended → the verdict."""

UNANSWERED: Final = {
    (Role.LMGRD, Dialogue.SILENT): VerdictId.LMGRD_SILENT,
    (Role.LMGRD, Dialogue.CLOSED): VerdictId.LMGRD_CLOSES,
    (Role.LMGRD, Dialogue.RESET): VerdictId.LMGRD_CLOSES,
    (Role.LMGRD, Dialogue.LOST): VerdictId.LMGRD_PAYLOAD_LOST,
    (Role.LMGRD, Dialogue.GARBLED): VerdictId.LMGRD_GARBLED,
    (Role.LMGRD, Dialogue.FOREIGN): VerdictId.LMGRD_FOREIGN,
    (Role.LMGRD, Dialogue.ERROR): VerdictId.LMGRD_ERROR,
    (Role.VENDOR, Dialogue.SILENT): VerdictId.VENDOR_SILENT,
    (Role.VENDOR, Dialogue.CLOSED): VerdictId.VENDOR_CLOSES,
    (Role.VENDOR, Dialogue.RESET): VerdictId.VENDOR_CLOSES,
    (Role.VENDOR, Dialogue.LOST): VerdictId.VENDOR_PAYLOAD_LOST,
    (Role.VENDOR, Dialogue.GARBLED): VerdictId.VENDOR_GARBLED,
    (Role.VENDOR, Dialogue.FOREIGN): VerdictId.VENDOR_FOREIGN,
    (Role.VENDOR, Dialogue.ERROR): VerdictId.VENDOR_ERROR,
}
"""Who accepted, and how the talk ended → the verdict."""

# Of several addresses, the one that got furthest tells most about the service; the others become findings.
_NO_MACHINE: Final = frozenset({(4, 3, 1), (6, 1, 3)})
"""Host or address unreachable, as version, type and code: what a router says when nobody answers for the address."""

_PROGRESS: Final = (
    Connect.UNKNOWN,
    Connect.DENIED,
    Connect.UNREACHABLE,
    Connect.FILTERED,
    Connect.REJECTED,
    Connect.REFUSED,
    Connect.ESTABLISHED,
)


_SOFTENED: Final = frozenset(
    {
        VerdictId.REFERRAL_INVALID,
        VerdictId.REFERRAL_UNRESOLVABLE,
        VerdictId.REFERRAL_ELSEWHERE,
        VerdictId.REFERRAL_LOOPBACK,
    }
)
"""Verdicts on a referral, which a client may survive by falling back to lmgrd's address."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Which verdict, how severe, and the leg that decided.

    Attributes:
        leg: None when no connection was at fault, as with a name.
        variant: which of several variants of that verdict it is, where they differ: a `Variant`, or the value of a
            `NameFault`; see `lmwire.diagnosis.verdicts`.
        reason: why there is no answer; only with "inconclusive".
    """

    id: VerdictId
    severity: Severity = Severity.CRITICAL
    leg: Leg | None = None
    variant: str = ""
    reason: str = ""


def judge(evidence: Evidence) -> Judgement:
    """Return what the evidence shows. Never raises; what it cannot tell is "inconclusive" with the reason."""
    if evidence.failure:
        return Judgement(id=VerdictId.INCONCLUSIVE, reason=evidence.failure)
    judgement = _judge_lmgrd(evidence)
    # A verdict says what is wrong. How bad that is, the client's own walk decides, brackets in its path left aside.
    if judgement.id in _SOFTENED and _client_is_served(evidence):
        return msgspec.structs.replace(judgement, severity=Severity.WARNING)
    return judgement


def _client_is_served(evidence: Evidence) -> bool:
    outcome = walk(msgspec.structs.replace(evidence, target=""), client())
    return _serves(_fallback(evidence)) if outcome.unknown else outcome.served


def _judge_lmgrd(evidence: Evidence) -> Judgement:
    legs = at_used_address(evidence, Role.LMGRD, Via.TARGET)
    if not legs:
        look = evidence.resolution_of(Via.TARGET)
        if look is not None and not look.addresses:
            return Judgement(id=VerdictId.NAME_UNRESOLVABLE, variant=_name_variant(evidence, look))
        return Judgement(id=VerdictId.INCONCLUSIVE, reason="no connection to the server was seen")
    leg = _deciding_lmgrd_leg(evidence, legs)
    talks = leg.answered or leg.dialogue is Dialogue.ERROR
    # What answers a hello as a vendor daemon does has shown what it is, whomever it was asked for.
    if talks and not evidence.vendor and leg.answer is not Answer.HELLO:
        return _nobody_asked_for(evidence, leg)
    failed = _failed(leg)
    if failed is not None and failed.id == VerdictId.VENDOR_DAEMON_DOWN and evidence.daemons:
        variant = Variant.LISTED if evidence.vendor in evidence.daemons else Variant.UNLISTED
        return msgspec.structs.replace(failed, variant=variant)
    return failed or _judge_answer(evidence, leg)


def _judge_answer(evidence: Evidence, leg: Leg) -> Judgement:
    if leg.answer is Answer.HELLO and evidence.port is None:
        return Judgement(id=VerdictId.RANGE_SHADOWED, leg=leg)
    if leg.answer is Answer.HELLO:
        # A vendor daemon on the very port of the license path: clients need no lmgrd then. [obs]
        variant = Variant.DIRECT_OTHER_DAEMON if other_daemon(evidence, leg) else Variant.DIRECT
        return Judgement(id=VerdictId.HEALTHY, severity=Severity.WARNING, leg=leg, variant=variant)
    if evidence.referral is None:
        return Judgement(id=VerdictId.INCONCLUSIVE, leg=leg, reason="lmgrd's answer held no referral")
    return _judge_referral(evidence, evidence.referral)


def _name_variant(evidence: Evidence, look: Resolution) -> str:
    # In a license file it stands for the machine that reads it; as port@this_host it is a name like any other. [obs]
    if evidence.host.lower() == "this_host" and "@" not in evidence.target:
        return Variant.THIS_HOST
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
    """Return the legs of a walk through the default range that show where lmgrd is."""
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


def _failed(leg: Leg) -> Judgement | None:
    if leg.connect is Connect.UNKNOWN:
        return Judgement(id=VerdictId.INCONCLUSIVE, leg=leg, reason=_unseen(leg))
    if not leg.established:
        icmp = leg.icmp
        unknown = leg.connect is Connect.REJECTED and icmp and (icmp.version, icmp.type, icmp.code) in _NO_MACHINE
        variant = Variant.NO_MACHINE if unknown else ""
        return Judgement(id=UNCONNECTED[leg.role, leg.connect], leg=leg, variant=variant)
    if leg.dialogue is None:
        reason = leg.detail or f"nothing was asked of the {leg.role.value} port that accepted"
        return Judgement(id=VerdictId.INCONCLUSIVE, leg=leg, reason=reason)
    if leg.dialogue is Dialogue.ERROR and leg.code == VENDOR_DOWN and leg.role is Role.LMGRD:
        return Judgement(id=VerdictId.VENDOR_DAEMON_DOWN, leg=leg)
    if leg.dialogue is not Dialogue.ANSWERED:
        wordy = leg.dialogue is Dialogue.ERROR and leg.code is None
        variant = Variant.WORDS if wordy else ""
        return Judgement(id=UNANSWERED[leg.role, leg.dialogue], leg=leg, variant=variant)
    return None


def _unseen(leg: Leg) -> str:
    return leg.detail or f"how the connect to the {leg.role.value} port ended was not seen"


def _nobody_asked_for(evidence: Evidence, leg: Leg) -> Judgement:
    """Judge an lmgrd that answers, where neither the user nor lmgrd itself names a vendor daemon."""
    what = "names no vendor daemon" if evidence.daemons == () else "does not say which vendor daemons it has"
    more = ", and none was asked for" if evidence.source == "capture" else ": say which one with --vendor"
    return Judgement(id=VerdictId.INCONCLUSIVE, leg=leg, reason=f"lmgrd answers, but {what}{more}")


def _judge_referral(evidence: Evidence, referral: ReferralSeen) -> Judgement:
    if not 1 <= referral.port <= MAX_PORT and not _served_all_the_same(evidence):
        return Judgement(id=VerdictId.REFERRAL_INVALID)
    if points_back(evidence):
        return Judgement(id=VerdictId.REFERRAL_INVALID, variant=Variant.CIRCLE)
    if not evidence.followed:
        where = f"{referral.host}:{referral.port}"
        reason = f"stopped at the referral to {where}, as asked (--no-follow)"
        return Judgement(id=VerdictId.INCONCLUSIVE, reason=reason, variant=Variant.STOPPED)
    return _judge_followed(evidence, referral)


def _served_all_the_same(evidence: Evidence) -> bool:
    """Whether a vendor daemon answered at the low 16 bits of the referral's port, which is all that clients take."""
    return any(leg.answered and leg.answer is Answer.HELLO for leg in evidence.legs_of(Role.VENDOR))


def _judge_followed(evidence: Evidence, referral: ReferralSeen) -> Judgement:
    if not referral.host.strip():
        return msgspec.structs.replace(_by_fallback(evidence, VerdictId.REFERRAL_INVALID), variant=Variant.NAMELESS)
    look = evidence.resolution_of(Via.REFERRAL)
    if look is None:
        return Judgement(id=VerdictId.INCONCLUSIVE, reason="the referral's name was never looked up")
    if not look.addresses:
        return _by_fallback(
            evidence, VerdictId.REFERRAL_UNRESOLVABLE, look.fault.value if look.fault is not None else ""
        )
    named = at_used_address(evidence, Role.VENDOR, Via.REFERRAL)
    if not named:
        return Judgement(id=VerdictId.INCONCLUSIVE, reason="the vendor daemon's port was never tried")
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
    """Whether the referral's name resolves, but a client does not go to the address at which lmgrd was found."""
    look = evidence.resolution_of(Via.REFERRAL)
    if look is None or evidence.referral is None or not look.addresses:
        return False
    return evidence.referral.lmgrd_address != address_used(look.addresses)


def at_used_address(evidence: Evidence, role: Role, via: Via) -> tuple[Leg, ...]:
    """Return the legs to the one address that a client uses; all of them where none went there."""
    legs = evidence.legs_of(role, via)
    look = evidence.resolution_of(via)
    used = address_used([leg.address for leg in legs] if look is None else look.addresses)
    return tuple(leg for leg in legs if leg.address == used) or legs


def _names_lmgrd(evidence: Evidence) -> bool:
    """Whether the referral's name leads to any address at which lmgrd gave a referral; a server may have several."""
    look = evidence.resolution_of(Via.REFERRAL)
    found = {leg.address for leg in evidence.legs_of(Role.LMGRD) if leg.answer is Answer.REFERRAL}
    if evidence.referral is not None:
        found.add(evidence.referral.lmgrd_address)
    return look is not None and not found.isdisjoint(look.addresses)


def _judge_vendor(evidence: Evidence, named: tuple[Leg, ...]) -> Judgement:
    leg = furthest(named)
    failed = _failed(leg) or _wrong_answer(leg)
    if failed is None and other_daemon(evidence, leg):
        return Judgement(id=VerdictId.HEALTHY, severity=Severity.WARNING, leg=leg, variant=Variant.OTHER_DAEMON)
    if failed is None:
        return Judgement(id=VerdictId.HEALTHY, severity=Severity.OK, leg=leg)
    failed = _of_other_address(evidence, failed)
    if not leads_elsewhere(evidence):
        return failed
    variant = Variant.ADDRESS if evidence.referral is not None and is_address(evidence.referral.host) else ""
    loopback = _leads_to_loopback(evidence)
    verdict = VerdictId.REFERRAL_LOOPBACK if loopback else VerdictId.REFERRAL_ELSEWHERE
    if not leg.established:
        # Where the name leads to another address of the same lmgrd, nothing is wrong with the name; but a client for
        # which the fallback works is served, if late.
        if leg.connect is Connect.UNKNOWN and _fallback(evidence) is None:
            return failed
        right = _names_lmgrd(evidence) and not _serves(_fallback(evidence))
        return failed if right else _by_fallback(evidence, verdict, variant)
    # Something accepts where the name leads. When the vendor daemon is at lmgrd's address, the name is at fault; when
    # it is not there either, what was met is all there is to judge.
    return Judgement(id=verdict, leg=leg, variant=variant) if loopback or _serves(_fallback(evidence)) else failed


def _of_other_address(evidence: Evidence, failed: Judgement) -> Judgement:
    """Return the judgement with the variant for an address other than lmgrd's, to which there is no route."""
    own = evidence.referral.lmgrd_address if evidence.referral is not None else ""
    if failed.id == VerdictId.VENDOR_UNREACHABLE and failed.leg is not None and failed.leg.address != own:
        return msgspec.structs.replace(failed, variant=Variant.ELSEWHERE)
    return failed


def _wrong_answer(leg: Leg) -> Judgement | None:
    """Return the verdict on a vendor daemon that answers the hello with another message."""
    if leg.answered and leg.answer is not Answer.HELLO:
        return Judgement(id=VerdictId.VENDOR_GARBLED, leg=leg, variant=Variant.ORDER)
    return None


def _leads_to_loopback(evidence: Evidence) -> bool:
    look, referral = evidence.resolution_of(Via.REFERRAL), evidence.referral
    if look is None or referral is None or is_loopback(referral.lmgrd_address):
        return False
    return all(is_loopback(address) for address in look.addresses)


def _fallback(evidence: Evidence) -> Leg | None:
    own = "" if evidence.referral is None else evidence.referral.lmgrd_address
    # A name that has lmgrd's own address among others leads there by itself.
    named = (leg for leg in evidence.legs_of(Role.VENDOR, Via.REFERRAL) if leg.address == own)
    return next(iter((*evidence.legs_of(Role.VENDOR, Via.LMGRD_ADDRESS), *named)), None)


def _serves(leg: Leg | None) -> bool:
    return leg is not None and leg.answered and leg.answer is Answer.HELLO


def _by_fallback(evidence: Evidence, verdict: VerdictId, variant: str = "") -> Judgement:
    """Judge a name that leads nowhere: a client falls back to lmgrd's own address."""
    fallback = _fallback(evidence)
    if fallback is not None and fallback.connect is Connect.UNKNOWN:
        return Judgement(id=VerdictId.INCONCLUSIVE, leg=fallback, reason=_unseen(fallback))
    if fallback is not None and fallback.established and fallback.dialogue is None and fallback.detail:
        return Judgement(id=VerdictId.INCONCLUSIVE, leg=fallback, reason=fallback.detail)
    return Judgement(id=verdict, leg=fallback, variant=variant)
