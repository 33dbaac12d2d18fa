"""From an error code to the verdicts that lead to it, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from lmwire.diagnosis.predictions import CODES, OLDER_CODES
from lmwire.errorcodes.codes import Code

__all__ = ["LIKELIEST", "VERDICTS", "verdicts_for"]

# The order in which verdicts that show the same code are named. The vendor daemon's port comes before lmgrd's: people
# test and open the one that they know, and forget the other.
LIKELIEST: Final = (
    *("vendor-filtered", "vendor-refused", "lmgrd-refused", "lmgrd-filtered", "vendor-rejected", "lmgrd-rejected"),
    *("name-unresolvable", "referral-unresolvable", "referral-elsewhere", "referral-loopback"),
    *("vendor-daemon-down", "vendor-silent", "lmgrd-silent", "vendor-closes", "lmgrd-closes"),
    *("lmgrd-foreign", "vendor-foreign", "vendor-payload-lost", "lmgrd-payload-lost"),
    *("vendor-garbled", "lmgrd-garbled", "range-shadowed", "referral-invalid"),
    *("vendor-unreachable", "lmgrd-unreachable", "vendor-denied", "lmgrd-denied", "lmgrd-error", "vendor-error"),
    "healthy",
)
_RANK: Final = {verdict: rank for rank, verdict in enumerate(LIKELIEST)}

# Codes that no prediction covers: documented for older clients, or telling by their meaning alone;
# the likeliest verdict first, before those that are predicted to show the code.
# "-97" fits every minor code, "*,274" every major one.
_OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "*,274": ("lmgrd-error",),
    "-5,414": ("healthy",),
    "-7,10015": ("vendor-closes", "vendor-filtered", "vendor-refused", "vendor-rejected"),
    "-12": ("lmgrd-foreign", "lmgrd-garbled", "vendor-foreign", "vendor-garbled"),
    "-14": ("name-unresolvable",),
    "-17": ("lmgrd-closes", "vendor-closes"),
    "-20": ("lmgrd-error",),
    "-23": ("lmgrd-error",),
    "-33": ("lmgrd-foreign", "lmgrd-garbled", "vendor-foreign", "vendor-garbled"),
    "-52": ("vendor-silent", "vendor-filtered"),
    "-59": ("lmgrd-garbled", "vendor-garbled"),
    "-60": ("lmgrd-error",),
    "-95": ("lmgrd-refused", "name-unresolvable"),
    "-96": (
        *("vendor-filtered", "vendor-refused", "vendor-rejected", "name-unresolvable", "referral-unresolvable"),
        *("lmgrd-filtered", "lmgrd-unreachable"),  # "down or not answering", as it is documented
    ),
    "-96,491": ("vendor-filtered", "vendor-refused", "vendor-rejected"),
    "-97": ("vendor-daemon-down",),
    "-106": ("lmgrd-error",),
    "-139": ("lmgrd-silent", "vendor-silent"),
    "-140": ("lmgrd-garbled", "lmgrd-foreign"),
    "-141": ("lmgrd-closes", "vendor-closes"),
}


def _invert() -> dict[str, tuple[str, ...]]:
    """Turn "this verdict shows that code" round, and add the codes that no prediction covers."""
    table: dict[str, tuple[str, ...]] = {}
    for (verdict, _), (code, _) in CODES.items():
        for shown in (code, OLDER_CODES.get(code or "")):
            if shown is not None:
                table[shown] = _likeliest_first((*table.get(shown, ()), verdict))
    for code, verdicts in _OTHERS.items():
        table[code] = tuple(dict.fromkeys((*verdicts, *table.get(code, ()))))
    return table


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
