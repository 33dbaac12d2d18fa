"""From a judgement to sentences: the values that the catalogue's templates name, escaped, and the verdict they make."""

from __future__ import annotations

import itertools
from typing import Final

from lmwire.diagnosis.catalogue import CATALOGUE, VARIANTS
from lmwire.diagnosis.model import Verdict
from lmwire.diagnosis.rules import Judgement
from lmwire.evidence import (
    Answer,
    Connect,
    Dialogue,
    Evidence,
    Icmp,
    Leg,
    NameFault,
    Resolution,
    Role,
    Via,
)
from lmwire.ports import DEFAULT_RANGE
from lmwire.text import printable

__all__ = ["icmp_text", "verdict_of"]

_NAME = 100  # a host name's first characters are enough to tell it by
_DETAIL = 160
_START = 60

_NAME_FAULTS: Final = {
    NameFault.NOT_FOUND: "there is no such name",
    NameFault.NO_ANSWER: "the name servers did not answer",
    NameFault.INVALID: "it is no name that can be asked for",
}
_ICMP: Final = {
    (4, 3, 0): "network unreachable",
    (4, 3, 1): "host unreachable",
    (4, 3, 2): "protocol unreachable",
    (4, 3, 3): "port unreachable",
    (4, 3, 9): "network administratively prohibited",
    (4, 3, 10): "host administratively prohibited",
    (4, 3, 13): "communication administratively prohibited",
    (4, 11, 0): "time to live exceeded, a routing loop",
    (6, 1, 0): "no route to destination",
    (6, 1, 1): "communication administratively prohibited",
    (6, 1, 3): "address unreachable",
    (6, 1, 4): "port unreachable",
    (6, 1, 5): "source address failed policy",
    (6, 1, 6): "route rejected",
    (6, 3, 0): "hop limit exceeded, a routing loop",
}
_GARBLED: Final = {
    "order": (
        "The answer is a proper message at the wrong place: this is not the server that the application expects here.",
        "Check which program listens on {endpoint}: lmgrd or a vendor daemon?",
    ),
    "truncated": (
        (
            "The answer begins like FlexNet and ends too early: something on the way cuts it, or the server hangs in "
            "the middle."
        ),
        "Compare a capture on this machine with one on the server: where is the rest of the answer lost?",
    ),
}
_DAMAGED: Final = (
    (
        "The answer was changed on its way (proxy, address-rewriting firewall) or made by something that only looks "
        "like FlexNet."
    ),
    "Let nothing rewrite FlexNet's data: a NAT helper that changes host or port in it breaks its checksum.",
)


def icmp_text(icmp: Icmp) -> str:
    """Return an ICMP error in words; an unknown one as its numbers."""
    words = _ICMP.get((icmp.version, icmp.type, icmp.code))
    return f"ICMP {words}" if words else f"ICMP type {icmp.type} code {icmp.code}"


def verdict_of(evidence: Evidence, judgement: Judgement) -> Verdict:
    """Return the verdict in words."""
    entry = VARIANTS.get((judgement.id, judgement.variant)) or CATALOGUE[judgement.id]
    known = _values(evidence, judgement)
    remedies = tuple(text for text in (remedy.format_map(known) for remedy in entry.remedies) if text)
    return Verdict(
        id=judgement.id,
        severity=judgement.severity,
        headline=entry.headline.format_map(known),
        cause=entry.cause.format_map(known),
        remedies=remedies,
        reason=printable(judgement.reason),
    )


def _values(evidence: Evidence, judgement: Judgement) -> dict[str, str]:
    leg = judgement.leg or next(iter(evidence.legs_of(Role.LMGRD)), None)
    values = {
        "server": printable(evidence.host, _NAME),
        "vendor": printable(evidence.vendor or "the vendor daemon", 40),
        "reason": printable(judgement.reason, _DETAIL),
        "inconclusive_remedy": _inconclusive_remedy(evidence),
        "daemons": _daemons(evidence),
        **_target_values(evidence, leg),
        **_referral_values(evidence),
        **_leg_values(leg, evidence),
    }
    vaddress = leg.address if leg and leg.role is Role.VENDOR else values["own"]
    return values | {"vaddress": vaddress} | _fallback_values(evidence)


