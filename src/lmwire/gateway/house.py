"""What a session needs of its gateway, and what the two tell each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from lmwire.gateway.names import Names
from lmwire.gateway.plan import Limits
from lmwire.gateway.upstream import Reached
from lmwire.wire import Referral

if TYPE_CHECKING:
    from lmwire.gateway.session import Session

__all__ = ["KnownReferral", "SessionHouse", "VendorPlace"]


class VendorPlace(msgspec.Struct, frozen=True):
    """Where a vendor daemon is: the referral's host and port, and lmgrd's address, to which clients fall back."""

    host: str
    port: int
    lmgrd: str


class KnownReferral(msgspec.Struct, frozen=True):
    """A referral that was good: the host and port that it named, and the address of lmgrd."""

    host: str
    port: int
    lmgrd_address: str


class SessionHouse(Protocol):
    """The parts of the gateway that a session uses."""

    @property
    def limits(self) -> Limits:
        """The bounds of clients."""

    @property
    def names(self) -> Names:
        """The resolver."""

    def opened(self, session: Session) -> str:
        """Take a new session in. Return why it may not be; empty when it may."""

    def introduced(self, session: Session) -> None:
        """Hear that a session's client has said hello."""

    def may_echo(self, session: Session) -> bool:
        """Whether one more client may measure how long its path remembers a connection."""

    def is_own(self, reached: Reached) -> bool:
        """Whether a connection leads back to this gateway."""

    def known_referral(self, session: Session) -> KnownReferral | None:
        """Return what lmgrd answered to another client's hello a moment ago, if it was good."""

    def followed(self, session: Session, referral: KnownReferral | None) -> None:
        """Hear that lmgrd's referral led to a vendor daemon; None: that a known one did not."""

    def referred(self, session: Session, vendor: str, port: int) -> None:
        """Hear to which port lmgrd referred."""

    def failed(self, session: Session) -> None:
        """Hear that a server could not be reached."""

    async def vendor_listener(self, session: Session, referral: Referral) -> tuple[str, int]:
        """Return host and port of the gateway's own for the vendor daemon of this referral. Raises GatewayError."""

    def closed(self, session: Session) -> None:
        """Hear that a session is over."""
