"""Who does a step of a ticket: remedies, sorted by the team that can carry them out."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from typing import Final

__all__ = ["Owner", "by_owner"]


class Owner(enum.Enum):
    """Who carries out a remedy."""

    FIREWALL = "Firewall team"
    LICENSES = "License administrator"
    DNS = "DNS administrator"
    USER = "On the client"


_LICENSES: Final = (
    r"license file|license service|SERVER line|VENDOR|debug log|on the server|lmgrd (runs|listens)|lmutil|License Key"
    r"|License Server|License Manager|daemon|the server\b"
)
_WORDS: Final = (
    (Owner.USER, r"^(\S+: )?Allow .* of this machine itself"),
    (Owner.FIREWALL, r"^(\S+: )?(Open|Allow|Exempt|Forward|Turn off|Find the hop)\b"),
    (Owner.DNS, r"\bresolve to\b.*\bin DNS\b"),
    (Owner.LICENSES, r"^(\S+: )?Run lmwire on the server itself"),
    (Owner.USER, r"license path|this machine|Run lmwire |Check the route|Is the VPN"),
    (Owner.LICENSES, _LICENSES),
    (Owner.DNS, r"\bDNS\b|\bresolves?\b|name server"),
)
"""Owner → words of remedies that are theirs; the first that fits counts."""


def by_owner(remedies: Iterable[str]) -> dict[Owner, list[str]]:
    """Return the remedies by who carries them out: whoever has the likeliest, which is the first, comes first."""
    found: dict[Owner, list[str]] = {}
    for remedy in remedies:
        found.setdefault(_owner(remedy), []).append(remedy)
    return found


def _owner(remedy: str) -> Owner:
    return next((owner for owner, words in _WORDS if re.search(words, remedy)), Owner.USER)
