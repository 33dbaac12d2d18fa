"""The default timeouts and limits of a probe. Few imports, so that the help can show them at once."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ANSWER_WAIT",
    "CONNECT_WAIT",
    "GATEWAY_KEEPALIVE",
    "IDLE_UP_TO",
    "IDLE_WAIT",
    "LOCATE_HOPS",
    "LOCATE_WAIT",
    "LOSSLESS_CONNECT_WAIT",
    "PARALLEL",
    "SHORT_CONNECT_WAIT",
]

CONNECT_WAIT: Final = 4.0
"""Seconds for a connect: three SYNs, at 0, 1 and 3 seconds."""

SHORT_CONNECT_WAIT: Final = 1.3
"""Seconds for the connects to a port beside one that accepted in a moment, when nobody set a wait: five, a quarter of a
second apart."""

LOSSLESS_CONNECT_WAIT: Final = 0.8
"""Seconds for the connects to a port where nothing on the path loses or delays a packet: three, a quarter of a second
apart. Any answer is there in milliseconds; the rest is for a busy machine."""

ANSWER_WAIT: Final = 10.0
"""Seconds for an answer. A real client waits as long [obs]; a server that is only slow must not be called silent."""

PARALLEL: Final = 1024
"""Servers that are walked to at a time."""

LOCATE_HOPS: Final = 30
"""Routers on a way; hardly any is longer."""

LOCATE_WAIT: Final = 1.0
"""Seconds for a router's answer: one SYN, which the kernel repeats after a second."""

IDLE_UP_TO: Final = 600.0
"""Seconds of silence up to which `lmwire idle` measures."""

IDLE_WAIT: Final = 5.0
"""Seconds for the answer to the byte after the silence: the kernel sends it five times meanwhile."""

GATEWAY_KEEPALIVE: Final = 25.0
"""Seconds of silence after which a gateway sends its first keepalive probe."""
