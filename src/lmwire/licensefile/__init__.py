"""Read, check and pin license files. Every byte is kept; no socket is opened.

`parse_license` reads a whole license file and continues after a wrong line. `lint_license` lists the problems.
`pin_ports` sets a vendor daemon's port and changes nothing else.
"""

from __future__ import annotations

from lmwire.licensefile.document import Attribute, DaemonLine, FeatureLine, LicenseDocument, ServerLine
from lmwire.licensefile.lint import SOON, Resolve, lint_license
from lmwire.licensefile.parse import parse_license
from lmwire.licensefile.pin import PinChange, PinError, Pinned, pin_ports
from lmwire.licensefile.problem import CHECKS, Check, LicenseProblem, ProblemSeverity

__all__ = [
    "CHECKS",
    "SOON",
    "Attribute",
    "Check",
    "DaemonLine",
    "FeatureLine",
    "LicenseDocument",
    "LicenseProblem",
    "PinChange",
    "PinError",
    "Pinned",
    "ProblemSeverity",
    "Resolve",
    "ServerLine",
    "lint_license",
    "parse_license",
    "pin_ports",
]
