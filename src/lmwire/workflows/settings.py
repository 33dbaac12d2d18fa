"""Settings that a caller gives as plain values: what each must be, and what is said of one that is not."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from typing import Final

from lmwire.errors import LmwireError, argument
from lmwire.ports import MAX_PORT
from lmwire.text import printable

__all__ = [
    "HOPS",
    "LONGEST_WAIT",
    "PARALLELS",
    "SettingError",
    "check_address",
    "check_family",
    "check_number",
    "check_source",
    "check_wait",
    "is_vendor_name",
    "names_of",
    "vendors_of",
]

LONGEST_WAIT: Final = 3600
"""Seconds that one answer may be waited for."""

HOPS: Final = range(1, 65)
"""How many routers `locate` can go past."""

PARALLELS: Final = range(1, MAX_PORT + 1)
"""How many servers can be walked to at a time."""

_VENDOR: Final = re.compile(r"[!-~]{1,64}")


class SettingError(LmwireError):
    """A setting that cannot be used.

    Attributes:
        setting: its name, as the function's parameter is called.
    """

    def __init__(self, setting: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.setting = setting


def check_wait(setting: str, seconds: float) -> None:
    """Raise SettingError unless `seconds` can be waited for."""
    if not 0 < seconds <= LONGEST_WAIT:  # NaN fails, too
        raise SettingError(setting, f"{argument(setting)} is {seconds}: it must be above 0 and at most {LONGEST_WAIT}")


def check_number(setting: str, number: int, allowed: range) -> None:
    """Raise SettingError unless `number` is one of those allowed."""
    if number not in allowed:
        raise SettingError(setting, f"{argument(setting)} is {number}: it must be from {allowed[0]} to {allowed[-1]}")


def check_family(family: int | None) -> None:
    """Raise SettingError unless `family` is an IP version, or None for both."""
    if family not in {None, 4, 6}:
        raise SettingError("family", f"{argument('family')} is {family!r}: it must be 4, 6 or None")


def check_address(setting: str, text: str) -> None:
    """Raise SettingError unless `text` is an IP address, with or without a zone. Empty stands for none."""
    if not text:
        return
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        raise SettingError(setting, f"{printable(text, 60)} is not an IP address") from None


def check_source(address: str) -> None:
    """Raise SettingError when this machine cannot connect from an address; empty leaves the choice to the system."""
    if not address:
        return
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as sock:
        try:
            sock.bind((address, 0))
        except OSError as error:
            shown = printable(address, 60)
            raise SettingError("source", f"this machine cannot connect from {shown}: {error.strerror}") from None


def names_of(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return one name or several as a tuple, each once."""
    return (given,) if isinstance(given, str) else tuple(dict.fromkeys(given))


def is_vendor_name(text: str) -> bool:
    """Whether a hello can carry `text` as a vendor daemon's name, and a VENDOR line can hold it."""
    return bool(_VENDOR.fullmatch(text))


def vendors_of(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return names of vendor daemons as a tuple, each once. Raises SettingError for what cannot be such a name."""
    names = names_of(given)
    for name in names:
        if not is_vendor_name(name):
            shown = printable(name, 60) or "an empty text"
            raise SettingError(
                "vendor", f"{shown} cannot be the name of a vendor daemon: letters and digits, no blanks"
            )
    return names
