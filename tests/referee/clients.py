"""The clients that serve as referees, as a table: three generations of FlexNet on two systems.

Each is inside a wheel of the package `mosek` (proprietary, free to install), and is not modified. The application is
the MOSEK library. It asks vendor daemon MOSEKLM for feature PTS.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

__all__ = ["CLIENTS", "NEWEST", "VENDOR", "Client", "System", "client"]

VENDOR: Final = "MOSEKLM"
"""The vendor daemon that every client asks for."""


class System(enum.Enum):
    """What a client was built for."""

    LINUX = "linux"
    WINDOWS = "windows"


@dataclass(frozen=True, slots=True)
class Client:
    """One referee.

    Attributes:
        generation: of FlexNet, such as "11.19".
        system: the one it was built for.
        release: of `mosek`, the package that has it.
        python, platform: the wheel's own, as `pip download` wants them.
        sha256: of the wheel.
        libraries: files of the wheel to load, in this order; the last has the client.
    """

    generation: str
    system: System
    release: str
    python: str
    platform: str
    sha256: str
    libraries: tuple[str, ...]

    @property
    def id(self) -> str:
        """The client's name in options and tests, such as "11.19-linux"."""
        return f"{self.generation}-{self.system.value}"

    def __str__(self) -> str:
        return self.id


CLIENTS: Final = (
    Client(
        generation="11.16",  # 11.16.4; says the legacy hello first
        system=System.LINUX,
        release="9.2.49",
        python="3.7",
        platform="manylinux1_x86_64",
        sha256="62d0be4dbdb707790d4074cc2140b2520611d7e937f1a7ef63ae227f1db3a2bb",
        libraries=("libcilkrts.so.5", "libmosek64.so.9.2"),
    ),
    Client(
        generation="11.18",
        system=System.LINUX,
        release="10.1.8",
        python="3.11",
        platform="manylinux2014_x86_64",
        sha256="6997c31f4d96055a9f8073330d1c89978fc3d2eea14b3842735985b37f107c1f",
        libraries=("libtbb.so.12", "libmosek64.so.10.1"),
    ),
    Client(
        generation="11.19",  # 11.19.6
        system=System.LINUX,
        release="11.2.7",
        python="3.11",
        platform="manylinux2014_x86_64",
        sha256="f028beba4e2ac168d222bd013a1d6966ac0f8f77cf1947e038a47123d2c5f83c",
        libraries=("libtbb.so.12", "libmosek64.so.11.2"),
    ),
    Client(
        generation="11.16",
        system=System.WINDOWS,
        release="9.2.49",
        python="3.7",
        platform="win_amd64",
        sha256="4b55ce55f11c1a8c1ed14fb0baaed34e407091ebe7c42cd3170bbf9acb89b596",
        libraries=("cilkrts20.dll", "mosek64_9_2.dll"),
    ),
    Client(
        generation="11.18",
        system=System.WINDOWS,
        release="10.1.8",
        python="3.11",
        platform="win_amd64",
        sha256="c7d4774d198e4621eb2290df3f93724a38e06a680d7de4cb436b7193ee77f217",
        libraries=("svml_dispmd.dll", "tbb12.dll", "mosek64_10_1.dll"),
    ),
    Client(
        generation="11.19",
        system=System.WINDOWS,
        release="11.2.7",
        python="3.11",
        platform="win_amd64",
        sha256="2538aa0f930da0529df4dcc216f3379dd441421599af9940624831218dcd2783",
        libraries=("tbb12.dll", "mosek64_11_2.dll"),
    ),
)

NEWEST: Final = CLIENTS[2]
"""FlexNet 11.19 on Linux: the client whose code and seconds each scenario's file names."""


def client(name: str) -> Client:
    """Return the client called `name`, such as "11.19-linux".

    Raises:
        ValueError: there is none.
    """
    for each in CLIENTS:
        if each.id == name:
            return each
    raise ValueError(f"must be one of {', '.join(each.id for each in CLIENTS)}")
