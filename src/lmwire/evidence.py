"""Everything seen on the way to a license, by the live probe or in a capture.

Facts only. Nothing in here says what is wrong; `lmwire.diagnosis` does.

Times are seconds. `at` counts from the start of the walk. Addresses are text as `ipaddress` writes them.
"""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from lmwire.addresses import address_used, endpoint, is_address

__all__ = [
    "VENDOR_DOWN",
    "Answer",
    "Asked",
    "Connect",
    "Dialogue",
    "Evidence",
    "Icmp",
    "Leg",
    "LogSeen",
    "NameFault",
    "ReferralSeen",
    "Resolution",
    "Role",
    "Via",
    "is_address",
]


VENDOR_DOWN: Final = -97
"""The error by which lmgrd says that a vendor daemon is down, or that it knows none of that name."""


class Connect(enum.Enum):
    """How a TCP connect ended."""

    ESTABLISHED = "established"
    REFUSED = "refused"
    """RST: the machine answers, nothing listens there (or a firewall pretends so)."""
    REJECTED = "rejected"
    """ICMP from somewhere on the way, or from the server's own firewall."""
    FILTERED = "filtered"
    """No answer in time."""
    UNREACHABLE = "unreachable"
    """This machine has no route, or no machine on the local link has the address."""
    DENIED = "denied"
    """This machine's own policy forbade it."""
    UNKNOWN = "unknown"
    """The capture does not show it: it ends too early, or lacks this connect. `Leg.detail` says why."""


class Dialogue(enum.Enum):
    """How the talk on an established connection ended."""

    ANSWERED = "answered"
    ERROR = "error"
    """A FlexNet error code."""
    SILENT = "silent"
    """Our bytes were acknowledged, and nothing came back in time."""
    LOST = "lost"
    """Our bytes were never acknowledged: the handshake passes, payload does not."""
    CLOSED = "closed"
    RESET = "reset"
    GARBLED = "garbled"
    """FlexNet-shaped, but wrong in checksum, length or order."""
    FOREIGN = "foreign"
    """Another protocol."""


class Role(enum.Enum):
    """Whom a leg was meant to reach."""

    LMGRD = "lmgrd"
    VENDOR = "vendor"


class Via(enum.Enum):
    """Where a leg's address came from."""

    TARGET = "target"
    """The license path's name."""
    REFERRAL = "referral"
    """The name in lmgrd's referral."""
    LMGRD_ADDRESS = "lmgrd address"
    """lmgrd's own address, with the referral's port: a client's fallback."""
    FIRST_MEMBER = "first member"
    """The address of a triad's first member, with the port that another member refers to: a client's fallback there."""


class Asked(enum.Enum):
    """What was asked on a leg."""

    HELLO = "hello"
    DLIST = "dlist"
    NOTHING = "nothing"


class Answer(enum.Enum):
    """What a well-formed answer was."""

    REFERRAL = "referral"
    HELLO = "hello answer"
    TEXT = "text"


class NameFault(enum.Enum):
    """Why a name gave no address."""

    NOT_FOUND = "not found"
    """The resolver says that there is no such name, or that it has no address."""
    NO_ANSWER = "no answer"
    """The resolver failed or did not answer in time: the name may well exist."""
    OTHER_FAMILY = "other family"
    """It has addresses, but none of the family asked for (-4, -6, --source): no application is limited so."""
    INVALID = "invalid"
    """Not a name that could be asked for."""


