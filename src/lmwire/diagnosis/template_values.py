"""The values that the templates of a verdict name: escaped, and quoted where they are part of a command."""

from __future__ import annotations

import itertools
import re
import shlex
from typing import Final, NamedTuple

from lmwire.addresses import is_loopback
from lmwire.diagnosis.judge import Judgement
from lmwire.diagnosis.openings import port_to_pin
from lmwire.diagnosis.phrases import fate, icmp_text, observer, resolution_text, seconds_text, service_text
from lmwire.diagnosis.verdicts.remedies import HOSTS_FILE
from lmwire.errorcodes.codes import error_code
from lmwire.evidence import Answer, Dialogue, Evidence, Leg, Resolution, Role, Via, is_address
from lmwire.ports import DEFAULT_RANGE
from lmwire.text import printable
from lmwire.vendors import product_of

__all__ = ["values_of"]

_NAME = 100  # a host name's first characters are enough to tell it by
_LONGEST_NAME = 253
_VENDOR = 40
_DETAIL = 160
_START = 60

# What a hosts file may map: letters of any script, digits, and the marks that names really have.
_HOST_NAME: Final = re.compile(rf"[\w][\w.-]{{0,{_NAME - 1}}}")
# Names that mean "myself" on every machine; another mapping would break the machine.
_MYSELF: Final = re.compile(r"localhost.*|ip6-.*|.*\.localdomain\.?", re.IGNORECASE | re.DOTALL)


class _Garbled(NamedTuple):
    """The words for one kind of wrong answer: templates over `endpoint` and `here`."""

    sends: str
    cause: str
    remedy: str


_GARBLED: Final = {
    "order": _Garbled(
        "sends an answer that is out of order",
        "The answer is a valid message in the wrong place: this is not the server that the application expects here.",
        "Check which program listens on {endpoint}: lmgrd or a vendor daemon?",
    ),
    "truncated": _Garbled(
        "sends an answer that ends too early",
        "The answer begins like FlexNet and ends too early: something on the way cuts it, or the server hangs halfway.",
        "Compare a capture on {here} with one on the server: where is the rest of the answer lost?",
    ),
}
_DAMAGED: Final = _Garbled(
    "sends a damaged answer",
    "A proxy, or a firewall that rewrites addresses, changes the answer on its way. Or its sender only looks like "
    "FlexNet.",
    "Turn off whatever rewrites FlexNet's data on the way: a NAT helper that changes a host or port in it breaks its "
    "checksum.",
)


def values_of(evidence: Evidence, judgement: Judgement) -> dict[str, str]:
    """Return every name that a template may use. None of the values holds a control character."""
    leg = judgement.leg or next(iter(evidence.legs_of(Role.LMGRD)), None)
    values = {
        "reason": printable(judgement.reason, _DETAIL),
        "inconclusive_remedy": _inconclusive_remedy(evidence),
        **_observer_values(evidence),
        **_vendor_values(evidence),
        **_target_values(evidence, judgement.leg),
        **_referral_values(evidence),
        **_leg_values(leg, evidence),
        "locate": _locate_remedy(leg, evidence),
    }
    vaddress = leg.address if leg and leg.role is Role.VENDOR else values["own"]
    return values | {"vaddress": vaddress} | _fallback_values(evidence)


def _observer_values(evidence: Evidence) -> dict[str, str]:
    here = observer(evidence)
    test = "the capture" if evidence.source == "capture" else "this test"
    return {"here": here, "Here": f"{here[0].upper()}{here[1:]}", "this_test": test}


def _word(text: str) -> str:
    """Return a network's or a user's text as one word of a shell command."""
    return shlex.quote(printable(text, _LONGEST_NAME))


def _vendor_line(vendor: str, port: str) -> str:
    """Return what to write for a vendor daemon that may have no name, so that it listens on `port`."""
    return f"`VENDOR {printable(vendor, _VENDOR)} port={port}`" if vendor else f"`port={port}` on its VENDOR line"


def _vendor_values(evidence: Evidence) -> dict[str, str]:
    vendor = printable(evidence.vendor, _VENDOR)
    return {
        "vendor": vendor or "the vendor daemon",
        "vendor_option": f" --vendor {_word(evidence.vendor)}" if vendor else "",
        "vendor_line": f"a line `VENDOR {vendor}`" if vendor else "a VENDOR line for it",
        "log_lines": f" for lines of `({vendor})`" if vendor else "",
        "pin_27001": _vendor_line(evidence.vendor, "27001"),
        "daemons": f" lmgrd names these: {printable(', '.join(evidence.daemons))}." if evidence.daemons else "",
    }


