"""From flows to cases: the attempts of each client, those that are alike put together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from lmwire.capture.follow.flows import TcpFlow
from lmwire.capture.follow.hosts import Hosts
from lmwire.capture.follow.tracker import Tracker
from lmwire.capture.packets.decode import address
from lmwire.capture.story.attempts import attempts_of, is_knock, servers_of
from lmwire.capture.story.lookups import ClientLookups
from lmwire.capture.story.server_evidence import ConnectTimes, ServerEvidence, StoryContext, evidence_of
from lmwire.evidence import Asked, Dialogue, Evidence, Leg, Resolution, Via

__all__ = ["Case", "CaseCollector"]

_CASES: Final = 5_000
"""Cases that are reported; a capture with more of them is an attack, or a simulation of one."""

_MOST_NAMES: Final = 3
"""Names that led nowhere, above which a capture without license traffic says nothing about any of them."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A story of one client, which happened once or several times.

    Attributes:
        client: its address.
        attempts: how often.
        first, last: Unix times at which the first of them began, and the last.
        evidence: that of the first.
    """

    client: str
    attempts: int
    first: float
    last: float
    evidence: Evidence


class CaseCollector:
    """Collects stories into cases: it counts stories of a client that are alike as one case."""

    def __init__(self) -> None:
        self.heard = False
        self._cases: dict[tuple[object, ...], Case] = {}
        self._cut: list[Case] = []
        self._midstream = self._knocks = self._queries = self._untold = 0

    def take(self, handed: Iterable[tuple[bytes, list[TcpFlow]]], tracker: Tracker) -> None:
        """Take the flows of clients whose attempts are over."""
        flows_of = dict(handed)
        hosts = Hosts(flows_of, tracker.links)
        for clients in hosts.groups():
            flows = [flow for client in clients for flow in flows_of[client]]
            askers = dict.fromkeys(asker for client in clients for asker in hosts.all_of(client))
            looks = ClientLookups((look for asker in askers for look in tracker.names.of(asker)), tracker.now)
            self._stories(flows, looks, tracker)

    def _stories(self, flows: list[TcpFlow], looks: ClientLookups, tracker: Tracker) -> None:
        self.heard = self.heard or bool(flows)
        begun = [flow for flow in flows if not flow.midstream or _complete(flow)]
        self._midstream += len(flows) - len(begun)
        talks = [flow for flow in begun if not is_knock(flow)]
        self._knocks += len(begun) - len(talks)
        talks = self._without_introductions(talks)
        scene = StoryContext(looks, tracker.now, tracker.neighbours.in_vain, ConnectTimes(talks))
        for attempt in attempts_of(talks, looks):
            for server in servers_of(attempt):
                flow = server.contacts[0].flow
                if all(_is_query(contact.flow) for contact in server.contacts):
                    self._queries += len(server.contacts)
                else:
                    self._fold(address(flow.client), evidence_of(server, attempt, scene), flow.syn_at)

    def _without_introductions(self, talks: list[TcpFlow]) -> list[TcpFlow]:
        """Leave out hellos that name no vendor daemon, where more was asked of the same server."""
        asked = {(flow.server, flow.server_port) for flow in talks if not flow.introduction}
        kept = [flow for flow in talks if not (flow.introduction and self._is_aside(flow, asked))]
        self._queries += len(talks) - len(kept)
        return kept

    @staticmethod
    def _is_aside(flow: TcpFlow, asked: set[tuple[bytes, int]]) -> bool:
        only_introduced = flow.introduced is not None and flow.asked is Asked.NOTHING
        return only_introduced or (flow.server, flow.server_port) in asked

    def _fold(self, client: str, found: ServerEvidence, when: float) -> None:
        case = Case(client=client, attempts=1, first=when, last=when, evidence=found.evidence)
        key = (client, *_outcome(found.evidence))
        if key not in self._cases and len(self._cases) + len(self._cut) >= _CASES:
            self._untold += 1
        elif found.cut:
            self._cut.append(case)
        else:
            self._add(key, case)

    def _add(self, key: tuple[object, ...], case: Case) -> None:
        known = self._cases.get(key)
        if known is not None:
            case = msgspec.structs.replace(known, attempts=known.attempts + 1, last=max(known.last, case.last))
        self._cases[key] = case

    def names_alone(self, tracker: Tracker) -> None:
        """Take names that led nowhere for the servers' of a license path, where there is nothing else at all."""
        found = [
            (client, looks, *failed)
            for client in tracker.names.clients
            for looks in [ClientLookups(tracker.names.of(client), tracker.now)]
            for failed in looks.failed_names()
        ]
        if len(found) > _MOST_NAMES:
            return
        for client, looks, name, first, last in found:
            look = looks.resolution(name, Via.TARGET, first, last)
            if look is not None:
                evidence = _name_evidence(look)
                key = (client, name.lower())
                self._cases[key] = Case(client=address(client), attempts=1, first=first, last=last, evidence=evidence)

    def cases(self) -> tuple[Case, ...]:
        """Return all cases. What was under way at the end counts as one more of what the client had met before."""
        latest = {_way(case): key for key, case in self._cases.items()}
        for cut in self._cut:
            key = latest.get(_way(cut))
            if key is None:
                key = latest[_way(cut)] = (cut.client, cut.first, cut.evidence.target, cut.evidence.vendor)
                self._add(key, cut)
                continue
            case = self._cases[key]
            limits = (*case.evidence.limits, "the capture ends during another attempt")
            self._cases[key] = msgspec.structs.replace(
                case,
                attempts=case.attempts + 1,
                last=max(case.last, cut.last),
                evidence=msgspec.structs.replace(case.evidence, limits=tuple(dict.fromkeys(limits))),
            )
        self._cut.clear()
        return tuple(sorted(self._cases.values(), key=lambda case: (case.client, case.first)))

    def notes(self, tracker: Tracker) -> tuple[str, ...]:
        """Return what was left aside."""
        counts = tracker.counts
        unreadable = sum(counts.unreadable.values())
        told = (
            (self._midstream, "conversations that began before the capture"),
            (self._knocks, "connections to license ports without a request, as telnet and monitors make them"),
            (self._queries, "connections that asked only for a server's vendor daemons or status"),
            (counts.fragments, "IP fragments other than the first of a packet"),
            (counts.forgotten, "connects beyond the number that lmwire keeps"),
            (self._untold, "attempts beyond the number that lmwire reports"),
            *((count, f"{kind} packets, inside which lmwire does not look") for kind, count in counts.tunnels.items()),
            (unreadable, "packets of a link type that lmwire cannot read"),
        )
        return tuple(f"Not analyzed: {what} ({count})." for count, what in told if count)


