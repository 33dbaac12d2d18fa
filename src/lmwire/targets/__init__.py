"""The targets of a license path: servers, triads, vendor daemons. Frozen values; no file, name or socket is used."""

from __future__ import annotations

from lmwire.targets.errors import LicensePathError
from lmwire.targets.model import COMMAND_LINE, Ignored, LicensePath, Server, Source, Target, VendorLine

__all__ = [
    "COMMAND_LINE",
    "Ignored",
    "LicensePath",
    "LicensePathError",
    "Server",
    "Source",
    "Target",
    "VendorLine",
]