def _target_values(evidence: Evidence, leg: Leg | None) -> dict[str, str]:
    look = evidence.resolution_of(Via.TARGET)
    lmgrd = next((leg for leg in evidence.legs_of(Role.LMGRD) if leg.answer is Answer.REFERRAL), None)
    judged = leg if leg is not None and leg.role is Role.LMGRD else None
    first = lmgrd or judged or next(iter(evidence.legs_of(Role.LMGRD)), None)
    return {
        "port": str(first.port if first else evidence.port or DEFAULT_RANGE.start),
        "ports": _ports(first, evidence) if first else str(evidence.port or DEFAULT_RANGE.start),
        "address": first.address if first else printable(evidence.host, _NAME),
        "name_fault": _NAME_FAULTS.get(look.fault, "unknown") if look and look.fault else "unknown",
        "lmgrd_port": str(lmgrd.port) if lmgrd else "PORT",
        "lmgrd_at": f" lmgrd itself answers on {lmgrd.port}." if lmgrd else "",
    }


def _referral_values(evidence: Evidence) -> dict[str, str]:
    referral, look = evidence.referral, evidence.resolution_of(Via.REFERRAL)
    if referral is None:
        return {"rhost": "?", "rport": "?", "own": "?", "named": "?", "pin": ""}
    in_range = referral.port in DEFAULT_RANGE and referral.port != referral.lmgrd_port
    pinned = referral.port if in_range else next(port for port in DEFAULT_RANGE[1:] if port != referral.lmgrd_port)
    return {
        "rhost": printable(referral.host, _NAME) or "(no name)",
        "rport": str(referral.port),
        "own": referral.lmgrd_address,
        "named": ", ".join(look.addresses[:4]) if look and look.addresses else "nowhere",
        "pin": _PINS[in_range].format(line=f"VENDOR {printable(evidence.vendor or 'NAME', 40)} port={pinned}"),
    }


_PINS: Final = {
    True: "Pin that port in the server's license file: `{line}`, then restart the license service.",
    False: "Better, pin the vendor daemon to a port of the usual range and open that one: `{line}` in the server's "
    "license file, then restart the license service.",
}


def _ports(leg: Leg, evidence: Evidence) -> str:
    """Return the leg's port; of a walk through the default range that no port accepted, all that ended as it did."""
    walked = [other for other in evidence.legs_of(leg.role) if other.address == leg.address]
    if leg.role is not Role.LMGRD or evidence.port is not None or any(other.established for other in walked):
        return str(leg.port)
    alike = sorted({other.port for other in walked if other.connect is leg.connect})
    # Neighbours have the same distance from their place in the list.
    runs = [[port for _, port in run] for _, run in itertools.groupby(enumerate(alike), lambda pair: pair[1] - pair[0])]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _leg_values(leg: Leg | None, evidence: Evidence) -> dict[str, str]:
    if leg is None:
        return dict.fromkeys(_LEG_NAMES, "?")
    # An answer that is well-formed and no answer to what was asked is out of order, too.
    cause, remedy = _GARBLED.get(leg.fault or ("order" if leg.answered else ""), _DAMAGED)
    endpoint = f"{leg.endpoint.removesuffix(str(leg.port))}{_ports(leg, evidence)}"
    return {
        "endpoint": endpoint,
        "laddress": leg.address,
        "lport": _ports(leg, evidence),
        "local": leg.local or "this machine",
        "seconds": f"{leg.seconds or leg.connect_seconds:.0f} s",
        "sent": str(leg.sent),
        "icmp": icmp_text(leg.icmp) if leg.icmp else printable(leg.detail, _DETAIL) or "no way there",
        "sender": _sender(leg),
        "detail": printable(leg.detail, _DETAIL) or _ANSWERS.get(leg.answer, "no further word from the system"),
        "code": str(leg.code) if leg.code is not None else printable(leg.detail, 40) or "unknown",
        "service_article": _service(leg),
        "start": (f"{leg.start[:_START]}…" if len(leg.start) > _START else leg.start) or "(nothing)",
        "closes": "resets it" if leg.dialogue is Dialogue.RESET else "closes it",
        "garbled_cause": cause,
        "garbled_remedy": remedy.format(endpoint=endpoint),
    }


