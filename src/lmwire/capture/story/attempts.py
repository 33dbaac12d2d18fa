"""From a client's connections to its attempts: who was asked, where that referred to, and where the client went.

A client tries the servers of its license path one after the other, and all of it two or three times. An attempt begins
with a connect to a server that this attempt has asked already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from lmwire.capture.follow.flows import TcpFlow
from lmwire.capture.follow.tracker import REFERRED
from lmwire.capture.packets.decode import address
from lmwire.capture.story.lookups import ClientLookups
from lmwire.evidence import Answer, Asked, Via
from lmwire.ports import DEFAULT_RANGE, port_dialled
from lmwire.wire import Referral

__all__ = ["AskedServer", "Attempt", "Contact", "attempts_of", "is_knock", "servers_of"]

_WALK: Final = frozenset(DEFAULT_RANGE[:2])
"""Ports that a client has tried when it walks the default range. A list that names both is rare beside `@host`."""


_CONTACTS: Final = 128
"""An attempt has at most so many servers; no application tries more of them in a row."""


@dataclass(slots=True)
class Contact:
    """A connect to a server of the license path, and the connects to where that referred the client.

    Attributes:
        name: what the server was looked up as; its address when the capture does not tell.
    """

    flow: TcpFlow
    name: str
    vendors: list[TcpFlow] = field(default_factory=list)

    @property
    def referral(self) -> Referral | None:
        """The referral that it gave."""
        return self.flow.talk_end.referral if self.flow.talk_end is not None else None


@dataclass(slots=True)
class Attempt:
    """One go through a license path."""

    contacts: list[Contact] = field(default_factory=list)
    last: float = 0.0

    def flows(self) -> Iterator[TcpFlow]:
        """Yield every connection of it."""
        for contact in self.contacts:
            yield contact.flow
            yield from contact.vendors


@dataclass(slots=True)
class AskedServer:
    """One server of an attempt, and one vendor daemon asked of it; `port` None when the default range was walked."""

    name: str
    port: int | None
    vendor: str
    contacts: list[Contact]


def is_knock(flow: TcpFlow) -> bool:
    """Whether a client only looked whether the port is open, as telnet and monitors do."""
    unheard = flow.answered_at is not None and not flow.established  # it got its SYN-ACK, and reset
    nothing = flow.established and flow.talk_end is None and not flow.up.top and not flow.received
    return flow.left_at is not None and not flow.refused and flow.error is None and (unheard or nothing)


def attempts_of(flows: Sequence[TcpFlow], looks: ClientLookups) -> list[Attempt]:
    """Return the attempts of one client, in order of time."""
    attempts: list[Attempt] = []
    before = 0.0
    for flow in sorted(flows, key=lambda flow: flow.syn_at):
        current = attempts[-1] if attempts and flow.syn_at - attempts[-1].last <= REFERRED else None
        recent = (attempt for attempt in _recent(attempts) if flow.syn_at - attempt.last <= REFERRED)
        source = next(filter(None, (_source(attempt, flow, looks) for attempt in recent)), None)
        if source is not None:
            source.vendors.append(flow)
        else:
            if current is None or len(current.contacts) >= _CONTACTS or _asked_already(current, flow):
                attempts.append(Attempt())
            name = looks.name_of(flow.server, flow.syn_at, before) or address(flow.server)
            attempts[-1].contacts.append(Contact(flow, name))
        before = flow.syn_at
        attempts[-1].last = max(attempts[-1].last, flow.last)
    return attempts


def _recent(attempts: Sequence[Attempt]) -> Iterator[Attempt]:
    """Yield the attempts that a connection to a vendor daemon may belong to, the latest first.

    The one before the latest counts only where the latest asked for nothing but lists: such a question to lmgrd may
    come in between.
    """
    yield from attempts[-1:]
    if attempts and all(_lists(contact.flow) for contact in attempts[-1].contacts):
        yield from attempts[-2:-1]


def _lists(flow: TcpFlow) -> bool:
    return flow.established and (flow.asked is Asked.DLIST or flow.introduction)


def _source(attempt: Attempt, flow: TcpFlow, looks: ClientLookups) -> Contact | None:
    """Return the contact whose referral led to `flow`; the latest of several."""
    return next((contact for contact in reversed(attempt.contacts) if _leads(contact, flow, looks)), None)


def _leads(contact: Contact, flow: TcpFlow, looks: ClientLookups) -> bool:
    referral, lmgrd = contact.referral, contact.flow
    if _unread(lmgrd) and flow.syn_at >= lmgrd.syn_at and flow.server_port != lmgrd.server_port:
        return True  # the answer may have led there; the capture does not show it
    if referral is None or port_dialled(referral.port) != flow.server_port:
        return False
    if (flow.server, flow.server_port) == (lmgrd.server, lmgrd.server_port) or flow.syn_at < lmgrd.syn_at:
        return False  # round in a circle: that is the next attempt
    if flow.vendor and lmgrd.vendor and flow.vendor != lmgrd.vendor:
        return False
    if flow.server == lmgrd.server:
        return True
    look = looks.resolution(referral.host, Via.REFERRAL, lmgrd.ended_at, flow.syn_at)
    return look is None or address(flow.server) in look.addresses


def _unread(flow: TcpFlow) -> bool:
    """Whether the client got an answer of which the capture has only a part."""
    if flow.talk_end is not None:
        return False
    # One more than the bytes is the server's end of the stream, which may be all that was acknowledged.
    lost_whole = flow.seen_acked > flow.down.next + 1
    lost_part = flow.down.missing > 0 and flow.seen_acked > flow.down.next
    return lost_whole or (bool(flow.received) and (flow.down.snapped or lost_part))


def _asked_already(attempt: Attempt, flow: TcpFlow) -> bool:
    return any(
        (known.server, known.server_port) == (flow.server, flow.server_port)
        and (Asked.NOTHING in (known.asked, flow.asked) or (known.asked, known.vendor) == (flow.asked, flow.vendor))
        for known in (contact.flow for contact in attempt.contacts)
    )


def servers_of(attempt: Attempt) -> list[AskedServer]:
    """Return the servers of an attempt, each with each vendor daemon that was asked of it."""
    ports: dict[str, set[int]] = {}
    found: set[str] = set()
    for contact in attempt.contacts:
        ports.setdefault(contact.name, set()).add(contact.flow.server_port)
        if contact.flow.server_port == DEFAULT_RANGE.start and _is_lmgrd(contact):
            found.add(contact.name)  # nobody walks on from there
    back = {name for name in ports if not _upwards(attempt, name)}
    groups: dict[tuple[str, int | None], list[Contact]] = {}
    for contact in attempt.contacts:
        walked = ports[contact.name] >= _WALK and contact.name not in found | back
        in_walk = walked and contact.flow.server_port in DEFAULT_RANGE
        groups.setdefault((contact.name, None if in_walk else contact.flow.server_port), []).append(contact)
    return [server for (name, port), contacts in groups.items() for server in _by_vendor(name, port, contacts)]


def _upwards(attempt: Attempt, name: str) -> bool:
    """Whether the ports of the default range that accept were tried from the lowest up, as a client walks it.

    lmwire itself knocks at all ports at once, and asks those that accept in this order.
    """
    tried = [each.flow.server_port for each in attempt.contacts if each.name == name and each.flow.established]
    within = list(dict.fromkeys(port for port in tried if port in DEFAULT_RANGE))
    return within == sorted(within)


def _is_lmgrd(contact: Contact) -> bool:
    end = contact.flow.talk_end
    return contact.referral is not None or (end is not None and end.answer is Answer.TEXT)


def _by_vendor(name: str, port: int | None, contacts: list[Contact]) -> Iterator[AskedServer]:
    vendors = dict.fromkeys(contact.flow.vendor for contact in contacts if contact.flow.vendor)
    for vendor in vendors or ("",):
        chosen = [contact for contact in contacts if contact.flow.vendor in (vendor, "")]
        yield AskedServer(name, port, vendor, chosen)
