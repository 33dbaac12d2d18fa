"""The values that a seed chooses: names, addresses and ports. They differ, so learners cannot copy answers."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Final

__all__ = ["fill", "values"]

_VENDORS: Final = (
    "ibmratl",
    "MLM",
    "adskflex",
    "cdslmd",
    "snpslmd",
    "ansyslmd",
    "ugslmd",
    "xilinxd",
    "mgcld",
    "armlmd",
    "MOSEKLM",
)
_SERVERS: Final = ("licsrv", "flex1", "lic01", "lmhost", "keystone", "cadlic", "edalic", "tokens")
_DOMAINS: Final = ("corp.example", "eng.example", "lab.example", "works.example", "plant.example")
_PEOPLE: Final = ("Ada", "Bao", "Chidi", "Dora", "Emre", "Freya", "Goran", "Hana", "Ines", "Jonas", "Kavya", "Lars")
_LMGRD: Final = (27000, 27000, 27000, 27003, 27009, 28000, 5280)
_PLACEHOLDER: Final = re.compile(r"<([a-z][a-z0-9_]*)>")


def values(seed: int) -> dict[str, str]:
    """Return placeholder → value. A seed gives the same values on every machine.

    The placeholders: `vendor`, `server`, `domain`, `user`, `helper`; `lmgrd`, `port` and `port_2` (two pinned ports of
    the usual range), `moved` (a port that the system chose); `clients`, `branch`, `servers`, `dmz` and `public`: the
    first three bytes of networks, `public` those of the public side.
    """
    chance = random.Random(f"lmwire lab {seed}")  # noqa: S311 # variety, not a secret
    vendor, server, domain = chance.choice(_VENDORS), chance.choice(_SERVERS), chance.choice(_DOMAINS)
    user, helper = chance.sample(_PEOPLE, 2)
    lmgrd = chance.choice(_LMGRD)
    port, port_2 = chance.sample([each for each in range(27001, 27009) if each != lmgrd], 2)
    second = chance.sample(range(16, 240), 4)
    nets = {name: f"10.{a}.{chance.randrange(1, 250)}" for name, a in zip(_NETS, second, strict=True)}
    return {
        "vendor": vendor,
        "server": server,
        "domain": domain,
        "user": user,
        "helper": helper,
        "lmgrd": str(lmgrd),
        "port": str(port),
        "port_2": str(port_2),
        "moved": str(chance.randrange(33000, 60000)),
        "public": chance.choice(("198.51.100", "203.0.113")),
        **nets,
    }


_NETS: Final = ("clients", "branch", "servers", "dmz")


def fill(text: str, known: Mapping[str, str]) -> str:
    """Return `text` with its placeholders filled in. Raises KeyError for an unknown one."""
    return _PLACEHOLDER.sub(lambda found: known[found[1]], text)
