"""From one server of one attempt to `Evidence`, as the live probe would have given it."""

from __future__ import annotations

import ipaddress
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from lmwire.addresses import is_address, is_loopback
from lmwire.capture.follow.flows import TcpFlow
from lmwire.capture.packets.decode import address
from lmwire.capture.story.attempts import AskedServer, Attempt, Contact
from lmwire.capture.story.flow_legs import CONNECT_PATIENCE, LegContext, leg_of
from lmwire.capture.story.lookups import ClientLookups
from lmwire.evidence import (
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
)
from lmwire.legs import ConnectEnd, Destination, make_leg, version_of
from lmwire.ports import port_dialled
from lmwire.session import NOBODY, parse_daemons
from lmwire.wire import Referral

__all__ = ["ConnectTimes", "ServerEvidence", "StoryContext", "evidence_of"]

_SOON: Final = 1.0
"""A connection to the same port, begun so much later than another, is what the client did next; sooner, both may run
side by side."""


_NO_REFERRAL_LOOKUP: Final = (
    "the capture has no look-up of the referral's name: lmwire takes the address that the client connected to"
)


class ConnectTimes:
    """When the connections of a client to each place began."""

    def __init__(self, flows: Iterable[TcpFlow]) -> None:
        self._begun: dict[tuple[bytes, int], list[float]] = {}
        for flow in sorted(flows, key=lambda flow: flow.syn_at):
            self._begun.setdefault((flow.server, flow.server_port), []).append(flow.syn_at)

    def after(self, flow: TcpFlow) -> float | None:
        """Return when the client next turned to where `flow` leads; None when it did not."""
        begun = self._begun.get((flow.server, flow.server_port), [])
        at = bisect_left(begun, flow.syn_at + _SOON)
        return begun[at] if at < len(begun) else None


class StoryContext(msgspec.Struct, frozen=True):
    """The surroundings of a story: look-ups, the end of the capture, ARP without an answer, other connects."""

    looks: ClientLookups
    end: float
    sought_in_vain: Callable[[bytes], bool]
    connects: ConnectTimes


class ServerEvidence(msgspec.Struct, frozen=True):
    """Evidence, and whether the capture ended before its story did."""

    evidence: Evidence
    cut: bool


def evidence_of(server: AskedServer, attempt: Attempt, scene: StoryContext) -> ServerEvidence:
    """Return the evidence of one server and one vendor daemon in one attempt."""
    story = _Story(server, attempt, scene)
    evidence = story.evidence()
    return ServerEvidence(evidence, bool(evidence.failure) or story.open)


