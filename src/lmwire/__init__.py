"""lmwire: walk the path from lmgrd to the vendor daemon, find the step that breaks, and say what to change.

For programs: docs/library.md shows each function. The modules behind the names are loaded when a name is used.
"""

from __future__ import annotations

from lmwire.errors import LmwireError
from lmwire.lazy import lazy_names
from lmwire.version import __version__

TYPE_CHECKING = False  # as type checkers understand it, without the module typing, which takes its time
if TYPE_CHECKING:
    from lmwire.diagnosis import (
        Diagnosis,
        Finding,
        Overall,
        Report,
        Severity,
        Verdict,
        VerdictId,
    )
    from lmwire.evidence import Evidence
    from lmwire.explanations.lookup import Explanation
    from lmwire.hops.result import Location
    from lmwire.licensefile import LicenseDocument
    from lmwire.serverlog import LogSummary
    from lmwire.workflows import (
        CaptureResult,
        FirewallRules,
        MockServer,
        analyze_capture,
        diagnose,
        diagnose_async,
        explain,
        firewall_rules,
        locate,
        read_license_file,
        read_log,
    )

__all__ = [
    "CaptureResult",
    "Diagnosis",
    "Evidence",
    "Explanation",
    "Finding",
    "FirewallRules",
    "LicenseDocument",
    "LmwireError",
    "Location",
    "LogSummary",
    "MockServer",
    "Overall",
    "Report",
    "Severity",
    "Verdict",
    "VerdictId",
    "__version__",
    "analyze_capture",
    "diagnose",
    "diagnose_async",
    "explain",
    "firewall_rules",
    "locate",
    "read_license_file",
    "read_log",
]

_PLACES = {
    "CaptureResult": "lmwire.workflows:CaptureResult",
    "Diagnosis": "lmwire.diagnosis:Diagnosis",
    "Evidence": "lmwire.evidence:Evidence",
    "Explanation": "lmwire.explanations.lookup:Explanation",
    "Finding": "lmwire.diagnosis:Finding",
    "FirewallRules": "lmwire.workflows:FirewallRules",
    "LicenseDocument": "lmwire.licensefile:LicenseDocument",
    "Location": "lmwire.hops.result:Location",
    "LogSummary": "lmwire.serverlog:LogSummary",
    "MockServer": "lmwire.workflows:MockServer",
    "Overall": "lmwire.diagnosis:Overall",
    "Report": "lmwire.diagnosis:Report",
    "Severity": "lmwire.diagnosis:Severity",
    "Verdict": "lmwire.diagnosis:Verdict",
    "VerdictId": "lmwire.diagnosis:VerdictId",
    "analyze_capture": "lmwire.workflows:analyze_capture",
    "diagnose": "lmwire.workflows:diagnose",
    "diagnose_async": "lmwire.workflows:diagnose_async",
    "explain": "lmwire.workflows:explain",
    "firewall_rules": "lmwire.workflows:firewall_rules",
    "locate": "lmwire.workflows:locate",
    "read_license_file": "lmwire.workflows:read_license_file",
    "read_log": "lmwire.workflows:read_log",
}
"""Name → `MODULE:NAME` where it is."""

__getattr__, __dir__ = lazy_names(__name__, _PLACES)
