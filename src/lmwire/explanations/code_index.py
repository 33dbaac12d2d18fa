"""From an error code to the verdicts that lead to it, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from lmwire.diagnosis.measured import measured_codes
from lmwire.diagnosis.verdicts import SPECS
from lmwire.errorcodes.codes import Code

__all__ = ["LIKELIEST", "VERDICTS", "fitting_first", "verdicts_for"]

LIKELIEST: Final = tuple(sorted(SPECS, key=lambda verdict: SPECS[verdict].likeliness))
"""The order in which verdicts that show the same code are named.

The vendor daemon's port comes before lmgrd's: people test and open the one that they know, and forget the other.
"""

_RANK: Final = {verdict: rank for rank, verdict in enumerate(LIKELIEST)}


def _invert() -> dict[str, tuple[str, ...]]:
    """Return code → verdicts: those that show it, after those that lead to it without a measurement."""
    shown: dict[str, list[str]] = {}
    led: dict[str, list[tuple[int, str]]] = {}
    for verdict in LIKELIEST:
        spec = SPECS[verdict]
        for code in measured_codes(verdict):
            shown.setdefault(code, []).append(verdict)
        for code, place in spec.led_to_by.items():
            led.setdefault(code, []).append((place, verdict))
    first = {code: [verdict for _, verdict in sorted(places)] for code, places in led.items()}
    codes = dict.fromkeys((*shown, *first))
    return {code: tuple(dict.fromkeys((*first.get(code, ()), *shown.get(code, ())))) for code in codes}


def _likeliest_first(verdicts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sorted(verdicts, key=lambda verdict: _RANK.get(verdict, len(_RANK)))))


VERDICTS: Final[Mapping[str, tuple[str, ...]]] = _invert()
"""From an error code to the ids of the verdicts that lead to it."""


def verdicts_for(code: Code, table: Mapping[str, tuple[str, ...]] = VERDICTS) -> tuple[str, ...]:
    """Return the ids of the verdicts that lead to `code`, the likeliest first.

    Args:
        code: its errno does not matter.
        table: from "major,minor", "major" or "*,minor" to ids. A code that has no entry of its own gets those of
            all entries with its major code.
    """
    for key in (f"{code.major},{code.minor}", f"{code.major}", f"*,{code.minor}"):
        if key in table:
            return tuple(table[key])
    return _likeliest_first(id_ for key, ids in table.items() if key.startswith(f"{code.major},") for id_ in ids)


_FAULTS: Final = (
    (("refused",), (61, 111, 146, 10061)),
    (("filtered",), (60, 110, 145, 10060)),
    (("unreachable", "rejected"), (51, 65, 101, 113, 10051, 10065)),  # there is no way, or a router says so
    (("denied",), (1, 13, 10013)),
    (("unresolvable",), (11001, 11002, 11003, 11004)),
)
"""How a connection failed, as the ends of verdicts' ids name it, and the systems' error numbers that say so."""

_CONNECTS: Final = ("refused", "filtered", "rejected", "unreachable", "denied")
_CONNECT_ENDS: Final = tuple(f"-{fault}" for fault in _CONNECTS)


def fitting_first(verdicts: tuple[str, ...], system: int | None) -> tuple[str, ...]:
    """Return verdicts with those first that fit the system's error number, where it says how a connection failed.

    Those that fit are added where the code means a failed connection and its own list lacks them.
    """
    faults = next((faults for faults, numbers in _FAULTS if system in numbers), ())
    if not faults:
        return verdicts
    connects = faults[0] in _CONNECTS and any(verdict.endswith(_CONNECT_ENDS) for verdict in verdicts)
    fitting: list[str] = []
    for fault in faults:
        fitting += [verdict for verdict in verdicts if verdict.endswith(f"-{fault}")]
        fitting += _likeliest_first((f"vendor-{fault}", f"lmgrd-{fault}")) if connects else ()
    return tuple(dict.fromkeys((*fitting, *verdicts)))
