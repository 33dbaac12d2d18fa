"""What is worth knowing beside the verdict. Each finding is a function from evidence to a sentence, or nothing."""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Callable, Iterator
from typing import Final

from lmwire.addresses import address_used, endpoint, is_loopback
from lmwire.diagnosis.judge import judge, leads_elsewhere, other_daemon, points_back
from lmwire.diagnosis.model import Finding, Severity
from lmwire.diagnosis.phrases import observer
from lmwire.diagnosis.verdicts import SPECS, VerdictId
from lmwire.evidence import (
    Answer,
    Connect,
    Dialogue,
    Evidence,
    Leg,
    LogSeen,
    Role,
    Via,
    is_address,
)
from lmwire.ports import DEFAULT_RANGE, DEFAULT_RANGE_TEXT, MAX_PORT, PRIVILEGED, port_dialled
from lmwire.text import printable

__all__ = ["FINDINGS", "findings_of"]

_EPHEMERAL = 32768  # from here on, Linux and others choose ports for programs that ask for none
_SLOW = 3.0
_USUAL_ANSWER = 9.0
_USUAL_CONNECT = 2.9  # the third SYN is sent after three seconds
_IPV4 = 4

_Found = tuple[Severity, str] | None


def findings_of(evidence: Evidence, verdict: VerdictId) -> tuple[Finding, ...]:
    """Return every finding; none repeats the verdict."""
    return tuple(_all(evidence, verdict))


def _all(evidence: Evidence, verdict: VerdictId) -> Iterator[Finding]:
    for name, find in FINDINGS.items():
        found = find(evidence)
        if found is not None and name not in SPECS[verdict].already_says:
            yield Finding(id=name, severity=found[0], text=found[1])


def _referred_port(evidence: Evidence) -> int | None:
    referral = evidence.referral
    return referral.port if referral and 1 <= referral.port <= MAX_PORT else None


def _vendor_port(evidence: Evidence) -> int | None:
    """Return the port to which lmgrd refers, unless that is lmgrd's own: then no vendor daemon has it."""
    return None if points_back(evidence) else _referred_port(evidence)


def _unpinned(evidence: Evidence) -> _Found:
    port = _vendor_port(evidence)
    vendor = printable(evidence.vendor, 40)
    if evidence.pinned == 0:
        whom = vendor or "the vendor daemon"
        return Severity.WARNING, f"The license file pins no port for {whom}: it may move at every restart."
    if evidence.log is not None and evidence.log.pinned is False and not evidence.pinned:
        text = (
            f"The server's log shows that no port is pinned for {vendor or 'the vendor daemon'}: it may move at every "
            "restart."
        )
        return Severity.WARNING, text
    if port is not None and port >= _EPHEMERAL and not _known_pinned(evidence):
        line = f"`VENDOR {vendor} port=…`" if vendor else "`port=…` on its VENDOR line"
        text = (
            f"The system seems to have chosen vendor port {port}. The port changes at a restart, unless {line} pins it."
        )
        return Severity.WARNING, text
    return None


def _known_pinned(evidence: Evidence) -> bool:
    return bool(evidence.pinned) or (evidence.log is not None and evidence.log.pinned is True)


def _pinned_otherwise(evidence: Evidence) -> _Found:
    port = _referred_port(evidence)
    if not evidence.pinned or port in (None, evidence.pinned):
        return None
    text = f"The license file says port {evidence.pinned}, but lmgrd refers to {port}: the server reads another file."
    return Severity.WARNING, text


def _outside_range(evidence: Evidence) -> _Found:
    port = _vendor_port(evidence)
    # Of a port that the system chose, "vendor-port-unpinned" tells more: the next one will be another.
    if port is None or port in DEFAULT_RANGE or (port >= _EPHEMERAL and not _known_pinned(evidence)):
        return None
    text = f"Vendor port {port} is outside {DEFAULT_RANGE_TEXT}: a firewall rule for that range does not cover it."
    return Severity.WARNING, text


