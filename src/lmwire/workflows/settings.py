"""Settings that a caller gives as plain values: what each must be, and what is said of one that is not."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Final

from lmwire.errors import LmwireError

__all__ = ["LONGEST_WAIT", "SettingError", "check_number", "check_source", "check_wait", "names_of"]

LONGEST_WAIT: Final = 3600.0


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
        raise SettingError(setting, f"{setting} is {seconds}: it must be above 0 and at most {LONGEST_WAIT:.0f}")


def check_number(setting: str, number: int, allowed: range) -> None:
    """Raise SettingError unless `number` is one of those allowed."""
    if number not in allowed:
        raise SettingError(setting, f"{setting} is {number}: it must be from {allowed[0]} to {allowed[-1]}")


def check_source(address: str) -> None:
    """Raise SettingError when this machine cannot connect from an address; empty leaves the choice to the system."""
    if not address:
        return
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as sock:
        try:
            sock.bind((address, 0))
        except OSError as error:
            raise SettingError("source", f"this machine can't connect from {address}: {error.strerror}") from None


def names_of(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return one name or several as a tuple, each once."""
    return (given,) if isinstance(given, str) else tuple(dict.fromkeys(given))