def _complete(flow: TcpFlow) -> bool:
    """Whether both the question and an answer are in the capture."""
    return flow.asked is not Asked.NOTHING and flow.talk_end is not None and flow.talk_end.dialogue in _ANSWERS


_ANSWERS: Final = frozenset({Dialogue.ANSWERED, Dialogue.ERROR})


def _is_query(flow: TcpFlow) -> bool:
    return flow.asked is Asked.DLIST and flow.talk_end is not None and flow.talk_end.dialogue is Dialogue.ANSWERED


def _way(case: Case) -> tuple[str, str]:
    return case.client, case.evidence.target


def _outcome(evidence: Evidence) -> tuple[object, ...]:
    """Return what makes two stories alike: all but the times."""
    looks = tuple(_look_outcome(look) for look in evidence.resolutions)
    return evidence.target, evidence.vendor, evidence.referral, looks, tuple(map(_leg_outcome, evidence.legs))


def _look_outcome(look: Resolution) -> tuple[object, ...]:
    return look.via, look.name.lower(), look.addresses, look.fault


def _leg_outcome(leg: Leg) -> tuple[object, ...]:
    place = (leg.role, leg.via, leg.address, leg.port, leg.connect, leg.icmp)
    return (*place, leg.asked, leg.dialogue, leg.answer, leg.code, leg.service, leg.fault, bool(leg.sent))


def _name_evidence(look: Resolution) -> Evidence:
    """Return the evidence of a name that led nowhere. That a license path has it is only supposed, and said so."""
    limit = (
        f"the capture has no license traffic: lmwire assumes that {look.name} is a license server's name, because the "
        "client looked it up without success and connected nowhere"
    )
    return Evidence(
        target=f"@{look.name}",
        host=look.name,
        port=None,
        source="capture",
        resolutions=(look,),
        limits=(limit,),
        seconds=look.seconds,
    )