class _Story:
    def __init__(self, server: AskedServer, attempt: Attempt, scene: StoryContext) -> None:
        self.server = server
        self.scene = scene
        self.began = min(flow.syn_at for flow in attempt.flows())
        self.limits: list[str] = []
        self.open = False
        self.unsure = ""

    def evidence(self) -> Evidence:
        server = self.server
        legs = [self._leg(contact.flow, Role.LMGRD, Via.TARGET, server.name) for contact in self._ordered()]
        source = next((contact for contact in server.contacts if contact.referral is not None), None)
        looks = self._target_look()
        referral, failure = None, ""
        if source is not None and source.referral is not None:
            referral = _seen(source, source.referral)
            named, vendor_legs, failure = self._followed(source, source.referral)
            looks, legs = looks + named, legs + vendor_legs
        self._note_flows(source)
        vendor = "" if server.vendor == NOBODY else server.vendor
        return Evidence(
            target=_target(server),
            host=server.name,
            port=server.port,
            vendor=vendor or self._unheard_vendor(source),
            source="capture",
            daemons=self._daemons(),
            resolutions=looks,
            legs=tuple(legs),
            referral=referral,
            failure=failure or _only_listed(legs),
            limits=tuple(dict.fromkeys(self.limits)),
            seconds=max((leg.at + leg.seconds for leg in legs), default=0.0),
            lmgrd_version=self._version(),
        )

    def _ordered(self) -> list[Contact]:
        if self.server.port is None:
            return sorted(self.server.contacts, key=lambda contact: contact.flow.server_port)
        return self.server.contacts

    def _leg(self, flow: TcpFlow, role: Role, via: Via, host: str) -> Leg:
        moved_on = self.scene.connects.after(flow)
        context = LegContext(role=role, via=via, host=host, began=self.began, moved_on=moved_on, end=self.scene.end)
        made = leg_of(flow, context)
        self.open = _is_open(made) and bool(made.detail)
        return made

    def _target_look(self) -> tuple[Resolution, ...]:
        first = self.server.contacts[0].flow
        look = self.scene.looks.resolution(self.server.name, Via.TARGET, 0.0, first.syn_at)
        if is_address(self.server.name):
            text = f"the capture has no look-up that led to {self.server.name}"
            self.limits.append(f"{text}: its name in the license path, if it has one, is unknown")
        if self.server.port is None:
            self.limits.append(
                "the client tried 27000, 27001 and higher ports: lmwire assumes that the license path names no port"
            )
        return () if look is None else (look,)

    def _unheard_vendor(self, source: Contact | None) -> str:
        """Return the vendor daemon's name when the question that held it is not in the capture."""
        if source is None or self.server.vendor:
            return ""
        flows = [flow for flow in source.vendors if flow.vendor or flow.talk_end is not None]
        names = [flow.vendor or (flow.talk_end.peer if flow.talk_end is not None else "") for flow in flows]
        self.limits.append("the question to lmgrd is not in the capture")
        return next(filter(None, names), "unknown")

    def _daemons(self) -> tuple[str, ...] | None:
        asked = [contact.flow for contact in self.server.contacts if contact.flow.listing]
        texts = [flow.talk_end.text for flow in asked if flow.talk_end is not None and flow.talk_end.text]
        return next((names for names in map(parse_daemons, texts) if names is not None), None)

    def _version(self) -> str:
        """Return lmgrd's version, where it told that to a client that then got its list."""
        told = [contact.flow.introduced for contact in self.server.contacts if _is_listed(contact.flow)]
        return next((version_of(answer) for answer in told if answer is not None), "")

    def _followed(self, source: Contact, referral: Referral) -> tuple[tuple[Resolution, ...], list[Leg], str]:
        """Return the look-up of the referral's name, the legs to the vendor daemon, and why there are none."""
        lmgrd = source.flow
        if not port_dialled(referral.port):
            return (), [], ""
        look = self._referral_look(source, referral)
        legs = self._vendor_legs(source, referral, look)
        looks = () if look is None else (look,)
        circle = port_dialled(referral.port) == lmgrd.server_port and (
            look is None or address(lmgrd.server) in look.addresses
        )
        if legs or circle:
            return looks, legs, self.unsure
        return looks, [], self._not_followed(lmgrd, look)

    def _referral_look(self, source: Contact, referral: Referral) -> Resolution | None:
        if not referral.host.strip():
            return None
        referred_at = source.flow.ended_at
        until = source.vendors[-1].syn_at if source.vendors else self.scene.end
        look = self.scene.looks.resolution(referral.host, Via.REFERRAL, referred_at, until)
        if look is None and source.vendors:
            # Where the client went is all there is to tell of the name.
            self.limits.append(_NO_REFERRAL_LOOKUP)
            went = tuple(dict.fromkeys(address(flow.server) for flow in source.vendors))
            self.unsure = self._lacks_lookup(source, referral, went)
            look = Resolution(name=referral.host, via=Via.REFERRAL, source="capture", addresses=went)
        return look

    def _lacks_lookup(self, source: Contact, referral: Referral, went: Sequence[str]) -> str:
        """Return why it stays open whether the referral's name resolved; empty when it does not.

        A client whose look-ups are in the capture looked this name up, too. Where it went to lmgrd's own address, the
        name may have led there, or nowhere.
        """
        name, asked = referral.host.lower(), self.server.name.lower()
        target = self.scene.looks.resolution(asked, Via.TARGET, 0.0, source.flow.syn_at)
        seen = target is not None and target.source == "capture" and bool(target.addresses)
        if not seen or name.partition(".")[0] == asked.partition(".")[0] or address(source.flow.server) not in went:
            return ""
        return f"the capture lacks the look-up of {referral.host}, which would show whether the name resolves"

    def _vendor_legs(self, source: Contact, referral: Referral, look: Resolution | None) -> list[Leg]:
        named = look.addresses if look is not None else ()
        legs: dict[tuple[Via, str], Leg] = {}
        for flow in source.vendors:
            via = Via.REFERRAL if address(flow.server) in named else Via.LMGRD_ADDRESS
            leg = self._leg(flow, Role.VENDOR, via, referral.host)
            known = legs.get((via, leg.address))
            # A client tries a failed connect again. The last end counts, unless the capture does not show it.
            if known is None or not _is_open(leg):
                legs[via, leg.address] = leg
        if named and not any(via is Via.REFERRAL for via, _ in legs) and (legs or self._went_on(source)):
            self.open = self.open or not legs
            for text in named:
                legs[Via.REFERRAL, text] = self._untried(text, source, referral)
        return list(legs.values())

    def _went_on(self, source: Contact) -> bool:
        return self.scene.end - source.flow.ended_at >= CONNECT_PATIENCE

    def _untried(self, text: str, source: Contact, referral: Referral) -> Leg:
        """Return the leg to an address that the client had for the vendor daemon, and to which no packet was seen."""
        connect = Connect.UNKNOWN
        if is_loopback(text):
            detail = f"{text} is the client's own loopback, which is not in the capture"
        elif self.scene.sought_in_vain(ipaddress.ip_address(text).packed):
            connect, detail = Connect.UNREACHABLE, "no machine on the local link answers for that address (ARP)"
        else:
            detail = f"the capture has no packet to {text}"
        if connect is Connect.UNKNOWN:
            self.limits.append(f"{detail}: only what the client did next shows how a connect there ended")
        lmgrd = source.flow
        to = Destination(
            role=Role.VENDOR, via=Via.REFERRAL, host=referral.host, address=text, port=port_dialled(referral.port)
        )
        end = ConnectEnd(connect=connect, detail=detail, local=address(lmgrd.client))
        return make_leg(to, end, at=max(0.0, lmgrd.ended_at - self.began))

    def _not_followed(self, lmgrd: TcpFlow, look: Resolution | None) -> str:
        after = self.scene.end - lmgrd.ended_at
        if after < CONNECT_PATIENCE:
            return f"the capture ends {after:.1f} s after lmgrd's referral"
        if look is not None and not look.addresses:
            return ""  # the client left it at that
        return "the client got a referral, and the capture has no packet to a vendor daemon"

    def _note_flows(self, source: Contact | None) -> None:
        for contact in self.server.contacts:
            self._note_flow(contact.flow)
        for flow in source.vendors if source is not None else ():
            self._note_flow(flow)

    def _note_flow(self, flow: TcpFlow) -> None:
        endpoint = f"{address(flow.server)}:{flow.server_port}"
        if flow.midstream:
            self.limits.append(f"the conversation with {endpoint} began before the capture")
        if flow.fragments:
            self.limits.append(f"lmwire did not reassemble IP fragments to or from {endpoint}")
        if flow.conflicts or flow.up.conflicts or flow.down.conflicts:
            self.limits.append(
                f"some bytes to or from {endpoint} were sent twice with different content: lmwire used the first"
            )
        hops = _hops(flow.client_ttl)
        if hops and not flow.established and flow.answered_at is None:
            way = "1 hop" if hops == 1 else f"{hops} hops"
            self.limits.append(
                f"the client's packets had passed {way} when they were captured: they get at least this far"
            )