_ANSWERS: Final[dict[Answer | None, str]] = {
    Answer.REFERRAL: "it refers on to another server, as lmgrd does",
    Answer.TEXT: "it sends text that nobody asked for",
}
_LEG_NAMES: Final = (
    *("endpoint", "laddress", "lport", "local", "seconds", "sent", "icmp", "sender", "detail", "code"),
    *("service_article", "start", "closes", "garbled_cause", "garbled_remedy"),
)


def _sender(leg: Leg) -> str:
    if leg.icmp is None:
        return "a machine that this system does not name"
    return "the server's own address" if leg.icmp.sender == leg.address else leg.icmp.sender


def _service(leg: Leg) -> str:
    if leg.service in {"", "unknown"}:
        return "A service that does not speak FlexNet"
    article = "An" if leg.service[0] in "AEFHILMNORSX" and leg.service.isupper() else "A"
    return f"{article} {printable(leg.service, 40)} service"


def _daemons(evidence: Evidence) -> str:
    if not evidence.daemons:
        return ""
    return f" lmgrd names these: {printable(', '.join(evidence.daemons))}."


def _inconclusive_remedy(evidence: Evidence) -> str:
    if evidence.referral is not None and not evidence.followed and not evidence.failure:
        return "Run it without --no-follow to try the vendor daemon, too."
    if evidence.vendor or evidence.failure:
        return "Run the same command again with `--format json` and look at the evidence."
    return (
        "Name the vendor daemon: `lmwire diagnose … --vendor NAME`; it stands on the VENDOR line of the license file."
    )


def _fallback_values(evidence: Evidence) -> dict[str, str]:
    """Return what became of lmgrd's own address, the one that clients fall back to."""
    named = evidence.legs_of(Role.VENDOR, Via.REFERRAL)
    values = {"named_fate": _fate(named[0]) if named else "nobody tried it"}
    fallback = next(iter(evidence.legs_of(Role.VENDOR, Via.LMGRD_ADDRESS)), None)
    if fallback is None:
        return values | {"fallback": "that was not tried.", "fallback_remedy": ""}
    fate = _fate(fallback)
    if fallback.answered and fallback.answer is Answer.HELLO:
        saved = "it answers there, so most applications work in spite of it, some after a delay."
        return values | {"fallback": saved, "fallback_remedy": ""}
    remedy = f"And open TCP {fallback.port} to {fallback.address}: {fate}."
    return values | {"fallback": f"{fate} there too, hence the error.", "fallback_remedy": remedy}


_FATES: Final = {
    Connect.REFUSED: "the port refuses",
    Connect.REJECTED: "the port is rejected by a firewall",
    Connect.FILTERED: "the port is filtered",
    Connect.UNREACHABLE: "the address can't be reached",
    Connect.DENIED: "this machine's own policy forbids it",
    Dialogue.SILENT: "the port accepts and never answers",
    Dialogue.LOST: "the port accepts and takes no data",
    Dialogue.CLOSED: "the port accepts and closes",
    Dialogue.RESET: "the port accepts and resets",
    Dialogue.GARBLED: "the answer is damaged",
    Dialogue.FOREIGN: "another service answers",
    Dialogue.ERROR: "the server answers with an error",
}


def _fate(leg: Leg) -> str:
    if not leg.established:
        return _FATES[leg.connect]
    return _FATES.get(leg.dialogue, "the vendor daemon answers") if leg.dialogue else "the port accepts"


def resolution_text(look: Resolution) -> str:
    """Return a look-up's outcome in words."""
    if look.addresses:
        return ", ".join(look.addresses)
    return _NAME_FAULTS[look.fault] if look.fault else "no address"
