"""What a capture has shown of one TCP connection so far: its connect, its talk, and how they ended."""

from __future__ import annotations

from typing import Final

from lmwire.capture.packets.decode import Error
from lmwire.capture.packets.recognize import is_header
from lmwire.capture.packets.streams import Stream
from lmwire.evidence import Answer, Asked
from lmwire.legs import TalkEnd
from lmwire.session import ClientSession, FellBack, Identity
from lmwire.text import printable
from lmwire.wire import (
    HelloAnswer,
)

__all__ = ["FlowState"]

_TWICE: Final = 0.05
"""Seconds within which the same SYN again is the same packet seen twice (a mirror port, a bridge): no system repeats
one so soon."""

_HELD: Final = 1 << 16
"""Bytes of an answer that are kept while its question is still to come."""

_SOMEBODY: Final = Identity()
_RESET: Final = "Connection reset by peer"


class FlowState:
    """One connection, from the client's first SYN on, or from the middle.

    Attributes:
        client, server: addresses as bytes.
        syns: SYNs sent, the same packet seen twice not counted; 0 when the connect is not in the capture.
        syn_at, last_syn, answered_at: Unix times of the first SYN, the last, and what answered it.
        accepted: whether the client was seen to take the SYN-ACK.
        refused: whether a RST answered the SYN.
        error: the ICMP error that answered it.
        asked: what the client asked, as far as it was heard; `vendor` names the daemon.
        listing: whether it asked for the list of vendor daemons, and not for another text.
        presumed: whether its question is not in the capture, and a hello without a vendor daemon is taken for it.
        asked_at: when its first byte was sent.
        introduced: the answer to a hello that named no vendor daemon.
        fell_back: why a client repeats its modern hello as a legacy one; None when it need not.
        ended: whether the talk has ended; `talk_end` says how, and `ended_at` when.
        server_left_at: when the server closed its side, by an end or an RST; None as long as it has not.
        left_at: when the client closed its side; `left_acked` is how much of the answer it had acknowledged by then.
        wanted: whether it is license traffic for sure; None as long as that is open.
        known: whether it is to a port where license traffic is expected.
        abandoned: whether it brought more data than can be kept, and is read no further.
    """

    __slots__ = (
        "abandoned",
        "accepted",
        "acked",
        "answered_at",
        "asked",
        "asked_at",
        "client",
        "client_port",
        "client_ttl",
        "conflicts",
        "down",
        "ended",
        "ended_at",
        "error",
        "fell_back",
        "fragments",
        "head",
        "held",
        "introduced",
        "known",
        "last",
        "last_syn",
        "left_acked",
        "left_at",
        "legacy_heard",
        "listing",
        "presumed",
        "received",
        "refused",
        "seen_acked",
        "sent",
        "server",
        "server_left_at",
        "server_port",
        "server_ttl",
        "session",
        "start",
        "syn",
        "syn_at",
        "syns",
        "talk_end",
        "up",
        "vendor",
        "wanted",
    )

    def __init__(self, client: bytes, client_port: int, server: bytes, server_port: int, when: float) -> None:
        self.client, self.client_port = client, client_port
        self.server, self.server_port = server, server_port
        self.syn: int | None = None
        self.syns = 0
        self.syn_at = self.last_syn = self.last = when
        self.answered_at: float | None = None
        self.accepted = self.refused = False
        self.error: Error | None = None
        self.asked = Asked.NOTHING
        self.vendor = ""
        self.asked_at: float | None = None
        self.fell_back: FellBack | None = None
        self.introduced: HelloAnswer | None = None
        self.ended = False
        self.talk_end: TalkEnd | None = None
        self.ended_at = 0.0
        self.left_at: float | None = None
        self.server_left_at: float | None = None
        self.wanted: bool | None = None
        self.abandoned = self.known = self.fragments = self.conflicts = False
        self.legacy_heard = self.listing = self.presumed = False
        self.client_ttl = self.server_ttl = 0
        self.up, self.down = Stream(), Stream()
        self.session: ClientSession | None = None
        self.held = bytearray()
        self.head = b""
        self.start = b""
        self.sent = self.received = 0
        self.acked = self.seen_acked = self.left_acked = 0

    @property
    def midstream(self) -> bool:
        """Whether it began before the capture."""
        return not self.syns

    @property
    def established(self) -> bool:
        """Whether the handshake was seen to be complete, or must have been."""
        return self.accepted or self.midstream or self.received > 0 or self.talk_end is not None

    @property
    def introduction(self) -> bool:
        """Whether all that came of it is an answer to a hello without a vendor daemon, or not even that.

        Lists and status queries begin so; a list that does not follow is asked for again on another connection.
        """
        if self.introduced is None:
            return self.asked is Asked.HELLO and not self.vendor
        return self.talk_end is None or self.talk_end.answer is not Answer.TEXT

    @property
    def over(self) -> bool:
        """Whether nothing more can come of it."""
        return self.talk_end is not None or self.refused or self.left_at is not None

    @property
    def weight(self) -> int:
        """About how many bytes it holds."""
        if self.talk_end is not None or self.abandoned:
            return 0
        return self.up.next + self.up.waiting + self.down.next + self.down.waiting

    def abandon(self) -> None:
        """Let go of all that it holds, and read no further."""
        self.abandoned = True
        self.up.forget()
        self.down.forget()
        self.held.clear()
        self.session = None

    @property
    def like_a_question(self) -> bool:
        """Whether the client's first bytes are a modern frame's header, sum and all."""
        return is_header(self.head)

    @property
    def pending(self) -> int:
        """Bytes of an answer that is not whole."""
        return len(self.held) + (self.session.pending if self.session is not None else 0)

    @property
    def shown(self) -> str:
        """The server's first bytes, escaped."""
        return printable(self.start)