def _privileged(evidence: Evidence) -> _Found:
    port = _vendor_port(evidence)
    if port is None or port >= PRIVILEGED:
        return None
    text = f"Vendor port {port} is below 1024, often a sign of a daemon that runs as root and was given no `port=`."
    return Severity.WARNING, text


def _logged_otherwise(evidence: Evidence) -> _Found:
    port, log = _referred_port(evidence), evidence.log
    if port is None or log is None or log.port in (None, port):
        return None
    text = (
        f"The server's log{_until(log)} says port {log.port}, but lmgrd refers to {port}: the vendor daemon restarted"
    )
    return Severity.WARNING, f"{text} since then, the log is another server's, or a NAT changes ports."


def _lmgrd_logged_otherwise(evidence: Evidence) -> _Found:
    log = evidence.log
    if log is None or evidence.port is None or log.lmgrd_port in (None, evidence.port):
        return None
    text = f"The server's log{_until(log)} says that lmgrd listens on {log.lmgrd_port}, but {evidence.port} was asked:"
    return Severity.WARNING, f"{text} the log is of another time or server, or a NAT changes ports."


def _until(log: LogSeen) -> str:
    return f" (until {printable(log.until, 40)})" if log.until else ""


def _name_differs(evidence: Evidence) -> _Found:
    referral = evidence.referral
    if referral is None or not referral.host.strip() or is_address(referral.host) or is_address(evidence.host):
        return None
    asked, named = evidence.host.rstrip(".").lower(), referral.host.rstrip(".").lower()
    if asked == named:
        return None
    who = "the client" if evidence.source == "capture" else "you"
    text = f"The server calls itself {printable(referral.host, 100)}, {who} asked for {printable(evidence.host, 100)}."
    return Severity.OK, text


def _referral_is_address(evidence: Evidence) -> _Found:
    referral = evidence.referral
    if referral is None or not is_address(referral.host) or is_loopback(referral.lmgrd_address):
        return None
    text = (
        f"The referral names an address, {printable(referral.host)}: clients on the other side of a NAT cannot use it."
    )
    return Severity.OK, text


def _elsewhere(evidence: Evidence) -> _Found:
    look, referral = evidence.resolution_of(Via.REFERRAL), evidence.referral
    if look is None or referral is None or not leads_elsewhere(evidence):
        return None
    where = ", ".join(look.addresses[:4])
    text = f"The referral's name leads to {where}; lmgrd was found at {referral.lmgrd_address}."
    return Severity.OK, text


_NAMES: Final = ((Role.LMGRD, Via.TARGET), (Role.VENDOR, Via.REFERRAL))


def _dead_first(evidence: Evidence) -> _Found:
    """Find an IPv6 address that does not answer, where a client uses an IPv4 address of the same name."""
    for used, others in _by_use(evidence):
        dead = [leg for leg in others if ":" in leg.address and not leg.established]
        if used.established and ":" not in used.address and dead:
            text = f"The IPv6 address {dead[0].address} is {dead[0].connect.value}. FlexNet clients do not notice: they"
            return Severity.OK, f"{text} use {used.address}. Programs that try IPv6 first wait for it."
    return None


def _dead_address(evidence: Evidence) -> _Found:
    for used, others in _by_use(evidence):
        same_version = [leg for leg in others if (":" in leg.address) == (":" in used.address)]
        dead = [leg for leg in same_version if not leg.established]
        if used.established and dead:
            names = ", ".join(leg.endpoint for leg in dead[:4])
            text = f"FlexNet clients use one address of {printable(used.host, 100)}, now {used.address}. Where DNS"
            return Severity.WARNING, f"{text} shuffles them, the next start may use {names}, which does not accept."
    return None


def _unused_address(evidence: Evidence) -> _Found:
    """Find an address that works, beside the one that a client uses, which does not."""
    for used, others in _by_use(evidence):
        good = next((leg for leg in others if leg.established), None)
        if not used.established and good is not None:
            which = "first" if ":" in used.address else "first IPv4"
            text = f"{good.endpoint} accepts, but FlexNet clients use only {used.address}, the {which} address"
            return Severity.WARNING, f"{text} of the name. They try no other."
    return None


