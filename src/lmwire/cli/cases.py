"""From what a capture tells to diagnoses, for the commands that tell of a file and of a wire."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lmwire.capture import Case
    from lmwire.diagnosis import Diagnosis

__all__ = ["diagnosed", "of_client"]


def diagnosed(case: Case) -> Diagnosis:
    """Judge what one client met, and say when and how often it did."""
    import msgspec  # noqa: PLC0415 # after the errors that need no diagnosis

    from lmwire.diagnosis import Occurrence, diagnose  # noqa: PLC0415

    seen = Occurrence(client=case.client, clients=1, attempts=case.attempts, first=case.first, last=case.last)
    return msgspec.structs.replace(diagnose(case.evidence), capture=seen)


def of_client(cases: Iterable[Case], client: str) -> list[Case]:
    """Return the cases of one client, however its address is written; all of them when `client` is empty."""
    if not client:
        return list(cases)
    wanted = str(ipaddress.ip_address(client.partition("%")[0]))  # a capture has no zones
    return [case for case in cases if case.client == wanted]
