"""From packets made by hand to the diagnosis that they lead to; and conversations that many tests begin with."""

from __future__ import annotations

import io
from collections.abc import Sequence

from lmwire.capture import Analysis, analyze
from lmwire.diagnosis import Diagnosis, diagnose
from tests.capture.wire import OTHER, SERVER, Packet, Talk, hello_answer, ip, lookup, pcap, referral, udp

__all__ = ["LATER", "analyzed", "good", "lmgrd", "name", "told", "vendor", "verdict"]

LATER = (1100.0, ip(OTHER, SERVER, 17, udp((1, 2), b"")))
"""Something else, long after: the capture goes on."""


def analyzed(*parts: Sequence[Packet], link: int = 101, snap: int | None = None) -> Analysis:
    packets = sorted((packet for part in parts for packet in part), key=lambda packet: packet[0])
    analysis = analyze(io.BytesIO(pcap(packets, link=link, snap=snap)))
    assert analysis.broken is None
    return analysis


def told(*parts: Sequence[Packet], **how: int) -> Diagnosis:
    """Return the diagnosis of a capture that has one story."""
    (case,) = analyzed(*parts, **how).cases
    return diagnose(case.evidence)


def verdict(*parts: Sequence[Packet], **how: int) -> str:
    return told(*parts, **how).verdict.id


def name(address: str = SERVER) -> list[Packet]:
    return lookup(999.0, "licsrv", address)


def lmgrd(port: int = 27000, to: int = 27001, host: str = "licsrv", **more: object) -> list[Packet]:
    """A talk with lmgrd that ends in a referral."""
    return Talk(port=port, **more).connect().ask().answer(referral(host, to)).close().packets  # type: ignore[arg-type]


def vendor(port: int = 27001, when: float = 1001.0, **more: object) -> Talk:
    return Talk(port=port, when=when, client_port=40001, **more)  # type: ignore[arg-type]


def good(port: int = 27001, **more: object) -> list[Packet]:
    return vendor(port, **more).connect().ask().answer(hello_answer()).close().packets
