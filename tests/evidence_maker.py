"""Evidence by hand: short words for what the probe would have seen."""

from __future__ import annotations

from typing import Any

from lmwire.evidence import (
    Answer,
    Asked,
    Connect,
    Dialogue,
    Evidence,
    Icmp,
    Leg,
    NameFault,
    ReferralSeen,
    Resolution,
    Role,
    Via,
)

__all__ = ["FIREWALL", "SERVER", "evidence", "fallback", "lmgrd", "look", "referred", "vendor", "walk"]

SERVER = "192.0.2.20"
FIREWALL = Icmp(type=3, code=13, sender="192.0.2.1")

_JUNK = "SSH-2.0-OpenSSH"  # fewer bytes than any frame has

_CONNECTS = {kind.value: kind for kind in Connect}
_DIALOGUES = {kind.value: kind for kind in Dialogue}


def _leg(role: Role, via: Via, how: str, address: str, port: int, **more: Any) -> Leg:
    """A leg that ended as `how` says: a connect's or a dialogue's end, or "referral", "hello", "text"."""
    fields: dict[str, Any] = {"connect": Connect.ESTABLISHED, "asked": Asked.HELLO, "local": "192.0.2.10", "sent": 70}
    if how in _CONNECTS and how != "established":
        fields |= {"connect": _CONNECTS[how], "asked": Asked.NOTHING, "sent": 0}
        if how == "rejected":
            fields["icmp"] = FIREWALL
    elif how in _DIALOGUES:
        fields["dialogue"] = _DIALOGUES[how]
        if how == "foreign" or more.get("fault") == "truncated":
            fields |= {"received": len(_JUNK), "start": _JUNK}
    else:
        answers = {"referral": Answer.REFERRAL, "hello": Answer.HELLO, "text": Answer.TEXT}
        fields |= {"dialogue": Dialogue.ANSWERED, "answer": answers[how]}
        fields |= {"asked": Asked.DLIST} if how == "text" else {}
    fields |= more
    return Leg(role=role, via=via, host="licsrv", address=address, port=port, **fields)


def lmgrd(how: str = "referral", address: str = SERVER, port: int = 27000, **more: Any) -> Leg:
    return _leg(Role.LMGRD, Via.TARGET, how, address, port, **more)


def vendor(how: str = "hello", address: str = SERVER, port: int = 27001, **more: Any) -> Leg:
    via = more.pop("via", Via.REFERRAL)
    return _leg(Role.VENDOR, via, how, address, port, **more)


def fallback(how: str = "hello", address: str = SERVER, port: int = 27001, **more: Any) -> Leg:
    return vendor(how, address, port, via=Via.LMGRD_ADDRESS, **more)


def look(*addresses: str, name: str = "licsrv", via: Via = Via.TARGET, **more: Any) -> Resolution:
    fault = None if addresses else more.pop("fault", NameFault.NOT_FOUND)
    return Resolution(name=name, via=via, source=more.pop("source", "system"), addresses=addresses, fault=fault, **more)


def referred(host: str = "licsrv", port: int = 27001, own: str = SERVER) -> ReferralSeen:
    return ReferralSeen(host=host, port=port, lmgrd_address=own, lmgrd_port=27000)


def evidence(*legs: Leg, looks: tuple[Resolution, ...] = (look(SERVER),), **more: Any) -> Evidence:
    fields: dict[str, Any] = {"target": "27000@licsrv", "host": "licsrv", "port": 27000, "vendor": "ibmratl"}
    return Evidence(**(fields | more), legs=legs, resolutions=looks)


def walk(
    *legs: Leg, named: tuple[str, ...] = (SERVER,), host: str = "licsrv", port: int = 27001, **more: Any
) -> Evidence:
    """Evidence of a walk that was referred: `legs` to the vendor daemon, `named` what the referral's name gave."""
    looks = (look(SERVER), look(*named, name=host, via=Via.REFERRAL))
    return evidence(lmgrd(), *legs, looks=looks, referral=referred(host, port), **more)
