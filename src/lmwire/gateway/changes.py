"""What a client reports through a gateway where it is not what it reports without it.

The client is connected to the gateway already when a connect of the gateway's fails: TCP has no way to tell it.
Measured with unmodified clients: `python -m tests.gateway` holds every scenario against this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from lmwire.gateway.plan import Mode

__all__ = ["CHANGES", "Change"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A difference.

    Attributes:
        scenarios: of the mock, which show it.
        without: what happens to a client without a gateway, in words.
        meets: what the client meets instead.
        codes: system → the code that clients report then.
        modes: where it is so.
    """

    scenarios: tuple[str, ...]
    without: str
    meets: str
    codes: Mapping[str, str]
    modes: tuple[Mode, ...] = tuple(Mode)


CHANGES: Final = (
    Change(
        scenarios=(
            "lmgrd-refused",
            "vendor-refused",
            "referral-port-zero",
            "referral-port-out-of-range",
            "referral-unresolvable-and-refused",
        ),
        without="lmgrd's or the vendor daemon's port refuses the connection",
        meets="a reset",
        codes={"linux": "-16,10009", "windows": "-7,10015"},
    ),
    Change(
        scenarios=("name-unresolvable",),
        without="the license server's name does not resolve",
        meets="a reset",
        codes={"linux": "-16,10009", "windows": "-7,10015"},
    ),
    Change(
        scenarios=("lmgrd-filtered", "vendor-filtered", "referral-unresolvable-and-filtered"),
        without="a firewall drops the connection to lmgrd or to the vendor daemon",
        meets="silence",
        codes={"linux": "-16,287", "windows": "-16,287"},
    ),
    Change(
        scenarios=("vendor-reply-truncated",),
        without="the vendor daemon's answer stops in the middle",
        meets="the same, but from its lmgrd, as it believes",
        codes={"linux": "-16,10010", "windows": "-16,10010"},
        modes=(Mode.ONE_PORT,),
    ),
)
