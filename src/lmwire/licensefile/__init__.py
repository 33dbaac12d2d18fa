"""License files: read without losing a byte, checked, and pinned. Opens no socket.

`parse_license` reads a whole license file and goes on after what is wrong in it; `lint_license` lists what is wrong;
`pin_ports` gives a vendor daemon a port and changes nothing else.
"""

from __future__ import annotations

from lmwire.licensefile.document import Attribute, DaemonLine, FeatureLine, LicenseDocument, ServerLine
from lmwire.licensefile.lint import SOON, Resolve, lint_license
from lmwire.licensefile.parse import parse_license
from lmwire.licensefile.pin import PinChange, PinError, Pinned, pin_ports
from lmwire.licensefile.problem import CHECKS, Check, Problem, ProblemSeverity

__all__ = [
    "CHECKS",
    "SOON",
    "Attribute",
    "Check",
    "DaemonLine",
    "FeatureLine",
    "LicenseDocument",
    "PinChange",
    "PinError",
    "Pinned",
    "Problem",
    "ProblemSeverity",
    "Resolve",
    "ServerLine",
    "lint_license",
    "parse_license",
    "pin_ports",
]