class Icmp(msgspec.Struct, frozen=True, kw_only=True):
    """An ICMP error that ended a connect. `sender` is the machine that sent it; `version` is 4 or 6."""

    type: int
    code: int
    sender: str
    version: int = 4


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """One look-up of one name.

    Attributes:
        via: whether it was the license path's name or the referral's.
        source: "system" (getaddrinfo, as an application does), "dns" (asked of the name servers), "literal"
            (the name is an address), "capture".
        addresses: in the order in which an application would try them.
    """

    name: str
    via: Via
    source: str
    addresses: tuple[str, ...] = ()
    fault: NameFault | None = None
    detail: str = ""
    seconds: float = 0.0


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One TCP conversation with one address.

    Attributes:
        connect: how the connect ended, after `connect_seconds`.
        icmp: the error and its sender, when there was one and the system tells.
        dialogue: how the talk ended; None when there was none, or its end was not seen: then `detail` says why.
        code: FlexNet error code, with dialogue "error".
        service: name of the other protocol, with dialogue "foreign"; "unknown" when no signature fits.
        closes: with dialogue "foreign": whether the server closed the connection by itself; None where nobody looked.
        fault: what is wrong, with dialogue "garbled": "magic", "sum", "crc", "length", "body", "order", "truncated".
        detail: the same in words; or the system's error.
        legacy: the server understood only the legacy hello.
        first_error: the FlexNet error code that answered the modern hello; clients then repeat it as a legacy one.
        peer: with a hello answer or text: what the server calls itself.
        sent, received: payload bytes. acknowledged is None where the system cannot tell.
        start: first bytes received, escaped for display.
        local: this side's own address.
        seconds: from the start of the connect to the end of the talk.
        attempts: how many connections were opened to the port, a fraction of a second apart, before one of them ended
            or all were given up.
    """

    role: Role
    via: Via
    host: str
    address: str
    port: int
    connect: Connect
    connect_seconds: float = 0.0
    icmp: Icmp | None = None
    asked: Asked = Asked.NOTHING
    dialogue: Dialogue | None = None
    answer: Answer | None = None
    code: int | None = None
    service: str = ""
    closes: bool | None = None
    fault: str = ""
    detail: str = ""
    legacy: bool = False
    peer: str = ""
    version: str = ""
    sent: int = 0
    acknowledged: bool | None = None
    received: int = 0
    start: str = ""
    local: str = ""
    at: float = 0.0
    seconds: float = 0.0
    first_error: int | None = None
    attempts: int = 1

    @property
    def established(self) -> bool:
        """Whether the TCP connect succeeded."""
        return self.connect is Connect.ESTABLISHED

    @property
    def answered(self) -> bool:
        """Whether a well-formed answer came."""
        return self.dialogue is Dialogue.ANSWERED

    @property
    def endpoint(self) -> str:
        """`address:port`, with brackets around IPv6."""
        return endpoint(self.address, self.port)


class ReferralSeen(msgspec.Struct, frozen=True, kw_only=True):
    """lmgrd's referral as it came: the port is 32 bits wide and the host may be anything."""

    host: str
    port: int
    lmgrd_address: str
    lmgrd_port: int


class LogSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What the server's own debug log says: what the server believes, which need not hold on this side of a NAT.

    Attributes:
        lmgrd_port, port: of lmgrd and of the vendor daemon; None where the log does not tell.
        pinned: whether the license file names the vendor daemon's port; None where the log does not tell.
        until: when its last line was written, in the log's own words.
    """

    lmgrd_port: int | None = None
    port: int | None = None
    pinned: bool | None = None
    until: str = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything seen for one server of a license path and one vendor daemon.

    Attributes:
        target: the entry of the license path as it was written.
        host, port: the server; port None stands for the default range, `@host`.
        vendor: the vendor daemon in the request; empty without one.
        daemons: what lmgrd said to `dlist`; None when not asked or not answered.
        pinned: the `port=` of the vendor daemon's line, when a license file was read; 0 when that line has none.
        log: what the server's debug log says, when one was given.
        followed: False when the caller's settings stopped the walk at the referral.
        failure: why the walk could not be done at all, for reasons of our own; empty otherwise.
        limits: what this evidence cannot tell, in words.
        seconds: how long it all took.
        lmgrd_version: FlexNet's version as lmgrd tells it to whom names no vendor daemon, such as "11.19".
        triad_master: the host that lmgrd names on the same occasion: of a triad's members, the master.
    """

    target: str
    host: str
    port: int | None
    vendor: str = ""
    source: str = "probe"
    daemons: tuple[str, ...] | None = None
    pinned: int | None = None
    log: LogSeen | None = None
    resolutions: tuple[Resolution, ...] = ()
    legs: tuple[Leg, ...] = ()
    referral: ReferralSeen | None = None
    followed: bool = True
    failure: str = ""
    limits: tuple[str, ...] = ()
    seconds: float = 0.0
    lmgrd_version: str = ""
    triad_master: str = ""

    def legs_of(self, role: Role, via: Via | None = None) -> tuple[Leg, ...]:
        """Return the legs to `role`, in the order in which a client would try them.

        Without `via`, those that concern this server: not the ones to the first member of its triad.
        """
        if via is None:
            return tuple(leg for leg in self.legs if leg.role is role and leg.via is not Via.FIRST_MEMBER)
        return tuple(leg for leg in self.legs if leg.role is role and leg.via is via)

    def used_address(self, via: Via) -> str:
        """Return the one address that a client uses of those that a name leads to; empty without any."""
        look = self.resolution_of(via)
        return address_used(() if look is None else look.addresses)

    def resolution_of(self, via: Via) -> Resolution | None:
        """Return what an application's own look-up of that name gave, or None when it was never made."""
        found = (look for look in self.resolutions if look.via is via and look.source != "dns")
        return next(found, None)