def _hops(ttl: int) -> int:
    """Return how many routers a packet has passed, by the usual initial values; 0 when none, or not known."""
    return next((initial - ttl for initial in (64, 128, 255) if ttl <= initial), 0) if ttl else 0


def _is_listed(flow: TcpFlow) -> bool:
    return flow.listing and flow.talk_end is not None and flow.talk_end.answer is Answer.TEXT


def _is_open(leg: Leg) -> bool:
    return leg.connect is Connect.UNKNOWN or (leg.established and leg.dialogue is None)


def _only_listed(legs: Sequence[Leg]) -> str:
    """Return why lmgrd cannot be judged when it sent no list, and no other question to it came to an end."""
    ended = [leg for leg in legs if not _is_open(leg)]
    if not ended or any(leg.asked is not Asked.DLIST or leg.dialogue is not Dialogue.SILENT for leg in ended):
        return ""
    cut = next((leg.detail for leg in legs if _is_open(leg)), "")
    return cut or _ONLY_LISTED


_ONLY_LISTED: Final = (
    "the client asked only for the list of vendor daemons: lmgrd did not send it, and may still answer applications"
)


def _seen(source: Contact, referral: Referral) -> ReferralSeen:
    return ReferralSeen(
        host=referral.host,
        port=referral.port,
        lmgrd_address=address(source.flow.server),
        lmgrd_port=source.flow.server_port,
    )


def _target(server: AskedServer) -> str:
    host = f"[{server.name}]" if ":" in server.name else server.name
    return f"{'' if server.port is None else server.port}@{host}"
