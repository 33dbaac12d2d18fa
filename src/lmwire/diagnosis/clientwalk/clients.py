"""The FlexNet clients whose walk is known: generations and systems, their patience, and the codes that differ.

Every number here was measured with the unmodified clients of `tests/referee`, against the mock and real firewalls.
"""

from __future__ import annotations

from typing import Final

import msgspec

__all__ = ["ANSWER_WAIT", "CLIENTS", "GENERATIONS", "LINUX", "SYSTEMS", "WINDOWS", "Client", "client"]

LINUX: Final = "linux"
WINDOWS: Final = "windows"
SYSTEMS: Final = (LINUX, WINDOWS)
GENERATIONS: Final = ("11.16", "11.18", "11.19")

ANSWER_WAIT: Final = 10.0
"""Seconds that every client waits for an answer. [obs]"""

_CONNECT_WAITS: Final = {LINUX: 10.0, WINDOWS: 3.0}
"""System → seconds that a client waits for a connect. [obs]"""


class Client(msgspec.Struct, frozen=True):
    """A FlexNet client: its generation, such as "11.19", and the system it was built for."""

    generation: str
    system: str

    @property
    def connect_wait(self) -> float:
        """Seconds that it waits for a connect."""
        return _CONNECT_WAITS[self.system]

    @property
    def says_legacy_first(self) -> bool:
        """Whether its first words are the legacy hello: seen of 11.16."""
        return self.generation == "11.16"

    @property
    def on_windows(self) -> bool:
        """Whether it runs on Windows."""
        return self.system == WINDOWS


CLIENTS: Final = tuple(Client(generation, system) for system in SYSTEMS for generation in GENERATIONS)
"""All of them, Linux first, the oldest first."""


def client(generation: str = "11.19", system: str = LINUX) -> Client:
    """Return a client; by default, the newest on Linux."""
    return Client(generation, system)
