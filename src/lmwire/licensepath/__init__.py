"""License paths: `port@host`, triads, lists, environment variables and license files. Opens no socket.

`parse_path` reads what people write, `from_environment` finds what an application would read; both give a
LicensePath or raise a LicensePathError that points at the character at fault. `parse_license` reads a whole license
file, lossless, and goes on after what is wrong in it.
"""

from __future__ import annotations

from lmwire.licensepath.document import Attribute, DaemonLine, FeatureLine, LicenseDocument, ServerLine
from lmwire.licensepath.environment import from_environment
from lmwire.licensepath.errors import LicensePathError
from lmwire.licensepath.lint import SOON, Resolve, lint_license
from lmwire.licensepath.model import (
    COMMAND_LINE,
    Ignored,
    LicensePath,
    Server,
    Source,
    Target,
    VendorLine,
)
from lmwire.licensepath.parse import parse_license
from lmwire.licensepath.path import parse_path
from lmwire.licensepath.pin import PinChange, PinError, Pinned, pin_ports
from lmwire.licensepath.problem import CHECKS, Check, Problem, ProblemSeverity

__all__ = [
    "CHECKS",
    "COMMAND_LINE",
    "SOON",
    "Attribute",
    "Check",
    "DaemonLine",
    "FeatureLine",
    "Ignored",
    "LicenseDocument",
    "LicensePath",
    "LicensePathError",
    "PinChange",
    "PinError",
    "Pinned",
    "Problem",
    "ProblemSeverity",
    "Resolve",
    "Server",
    "ServerLine",
    "Source",
    "Target",
    "VendorLine",
    "from_environment",
    "lint_license",
    "parse_license",
    "parse_path",
    "pin_ports",
]