def _by_use(evidence: Evidence) -> Iterator[tuple[Leg, tuple[Leg, ...]]]:
    """Yield the leg to the address that a client uses, and those to the other addresses of the same name and port."""
    for role, via in _NAMES:
        look = evidence.resolution_of(via)
        if look is None or (evidence.port is None and role is Role.LMGRD):
            continue
        legs = evidence.legs_of(role, via)
        used = next((leg for leg in legs if leg.address == address_used(look.addresses)), None)
        if used is not None:
            yield used, tuple(leg for leg in legs if leg.address != used.address and leg.port == used.port)


def _legacy_only(evidence: Evidence) -> _Found:
    old = next((leg for leg in evidence.legs if leg.legacy and leg.answered), None)
    if old is None:
        return None
    text = f"{old.endpoint} understands only the legacy hello: the license manager is old, and newer clients may fail."
    return Severity.OK, text


def _public(evidence: Evidence) -> _Found:
    for leg in evidence.legs:
        address = ipaddress.ip_address(leg.address.partition("%")[0])
        # A global IPv6 address is not a sign: nearly all are global, and behind a firewall.
        if leg.established and address.version == _IPV4 and address.is_global:
            text = f"The license server answers at the public address {leg.address}, and does not ask for a password."
            return Severity.WARNING, f"{text} Check who can reach it."
    return None


def _brackets(evidence: Evidence) -> _Found:
    if "[" not in evidence.target or ":" not in evidence.host:
        return None
    bare = shlex.quote(printable(evidence.target.replace("[", "").replace("]", ""), 100))
    text = f"FlexNet 11.19 does not understand brackets around an IPv6 address and says -96,7: write {bare}."
    return Severity.WARNING, text


def _impatient(evidence: Evidence) -> _Found:
    """Find a silence that lmwire did not wait out as long as an application does."""
    for leg in evidence.legs:
        waited = leg.seconds - leg.connect_seconds
        silent = leg.dialogue in (Dialogue.SILENT, Dialogue.LOST) or leg.fault == "truncated"
        if evidence.source == "probe" and silent and 0 < waited < _USUAL_ANSWER:
            text = f"{leg.endpoint} had {waited:.1f} s to answer; applications wait 10: it may only be slow."
            return Severity.WARNING, text
        hasty = leg.attempts == 1 and 0 < leg.connect_seconds < _USUAL_CONNECT  # several tell as much in less time
        if leg.connect is Connect.FILTERED and evidence.source == "probe" and hasty:
            text = f"{leg.endpoint} had {leg.connect_seconds:.1f} s to accept: a lost packet looks the same."
            return Severity.WARNING, text
    return None


def _slow(evidence: Evidence) -> _Found:
    slow = next((leg for leg in evidence.legs if leg.answered and leg.seconds - leg.connect_seconds > _SLOW), None)
    if slow is None:
        return None
    waited = slow.seconds - slow.connect_seconds
    return Severity.WARNING, f"{slow.endpoint} took {waited:.1f} s to answer; clients give up after about 10."


def _not_listed(evidence: Evidence) -> _Found:
    if evidence.daemons is None or not evidence.vendor or evidence.vendor in evidence.daemons:
        return None
    names = printable(", ".join(evidence.daemons), 100) or "none"
    return Severity.WARNING, f"lmgrd does not list {printable(evidence.vendor, 40)} among its vendor daemons: {names}."


def _port_cut(evidence: Evidence) -> _Found:
    referral = evidence.referral
    if referral is None or referral.port <= MAX_PORT:
        return None
    dialled = port_dialled(referral.port)
    text = f"lmgrd refers to port {referral.port}, which cannot exist: clients cut it off and connect to {dialled}."
    return Severity.WARNING, f"{text} Correct the port= of the VENDOR line."