def _target_values(evidence: Evidence, leg: Leg | None) -> dict[str, str]:
    look = evidence.resolution_of(Via.TARGET)
    lmgrd = next((leg for leg in evidence.legs_of(Role.LMGRD) if leg.answer in (Answer.REFERRAL, Answer.TEXT)), None)
    # The port that was judged, not another that lmgrd was met on later in the default range.
    judged = leg if leg is not None and leg.role is Role.LMGRD else None
    first = judged or lmgrd or next(iter(evidence.legs_of(Role.LMGRD)), None)
    entry = f"{lmgrd.port if lmgrd else 'PORT'}@{evidence.host}"
    return {
        "server": printable(evidence.host, _NAME),
        "server_word": _word(evidence.host),
        "at_server": _word(f"@{evidence.host}"),
        "entry": _word(entry),
        "port": str(first.port if first else evidence.port or DEFAULT_RANGE.start),
        "ports": _ports(first, evidence) if first else str(evidence.port or DEFAULT_RANGE.start),
        "address": first.address if first else printable(evidence.host, _NAME),
        "name_fault": resolution_text(look) if look and look.fault else "unknown",
        "lmgrd_at": f" lmgrd itself answers on {lmgrd.port}." if lmgrd else "",
    }


def _referral_values(evidence: Evidence) -> dict[str, str]:
    referral, look = evidence.referral, evidence.resolution_of(Via.REFERRAL)
    if referral is None:
        return {"rhost": "?", "rport": "?", "own": "?", "named": "?", "pin": "", "console": "", **_NO_NAME}
    pinned = port_to_pin(referral)
    return {
        "rhost": printable(referral.host, _NAME) or "(no name)",
        "rport": str(referral.port),
        "own": referral.lmgrd_address,
        "named": ", ".join(look.addresses[:4]) if look and look.addresses else "nowhere",
        "pin": ""
        if evidence.pinned == referral.port
        else _PINS[pinned == referral.port].format(
            line=_vendor_line(evidence.vendor, str(pinned)), port=pinned, rport=referral.port
        ),
        "console": _console(evidence.vendor, pinned),
        "rhost_remedy": _host_remedy(referral.host, look),
        "rname_remedy": _NAME_REMEDY.format(host=referral.host, address=referral.lmgrd_address, here=observer(evidence))
        if _may_be_mapped(referral.host)
        else "",
    }


def _host_remedy(host: str, look: Resolution | None) -> str:
    """Return what to check about the referral's name; empty for an address, which needs no look-up."""
    if is_address(host) or look is None or not look.addresses:
        return ""
    named = ", ".join(look.addresses[:4])
    return f"Check that {printable(host, _NAME)} is the license server: it resolves to {named}."


def _console(vendor: str, port: int) -> str:
    """Return how the daemon's own product pins the port, or its usual ports; empty for an unknown daemon."""
    product = product_of(vendor)
    if product is None:
        return ""
    told = "; ".join(step.brief for step in product.pin_steps(port) if step.brief)
    if told:
        return f"{product.short_name}: {told}."
    usual = [
        f"{who} on {', '.join(map(str, ports))}"
        for who, ports in (("lmgrd", product.lmgrd_ports), (vendor.strip(), product.vendor_ports))  # a known name
        if ports
    ]
    return f"Compare these ports with the usual ones of {product.name}: {'; '.join(usual)}." if usual else ""


def _may_be_mapped(host: str) -> bool:
    """Whether DNS or a hosts file can map the referral's host without doing harm."""
    return not is_address(host) and not _MYSELF.fullmatch(host) and bool(_HOST_NAME.fullmatch(host))


def _locate_remedy(leg: Leg | None, evidence: Evidence) -> str:
    """Return how to find the hop that blocks; empty where `lmwire locate` finds no more.

    It takes a system that names the senders of ICMP errors, this machine as the client, and a way with routers on it.
    """
    referral = evidence.referral
    if evidence.source != "probe" or evidence.limits or referral is None or leg is None:
        return ""
    if leg.address == leg.local or is_loopback(leg.address):
        return ""
    entry = _word(f"{referral.lmgrd_port}@{evidence.host}")
    vendor = f" --vendor {_word(evidence.vendor)}" if evidence.vendor else ""
    return f"Find the hop that blocks the port: `lmwire locate {entry}{vendor}`."


