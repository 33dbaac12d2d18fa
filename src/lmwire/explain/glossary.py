"""Words of FlexNet's own and of its rivals that people ask about, and product names that are nearly right."""

from __future__ import annotations

import difflib
import re
from typing import Final

from lmwire.vendors import products

__all__ = ["near_names", "told_word"]

_WORDS: Final = {
    "lm_license_file": (
        "LM_LICENSE_FILE holds the license path: the servers or license files that every FlexNet application tries, in "
        "order, joined by : (Windows: ;). A variable of a vendor daemon's own, such as MLM_LICENSE_FILE, counts before "
        "it. To see what an application on this machine would use, and how far it comes"
    ),
    "lmgrd": (
        "lmgrd is FlexNet's license server manager: an application asks it first, usually on a port of 27000-27009, "
        "and it answers with the host and port of the vendor daemon, which grants the licenses. Both ports must be "
        "open. To see whether both are reached"
    ),
}
_COMMANDS: Final = {"lm_license_file": "lmwire diagnose", "lmgrd": "lmwire diagnose 27000@licsrv"}
_OTHERS: Final = {"rlm": "RLM", "dsls": "DSLS", "codemeter": "CodeMeter", "sentinel": "Sentinel"}

_WORD: Final = re.compile(r"[a-z0-9_]{5,40}", re.ASCII)
_ALIKE: Final = 0.8
_MOST: Final = 3


def told_word(text: str) -> tuple[str, str] | None:
    """Return what a word means, without a full stop, and the command to run next, which may be empty; None for others.

    `LM_LICENSE_FILE`, `lmgrd`, and the names of license managers that are not FlexNet.
    """
    word = text.strip().lower()
    if word in _OTHERS:
        manager = _OTHERS[word]
        return f"{manager} is not FlexNet but another license manager: lmwire does not speak its protocol", ""
    return (_WORDS[word], _COMMANDS[word]) if word in _WORDS else None


def near_names(text: str) -> tuple[str, ...]:
    """Return the names of products and vendor daemons that one misspelt word may mean, the likeliest first."""
    word = text.strip().lower()
    if not _WORD.fullmatch(word):
        return ()
    known = {name for product in products() for name in _WORD.findall(f"{product.name} {product.vendor}".lower())}
    known |= {daemon.lower() for product in products() for daemon in product.daemons}
    return tuple(difflib.get_close_matches(word, sorted(known), n=_MOST, cutoff=_ALIKE))
