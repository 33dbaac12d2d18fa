"""Single words that people ask about: verdicts, symbols of codes, names of files, and words of FlexNet's own."""

from __future__ import annotations

import difflib
import re
import shlex
from typing import Final

import msgspec

from lmwire.diagnosis.model import Shown
from lmwire.diagnosis.predictions import shown_by
from lmwire.diagnosis.verdicts import SPECS
from lmwire.errorcodes.codes import Code, error_codes, system_errors
from lmwire.ports import MAX_PORT, PRIVILEGED
from lmwire.vendors import products

__all__ = ["ExplainedVerdict", "codes_of_symbol", "explain_verdict", "explain_word", "file_kind", "near_names"]

_SYMBOL: Final = re.compile(r"(?:LM_)?([A-Z_]{4,30})", re.IGNORECASE | re.ASCII)
_FILE: Final = re.compile(r"[^\s'\"@]{1,200}(\.\w{2,6})", re.ASCII)
_LICENSE: Final = ("a license file. To read and check it", "license lint")
_CAPTURE: Final = ("a capture. To see what its packets tell", "capture analyze")
_FILES: Final = {
    ".lic": _LICENSE,
    ".dat": _LICENSE,
    ".log": ("a debug log. To read it, if lmgrd wrote it", "log"),
    ".pcap": _CAPTURE,
    ".pcapng": _CAPTURE,
    ".cap": _CAPTURE,
}

_WORDS: Final = {
    "lm_license_file": (
        "LM_LICENSE_FILE holds the license path: the servers or license files that every FlexNet application tries, in "
        "order, joined by : (Windows: ;). A vendor daemon's own variable, such as MLM_LICENSE_FILE, comes before "
        "it. To see what an application on this machine uses, and how far it gets"
    ),
    "lmgrd": (
        "lmgrd is FlexNet's license server manager: an application asks it first, usually on a port of 27000-27009, "
        "and it answers with the host and port of the vendor daemon, which grants the licenses. Both ports must be "
        "open. To test both"
    ),
}
_PORT: Final = re.compile(r"[0-9]{4,5}", re.ASCII)
_A_PORT: Final = (
    "{port} is a port, not an error code: codes have a minus, such as -15,570. lmgrd usually listens on a port of "
    "27000-27009. To test a license server on this port"
)
_COMMANDS: Final = {"lm_license_file": "lmwire diagnose", "lmgrd": "lmwire diagnose 27000@licsrv"}
_OTHERS: Final = {"rlm": "RLM", "dsls": "DSLS", "codemeter": "CodeMeter", "sentinel": "Sentinel"}

_NEARLY: Final = re.compile(r"[a-z0-9_]{5,40}", re.ASCII)
_VERDICT: Final = re.compile(r"[a-z]+(?:[ _-][a-z]+){1,3}", re.ASCII)
_ALIKE: Final = 0.8
_MOST: Final = 3


class ExplainedVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a verdict means, apart from any one diagnosis.

    Attributes:
        meaning: when it is given; a clause.
        application_shows: what the application shows meanwhile, as far as it is known.
    """

    id: str
    meaning: str
    application_shows: tuple[Shown, ...]


def explain_verdict(word: str) -> ExplainedVerdict | None:
    """Return the verdict with this id; None when there is none."""
    id_ = word.strip().lower().replace("_", "-")
    spec = SPECS.get(id_)
    return None if spec is None else ExplainedVerdict(id=id_, meaning=spec.meaning, application_shows=shown_by(id_))


def codes_of_symbol(word: str) -> tuple[Code, ...]:
    """Return the error code that FlexNet's documentation calls so, `LM_CANTCONNECT` or `CANTCONNECT`."""
    match = _SYMBOL.fullmatch(word.strip())
    symbol = match[1].upper() if match else ""
    return tuple(Code(error.major) for error in error_codes().values() if error.name and error.name == symbol)


def file_kind(word: str) -> tuple[str, str] | None:
    """Return what a file of this name is likely to be, in words, and the command that reads it; None for no such name.

    The file is not looked at, and need not be there.
    """
    match = _FILE.fullmatch(word.strip())
    kind = _FILES.get(match[1].lower()) if match else None
    if match is None or kind is None or not match.group().isprintable():
        return None
    words, command = kind
    return f"By its name, this is {words}", f"lmwire {command} {shlex.quote(match.group())}"


def explain_word(text: str) -> tuple[str, str] | None:
    """Return what a word means, without a full stop, and the command to run next, which may be empty; None for others.

    `LM_LICENSE_FILE`, `lmgrd`, a port, and the names of license managers that are not FlexNet.
    """
    word = text.strip().lower()
    if word in _OTHERS:
        manager = _OTHERS[word]
        return f"{manager} is not FlexNet but another license manager: lmwire does not speak its protocol", ""
    if _PORT.fullmatch(word) and PRIVILEGED <= int(word) <= MAX_PORT and not system_errors(int(word)):
        return _A_PORT.format(port=word), f"lmwire diagnose {word}@licsrv"
    return (_WORDS[word], _COMMANDS[word]) if word in _WORDS else None


def near_names(text: str) -> tuple[str, ...]:
    """Return names of verdicts, products and vendor daemons that a misspelt word may mean, the likeliest first."""
    word = text.strip().lower()
    if _VERDICT.fullmatch(word):
        verdict = re.sub("[ _]", "-", word)
        found = difflib.get_close_matches(verdict, [str(id_) for id_ in SPECS], n=_MOST, cutoff=_ALIKE)
        if found:
            return tuple(found)
    if not _NEARLY.fullmatch(word):
        return ()
    known = {name for product in products() for name in _NEARLY.findall(f"{product.name} {product.vendor}".lower())}
    known |= {daemon.lower() for product in products() for daemon in product.daemons}
    return tuple(difflib.get_close_matches(word, sorted(known), n=_MOST, cutoff=_ALIKE))