_NAME_REMEDY: Final = (
    f"Make `{{host}}` resolve to {{address}} on the clients, in DNS. To test this first, add this line to {HOSTS_FILE} "
    "of {here}: `{address} {host}`."
)
_NO_NAME: Final = {"rname_remedy": "", "rhost_remedy": ""}
_PINS: Final = {
    True: "Pin that port in the server's license file, unless it is pinned: {line}, then restart the license service.",
    False: "Unless a port is pinned, pin {port} in the server's license file: {line}. Restart the license service when "
    "TCP {port} is open; the rule for {rport} can then go.",
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
    garbled = _GARBLED.get(leg.fault or ("order" if leg.answered else ""), _DAMAGED)
    endpoint = f"{leg.endpoint.removesuffix(str(leg.port))}{_ports(leg, evidence)}"
    peer = printable(leg.peer, _VENDOR)
    return {
        "endpoint": endpoint,
        "laddress": leg.address,
        "lport": _ports(leg, evidence),
        "local": leg.local or observer(evidence),
        "seconds": seconds_text(leg.seconds or leg.connect_seconds),
        "sent": str(leg.sent),
        "icmp": icmp_text(leg.icmp) if leg.icmp else printable(leg.detail, _DETAIL) or "no route",
        "sender": _sender(leg),
        "detail": printable(leg.detail, _DETAIL) or _ANSWERS.get(leg.answer, "the system gives no reason"),
        "said": printable(leg.detail, _DETAIL) or "(nothing)",
        "code": str(leg.code),
        "peer": f" {peer}" if peer else "",
        "peer_name": peer or "another vendor daemon",
        "shadow_pin": _vendor_line(leg.peer, "…"),
        "service_article": service_text(leg),
        "start": (f"{leg.start[:_START]}…" if len(leg.start) > _START else leg.start) or "(nothing)",
        "closes": "resets it" if leg.dialogue is Dialogue.RESET else "closes it",
        "sends": garbled.sends,
        "garbled_cause": garbled.cause,
        "garbled_remedy": garbled.remedy.format(endpoint=endpoint, here=observer(evidence)),
        **_code_values(leg.code),
    }


def _code_values(code: int | None) -> dict[str, str]:
    """Return what an error code that a server answers means, and what to do about it."""
    if code is None:
        return {"code_meaning": "?", "code_note": "", "code_remedy": ""}
    error = error_code(code)
    return {
        "code_meaning": _clause(error.meaning) if error.known else "lmwire does not know this code",
        "code_note": f" {error.note}." if error.note else "",
        "code_remedy": f"{error.remedy}." if error.remedy else "",
    }


def _clause(sentence: str) -> str:
    """Return a sentence as it continues after a colon: with a small letter, unless a name in capitals comes first."""
    first, second = sentence[:1], sentence[1:2]
    return sentence if second.isupper() else first.lower() + sentence[1:]


_ANSWERS: Final[dict[Answer | None, str]] = {
    Answer.REFERRAL: "it refers on to another server, as lmgrd does",
    Answer.TEXT: "it sends text without a question",
}
_LEG_NAMES: Final = (
    *("endpoint", "laddress", "lport", "local", "seconds", "sent", "icmp", "sender", "detail", "said", "code"),
    *("peer", "peer_name", "shadow_pin", "service_article", "start", "closes", "sends", "garbled_cause"),
    *("garbled_remedy", "code_meaning", "code_note", "code_remedy"),
)


def _sender(leg: Leg) -> str:
    if leg.icmp is None:
        return "a machine that this system does not name"
    return "the server's own address" if leg.icmp.sender == leg.address else leg.icmp.sender


def _inconclusive_remedy(evidence: Evidence) -> str:
    if evidence.referral is not None and not evidence.followed and not evidence.failure:
        return "Run lmwire without --no-follow, to try the vendor daemon too."
    if evidence.source == "capture":
        return (
            "Capture again on the client's machine, with DNS and ICMP, from before the application starts until it "
            "reports its error."
        )
    if evidence.vendor or evidence.failure:
        return "Run the same command again with `--format json` and look at the evidence."
    return (
        "Name the vendor daemon: `lmwire diagnose … --vendor NAME`. The VENDOR line of the license file has its name."
    )


def _fallback_values(evidence: Evidence) -> dict[str, str]:
    """Return how the connection to lmgrd's own address ended: clients fall back to it."""
    here, named = observer(evidence), evidence.legs_of(Role.VENDOR, Via.REFERRAL)
    values = {"named_fate": fate(named[0], here) if named else f"{here} did not try it"}
    fallback = next(iter(evidence.legs_of(Role.VENDOR, Via.LMGRD_ADDRESS)), None)
    if fallback is None:
        return values | {"fallback": f"{here} did not try that.", "fallback_remedy": ""}
    if fallback.answered and fallback.answer is Answer.HELLO:
        saved = "it answers there, so most applications work all the same, some after a delay."
        return values | {"fallback": saved, "fallback_remedy": ""}
    end, too = fate(fallback, here), " too" if named else ""
    remedy = f"Open TCP {fallback.port} to {fallback.address} as well: {end}."
    return values | {"fallback": f"{end} there{too}, hence the error.", "fallback_remedy": remedy}
