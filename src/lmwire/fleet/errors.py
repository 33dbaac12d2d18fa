"""What a list of servers can have wrong."""

from __future__ import annotations

from lmwire.errors import LmwireError

__all__ = ["FleetError"]


class FleetError(LmwireError):
    """A list of license servers cannot be used. `where` is the file, with the line where there is one."""

    def __init__(self, where: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.where = where
