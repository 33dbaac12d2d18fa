"""From a capture to the same evidence as the live probe: conversations, a scapy layer, a Wireshark dissector.

    analysis = analyze(Path("ticket-4711.pcapng"))
    diagnoses = [diagnose(case.evidence) for case in analysis.cases]

scapy, under the GPL, is an extra of the package (`lmwire[capture]`), and imported only here and by `lmwire.hops`.
"""

from lmwire.capture.analyze import Analysis, analyze
from lmwire.capture.errors import CaptureError, ScapyMissingError
from lmwire.capture.story.cases import Case

__all__ = ["Analysis", "CaptureError", "Case", "ScapyMissingError", "analyze"]