def _led_inside(evidence: Evidence) -> _Found:
    """Find a referral that leads each client to itself, or to its own link, from a server that is elsewhere."""
    look, referral = evidence.resolution_of(Via.REFERRAL), evidence.referral
    if look is None or referral is None or _is_local(referral.lmgrd_address):
        return None
    # The client's own hosts file may lead a name to its loopback; an address is the server's word.
    local = [one for one in look.addresses if _is_local(one) and (is_address(referral.host) or not is_loopback(one))]
    tried = {leg.address for leg in evidence.legs_of(Role.VENDOR)}
    if not local or local[0] not in tried:
        return None
    where = endpoint(local[0], port_dialled(referral.port))
    text = (
        f"lmgrd made every client connect to {where}, an address of the client's own machine or link, and lmwire too."
    )
    return Severity.WARNING, f"{text} If nobody configured that, do not trust the server."


def _is_local(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    return is_loopback(address) or found.is_link_local


def _other_daemon(evidence: Evidence) -> _Found:
    judged = judge(evidence)
    told = judged.leg if judged.id is VerdictId.HEALTHY else None
    for leg in evidence.legs_of(Role.VENDOR):
        if leg is not told and leg.answered and leg.answer is Answer.HELLO and other_daemon(evidence, leg):
            asked, found = printable(evidence.vendor, 40), printable(leg.peer, 40)
            return Severity.WARNING, f"{leg.endpoint} calls itself {found}; the client asked for {asked}."
    return None


def _dns_differs(evidence: Evidence) -> _Found:
    for look in evidence.resolutions:
        own = evidence.resolution_of(look.via)
        if look.source == "dns" and own is not None and set(look.addresses) != set(own.addresses):
            dns = ", ".join(look.addresses) or "nothing"
            used = ", ".join(own.addresses) or "nothing"
            text = f"DNS says {dns} for {printable(look.name, 100)}, but {observer(evidence)} uses {used}"
            return Severity.WARNING, f"{text} (hosts file? cache?)."
    return None


def _range_hole(evidence: Evidence) -> _Found:
    if evidence.port is not None:
        return None
    filtered = [leg.port for leg in evidence.legs_of(Role.LMGRD) if leg.connect is Connect.FILTERED]
    accepted = [leg.port for leg in evidence.legs_of(Role.LMGRD) if leg.established]
    before = [port for port in filtered if accepted and port < accepted[0]]
    if not before:
        return None
    return (
        Severity.WARNING,
        f"Clients try port {before[0]} before {accepted[0]}, and it is filtered: every start waits for it.",
    )


def _reset_after(evidence: Evidence) -> _Found:
    if not any(leg.dialogue is Dialogue.RESET for leg in evidence.legs):
        return None
    return (
        Severity.OK,
        "The other side reset the connection instead of closing it: typical of a proxy or firewall on the way.",
    )


FINDINGS: Final[dict[str, Callable[[Evidence], _Found]]] = {
    "vendor-port-unpinned": _unpinned,
    "vendor-port-differs": _pinned_otherwise,
    "log-port-differs": _logged_otherwise,
    "log-lmgrd-port-differs": _lmgrd_logged_otherwise,
    "vendor-port-outside-range": _outside_range,
    "vendor-port-privileged": _privileged,
    "referral-name-differs": _name_differs,
    "referral-is-address": _referral_is_address,
    "referral-elsewhere": _elsewhere,
    "ipv6-first-dead": _dead_first,
    "address-dead": _dead_address,
    "address-unused": _unused_address,
    "default-range-filtered": _range_hole,
    "legacy-only-server": _legacy_only,
    "server-public-address": _public,
    "ipv6-brackets": _brackets,
    "slow-answer": _slow,
    "short-wait": _impatient,
    "vendor-not-listed": _not_listed,
    "vendor-other-daemon": _other_daemon,
    "dns-differs": _dns_differs,
    "connection-reset": _reset_after,
    "referral-port-cut": _port_cut,
    "referral-local": _led_inside,
}
"""Finding id → what looks for it."""
