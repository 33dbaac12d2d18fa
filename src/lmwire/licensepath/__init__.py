"""Read license paths: `port@host`, triads, lists, environment variables and license files. Opens no socket.

`parse_path` reads a license path, and `from_environment` finds the one that an application would read. Both return a
LicensePath, or raise a LicensePathError that points at the wrong character.
"""

from __future__ import annotations

from lmwire.licensepath.environment import from_environment
from lmwire.licensepath.path import parse_path
from lmwire.targets import (
    COMMAND_LINE,
    Ignored,
    LicensePath,
    LicensePathError,
    Server,
    Source,
    Target,
    VendorLine,
)

__all__ = [
    "COMMAND_LINE",
    "Ignored",
    "LicensePath",
    "LicensePathError",
    "Server",
    "Source",
    "Target",
    "VendorLine",
    "from_environment",
    "parse_path",
]
