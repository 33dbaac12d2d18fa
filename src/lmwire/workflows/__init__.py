"""What the command line and programs share: each function takes plain values, does one thing, and returns a result.

Nothing in here reads a command line or prints. The modules behind the names are loaded when a name is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lmwire.lazy import lazy_names

if TYPE_CHECKING:
    from lmwire.capture.dissect.dissector import dissector as dissector_source
    from lmwire.capture.dissect.dissector import install as install_dissector
    from lmwire.capture.errors import NotPermittedError
    from lmwire.capture.live.listen import listen
    from lmwire.workflows.demo_servers import play_demo
    from lmwire.workflows.diagnose_capture import analyze_capture, anonymize_capture
    from lmwire.workflows.diagnose_path import diagnose, diagnose_async
    from lmwire.workflows.documents import (
        CaptureResult,
        Demo,
        FirewallRules,
        LicenseCheck,
        LicenseReview,
        PinnedFile,
    )
    from lmwire.workflows.explain_text import explain
    from lmwire.workflows.files import CannotWriteError
    from lmwire.workflows.foreground_mock import NeedsNetworkError, play_mock
    from lmwire.workflows.idle_path import measure_idle
    from lmwire.workflows.license_files import (
        check_license_file,
        pin_license_file,
        read_license_file,
        review_license_file,
    )
    from lmwire.workflows.locate_hop import locate
    from lmwire.workflows.mock_server import MockServer
    from lmwire.workflows.read_logs import read_log
    from lmwire.workflows.record_traffic import record_packets, sieve_for
    from lmwire.workflows.scenario_list import list_scenarios
    from lmwire.workflows.settings import SettingError
    from lmwire.workflows.watch_stories import StoryWatch
    from lmwire.workflows.write_firewall_rules import firewall_rules

__all__ = [
    "CannotWriteError",
    "CaptureResult",
    "Demo",
    "FirewallRules",
    "LicenseCheck",
    "LicenseReview",
    "MockServer",
    "NeedsNetworkError",
    "NotPermittedError",
    "PinnedFile",
    "SettingError",
    "StoryWatch",
    "analyze_capture",
    "anonymize_capture",
    "check_license_file",
    "diagnose",
    "diagnose_async",
    "dissector_source",
    "explain",
    "firewall_rules",
    "install_dissector",
    "list_scenarios",
    "listen",
    "locate",
    "measure_idle",
    "pin_license_file",
    "play_demo",
    "play_mock",
    "read_license_file",
    "read_log",
    "record_packets",
    "review_license_file",
    "sieve_for",
]

_HERE: Final = "lmwire.workflows"

PLACES: Final = {
    "CannotWriteError": f"{_HERE}.files:CannotWriteError",
    "CaptureResult": f"{_HERE}.documents:CaptureResult",
    "Demo": f"{_HERE}.documents:Demo",
    "FirewallRules": f"{_HERE}.documents:FirewallRules",
    "LicenseCheck": f"{_HERE}.documents:LicenseCheck",
    "LicenseReview": f"{_HERE}.documents:LicenseReview",
    "MockServer": f"{_HERE}.mock_server:MockServer",
    "NeedsNetworkError": f"{_HERE}.foreground_mock:NeedsNetworkError",
    "NotPermittedError": "lmwire.capture.errors:NotPermittedError",
    "PinnedFile": f"{_HERE}.documents:PinnedFile",
    "SettingError": f"{_HERE}.settings:SettingError",
    "StoryWatch": f"{_HERE}.watch_stories:StoryWatch",
    "analyze_capture": f"{_HERE}.diagnose_capture:analyze_capture",
    "anonymize_capture": f"{_HERE}.diagnose_capture:anonymize_capture",
    "check_license_file": f"{_HERE}.license_files:check_license_file",
    "diagnose": f"{_HERE}.diagnose_path:diagnose",
    "diagnose_async": f"{_HERE}.diagnose_path:diagnose_async",
    "dissector_source": "lmwire.capture.dissect.dissector:dissector",
    "explain": f"{_HERE}.explain_text:explain",
    "firewall_rules": f"{_HERE}.write_firewall_rules:firewall_rules",
    "install_dissector": "lmwire.capture.dissect.dissector:install",
    "list_scenarios": f"{_HERE}.scenario_list:list_scenarios",
    "listen": "lmwire.capture.live.listen:listen",
    "locate": f"{_HERE}.locate_hop:locate",
    "measure_idle": f"{_HERE}.idle_path:measure_idle",
    "pin_license_file": f"{_HERE}.license_files:pin_license_file",
    "play_demo": f"{_HERE}.demo_servers:play_demo",
    "play_mock": f"{_HERE}.foreground_mock:play_mock",
    "read_license_file": f"{_HERE}.license_files:read_license_file",
    "read_log": f"{_HERE}.read_logs:read_log",
    "record_packets": f"{_HERE}.record_traffic:record_packets",
    "review_license_file": f"{_HERE}.license_files:review_license_file",
    "sieve_for": f"{_HERE}.record_traffic:sieve_for",
}
"""Name → `MODULE:NAME` where it is."""

__getattr__, __dir__ = lazy_names(__name__, PLACES)
