"""One TCP connection as a capture shows it: how its connect went, and the talk, fed to the same session as live."""

from __future__ import annotations

from typing import Final

from lmwire.capture.follow.flow_state import FlowState
from lmwire.capture.packets.decode import ACK, FIN, RST, SYN, Error, Segment
from lmwire.capture.packets.recognize import ASKS, HEADER
from lmwire.evidence import Asked, Dialogue
from lmwire.legs import START, TalkEnd, broken, cut_short, foreign, malformed, talk_end
from lmwire.session import Answered, ClientSession, ClientState, FellBack, Identity, Refused, identify
from lmwire.wire import (
    Hello,
    HelloAnswer,
    LegacyHello,
    NeedData,
    RemoteProtocolError,
    TextRequest,
)

__all__ = ["TcpFlow"]

_TWICE: Final = 0.05
"""Seconds within which the same SYN again is the same packet seen twice (a mirror port, a bridge): no system repeats
one so soon."""

_HELD: Final = 1 << 16
"""Bytes of an answer that are kept while its question is still to come."""

_SOMEBODY: Final = Identity()
_RESET: Final = "Connection reset by peer"


class TcpFlow(FlowState):
    """One connection, which takes its packets in their order; see `FlowState` for what is known of it."""

    __slots__ = ()

    def from_client(self, seen: Segment, when: float) -> None:
        """Take a segment that the client sent."""
        self.last = max(self.last, when)
        flags = seen.flags
        if self.abandoned:
            return
        if flags & SYN:
            self._syn(seen, when)
            return
        if self.syns and flags & ACK and not flags & RST and not self.refused:
            # It has the SYN-ACK, even where the capture has that before the SYN, or not at all.
            self.accepted = True
            self.answered_at = when if self.answered_at is None else self.answered_at
        if not self.up.begun:
            self.up.begin(seen.sequence)
        if flags & ACK:
            if not self.down.begun:
                self.down.begin(seen.acknowledged)
            self.seen_acked = max(self.seen_acked, self.down.offset(seen.acknowledged))
        if seen.size:
            self._said(seen, when)
        if flags & FIN:
            self.up.finish(seen.sequence + seen.size)
        if flags & (FIN | RST) and self.left_at is None:
            self.left_at = when
            self.left_acked = self.down.offset(seen.acknowledged) if flags & ACK else 0

    def _said(self, seen: Segment, when: float) -> None:
        if self.asked_at is None and self.up.offset(seen.sequence) >= 0:
            self.asked_at = when
        fresh = self.up.segment(seen.sequence, seen.payload, seen.size)
        if fresh:
            self._hear(fresh, when)

    def _syn(self, seen: Segment, when: float) -> None:
        if not self.syns:
            self.syn, self.client_ttl = seen.sequence, seen.ttl
            self.up.begin(seen.sequence + 1)
            self.syn_at = self.last_syn = when
            self.syns = 1
        elif when - self.last_syn > _TWICE:
            self.syns += 1
            self.last_syn = when

    def from_server(self, seen: Segment, when: float) -> None:
        """Take a segment that the server sent."""
        self.last = max(self.last, when)
        self.server_ttl = self.server_ttl or seen.ttl
        flags = seen.flags
        if flags & (FIN | RST) and self.server_left_at is None:
            self.server_left_at = when
        if self.abandoned:
            return
        if flags & SYN:
            self._accept(seen, when)
            return
        if flags & RST:
            self._reset(seen, when)
            return
        if not self.down.begun:
            self.down.begin(seen.sequence)
        if flags & ACK and self.up.begun:
            self.acked = max(self.acked, min(self.up.offset(seen.acknowledged), self.up.top))
            self._note_lost_end(seen, when)
        if seen.size:
            fresh = self.down.segment(seen.sequence, seen.payload, seen.size)
            self._receive(fresh, when)
        if flags & FIN:
            self.down.finish(seen.sequence + seen.size)
        if self.down.end is not None and self.down.whole and self.talk_end is None:
            self._end_of_stream(when)

    def _note_lost_end(self, seen: Segment, when: float) -> None:
        """Take note that the client had closed its side, where the server acknowledges an end that was not captured."""
        beyond = self.up.offset(seen.acknowledged) - self.up.top
        if (
            self.talk_end is None
            and beyond == 1
            and self.left_at is None
            and self.up.end is None
            and not self.up.missing
        ):
            self.left_at = when

    def _accept(self, seen: Segment, when: float) -> None:
        # Some systems try on after an ICMP error, and may succeed.
        fresh = self.answered_at is None or self.error is not None
        if seen.flags & ACK and fresh and not self.refused and not self.midstream:
            self.answered_at, self.error = when, None
            self.down.begin(seen.sequence + 1)

    def rejected(self, error: Error, when: float) -> None:
        """Take an ICMP error that answers a packet of the client's."""
        if self.error is None and not self.established and self.answered_at is None:
            self.error, self.answered_at, self.last = error, when, max(self.last, when)

    def _reset(self, seen: Segment, when: float) -> None:
        if self.answered_at is None and not self.midstream:
            # A client takes a reset for the answer to its SYN only when it acknowledges that SYN.
            if self.syn is not None and seen.flags & ACK and seen.acknowledged == (self.syn + 1) & 0xFFFFFFFF:
                self.refused, self.answered_at = True, when
            return
        if self.refused:
            return  # the same again, as a mirror port shows it
        in_window = not self.down.begun or abs(self.down.offset(seen.sequence) - self.down.next) <= _HELD
        if in_window and self.talk_end is None and self.left_at is None:
            self._break(when)

    def _hear(self, fresh: bytes, when: float) -> None:
        if self.talk_end is not None:
            return
        if not self.head and fresh[0] not in ASKS:
            self.wanted = False
            return
        if len(self.head) < HEADER:
            self.head += fresh[: HEADER - len(self.head)]
        if self.session is None:
            self.session = ClientSession(_SOMEBODY)
        try:
            messages = self.session.overhear(fresh)
        except RemoteProtocolError as error:
            if self.wanted is None and not (self.known and error.kind != "magic"):
                self.wanted = False
            return
        for message in messages:
            self.wanted = True
            if isinstance(message, Hello | LegacyHello):
                self.asked, self.vendor = Asked.HELLO, message.vendor
                self.legacy_heard = self.legacy_heard or isinstance(message, LegacyHello)
            elif isinstance(message, TextRequest) and self.asked is Asked.NOTHING:
                self.asked = Asked.DLIST
                self.listing = message.command.strip().lower() == "dlist"
        self._pump(when)

    def _receive(self, fresh: bytes, when: float) -> None:
        if not fresh or self.talk_end is not None:
            return
        self.received += len(fresh)
        self.start += fresh[: START - len(self.start)]
        service = identify(self.start)
        if service is not None:
            self._end(foreign(service), when)
            return
        if len(self.held) < _HELD:
            self.held += fresh
        self._pump(when)

    def _pump(self, when: float) -> None:
        """Give the session what the server said, as soon as it knows the question."""
        session = self.session
        if session is None or session.state is ClientState.IDLE or self.talk_end is not None or not self.held:
            return
        data = bytes(self.held)
        self.held.clear()
        session.receive_data(data)
        self._events(session, when)

    def _events(self, session: ClientSession, when: float) -> None:
        try:
            while not isinstance(event := session.next_event(), NeedData):
                if isinstance(event, Answered) and self.asked is Asked.HELLO and not self.vendor:
                    self._introduce(event.message)
                    return
                if not isinstance(event, FellBack):
                    self._end(talk_end(event), when)
                    return
                session.data_to_send()  # the client sends its own
                self.fell_back = event
        except RemoteProtocolError as error:
            if self.presumed and error.kind == "order":
                self._end(TalkEnd(detail="the capture lacks the question that the server answered"), when)
            else:
                self._end(malformed(self.start, error), when)

    def _introduce(self, message: HelloAnswer) -> None:
        """Take the answer to a hello without a vendor daemon, after which clients ask on."""
        self.introduced = message
        self.session, self.asked, self.fell_back, self.legacy_heard = None, Asked.NOTHING, None, False

    def _end_of_stream(self, when: float) -> None:
        """Take note that the server closed before the talk was over."""
        if self.introduced is not None and self.asked is Asked.NOTHING:
            return  # all that was asked was answered
        first = self.left_at is not None and self.left_acked <= (self.down.end or 0)
        if first:
            return  # the server only follows the client, who had given up before it heard of the server's end
        session = self._presumed()
        self._pump(when)
        if self.talk_end is None:
            session.receive_data(b"")
            self._events(session, when)

    def _break(self, when: float) -> None:
        if self.pending:
            self._end(cut_short(self.start, f"{self.received} bytes, then {_RESET}"), when)
        else:
            self._end(broken(_RESET), when)

    def presume(self, when: float) -> None:
        """Read the answer although its question is not in the capture: it can only have been a hello."""
        if self.talk_end is None and self.held:
            self._presumed()
            self._pump(when)

    def give_up_legacy(self, when: float) -> None:
        """End a talk in which the modern hello got no proper answer, and the client left it at that."""
        why = self.fell_back
        if why is None or self.legacy_heard or self.talk_end is not None:
            return
        if why.code is None and not why.text:
            reason = "the server answered the hello with a message that is not an answer to it"
            self._end(TalkEnd(dialogue=Dialogue.GARBLED, fault="order", detail=reason), when)
        else:
            self._end(talk_end(Refused(why.code, why.text, legacy=False)), when)

    def _presumed(self) -> ClientSession:
        session = self.session
        if session is None or session.state is ClientState.IDLE:
            session = self.session = ClientSession(_SOMEBODY)
            self.presumed = True
            session.say_hello("")
            session.data_to_send()
        return session

    def _end(self, talk_end: TalkEnd, when: float) -> None:
        self.ended, self.talk_end, self.ended_at = True, talk_end, when
        self.sent = self.up.top
        self.conflicts = self.conflicts or self.up.conflicts or self.down.conflicts
        self.up.forget()
        self.down.forget()
        self.held.clear()
        self.session = None
