"""Traces by hand, a line a hop: `3.c/3.c` for what became of the control port's packets and of the port's."""

from __future__ import annotations

from typing import Any, Final

from lmwire.evidence import Icmp
from lmwire.hops.model import Fate, Hop, Seen, Trace

__all__ = ["SERVER", "path"]

SERVER: Final = "192.0.2.99"
_LETTERS: Final = {
    "A": Fate.ACCEPTED,
    "R": Fate.RESET,
    ".": Fate.SILENT,
    "-": Fate.UNTRIED,
    "U": Fate.UNREACHABLE,
    "D": Fate.DENIED,
}


def _seen(text: str, number: int) -> Seen:
    """A letter; `h` for "time exceeded" from the hop's own address, `h7` from hop 7's; `x3` for a reject by hop 3,
    `n3` for one for want of a route."""
    if text in _LETTERS:
        return Seen(fate=_LETTERS[text])
    kind, sender = text[0], text[1:] or str(number)
    address = SERVER if sender == "s" else f"192.0.2.{sender}"
    if kind == "h":
        return Seen(fate=Fate.PASSED, icmp=Icmp(type=11, code=0, sender=address))
    return Seen(fate=Fate.REJECTED, icmp=Icmp(type=3, code=0 if kind == "n" else 13, sender=address))


def path(end: str, *hops: str, **more: Any) -> Trace:
    """Return a trace: `end` for packets with the usual life, then one text a hop."""
    control = None if end.startswith("-/") else 27000
    fields: dict[str, Any] = {"address": SERVER, "port": 27001, "control": control, "local": "192.0.2.250"}
    return Trace(**fields | more, end=_hop(end, 0), hops=tuple(_hop(text, at) for at, text in enumerate(hops, 1)))


def _hop(text: str, number: int) -> Hop:
    control, _, port = text.partition("/")
    return Hop(number=number, control=_seen(control, number), port=_seen(port, number))
