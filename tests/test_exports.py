"""The public names are pinned: taking one away, adding one, or changing a signature is a decision, not an accident.

tests/public_surface.txt holds what `import lmwire` offers, with the signatures of functions and the fields of results.
After a change that is meant: python -m tests.test_exports
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import lmwire
import lmwire.workflows

SURFACE = Path(__file__).with_name("public_surface.txt")

PUBLIC = {
    "lmwire": """
        CaptureResult Diagnosis Evidence Explanation Finding FirewallRules LicenseDocument LmwireError Location
        LogSummary MockServer Overall Report Severity Verdict VerdictId __version__ analyze_capture diagnose
        diagnose_async explain firewall_rules locate read_license_file read_log
    """,
    "lmwire.errors": "LmwireError argument",
    "lmwire.workflows": """
        CannotWriteError CaptureResult Demo FirewallRules LicenseCheck LicenseReview MockServer NeedsNetworkError
        NotPermittedError PinnedFile SettingError StoryWatch analyze_capture anonymize_capture check_license_file
        diagnose diagnose_async dissector_source explain firewall_rules install_dissector list_scenarios listen locate
        measure_idle pin_license_file play_demo play_mock read_license_file read_log record_packets
        review_license_file sieve_for
    """,
    "lmwire.capture": "Analysis CaptureError Case ScapyMissingError analyze",
    "lmwire.netns": """
        Addresses Cable Chain CommandError Link LinkEnd Namespace Network NetworkError NetworkUnavailable Stop Task
    """,
    "lmwire.wire": """
        END_OF_STREAM LEGACY_SIZE MAGIC MAX_FRAME NEED_DATA EndOfStream Frame FrameReader Hello HelloAnswer
        LegacyError LegacyHello LegacyMessage LegacyText LocalProtocolError Message MessageType ModernMessage
        NeedData ProtocolError Referral RemoteProtocolError TextAnswer TextRequest Unknown Version crc encode
        encode_raw header_sum legacy_sum message_from_body
    """,
    "lmwire.session": """
        CLIENT_QUESTIONS CLIENT_TRANSITIONS NOBODY SERVER_TRANSITIONS Answered ClientSession ClientState Ended
        FellBack HelloReceived Identity OtherReceived QueryReceived Referred Refused Reply Request
        ServerSession ServerState TextReceived UnreadableReceived VersionReceived format_daemons identify
        parse_daemons
    """,
    "lmwire.licensepath": """
        COMMAND_LINE Ignored LicensePath LicensePathError Server Source Target VendorLine from_environment parse_path
    """,
    "lmwire.licensefile": """
        CHECKS SOON Attribute Check DaemonLine FeatureLine LicenseDocument LicenseProblem PinChange PinError Pinned
        ProblemSeverity Resolve ServerLine lint_license parse_license pin_ports
    """,
    "lmwire.targets": """
        COMMAND_LINE Ignored LicensePath LicensePathError Server Source Target VendorLine
    """,
    "lmwire.evidence": """
        VENDOR_DOWN Answer Asked Connect Dialogue Evidence Icmp Leg LogSeen NameFault ReferralSeen Resolution Role Via
        is_address
    """,
    "lmwire.serverlog": """
        Daemon DenialCount Exits Lines LogError LogSummary Loop NameCount PortSource PortUse Problem Severity State
        TriadCount When read_log
    """,
    "lmwire.probe": """
        ProbeError Resolver Settings Walk allow_many_sockets probe_path this_machine walk
    """,
    "lmwire.diagnosis": """
        SCHEMA SPECS Diagnosis Finding Member Occurrence Opening Overall Report ReportedSystemError Severity Shown
        Verdict VerdictId VerdictSpec diagnose diagnose_triad overall_of predict_path state_of worst_of worst_state
    """,
    "lmwire.firewall": """
        FirewallError FirewallPlace Language write
    """,
    "lmwire.workflows.checkup": "check check_path judged",
    "lmwire.lab": "Lab LabError labs read_lab",
    "lmwire.pytest_plugin": "license_network license_server license_server_factory",
    "lmwire.testing": "LicenseNetwork LicenseServer decisive judge",
    "lmwire.report": """
        Format Look Renderer render
    """,
    "lmwire.vendors": """
        Basis Ports Product Step Variable find_products product_of products
    """,
    "lmwire.ruletest": """
        Cell Decision Plan PlanError Result parse_plan read_plan require_network
    """,
    "lmwire.cli": """
        app main
    """,
}
"""Room → its names, in the order of `__all__`."""

_WITHOUT_NAMES = {"errorcodes", "explanations", "fleet", "gateway", "hops", "idle"}
"""Rooms whose modules are imported one by one."""


@pytest.mark.parametrize("room", PUBLIC)
def test_the_public_names_are_those_written_here(room: str) -> None:
    assert importlib.import_module(room).__all__ == PUBLIC[room].split()


@pytest.mark.parametrize("room", PUBLIC)
def test_every_public_name_exists_and_is_sorted(room: str) -> None:
    module = importlib.import_module(room)
    assert module.__all__ == sorted(module.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    for name in module.__all__:
        assert hasattr(module, name)


def test_the_verdicts_are_an_enum() -> None:
    assert lmwire.VerdictId("vendor-filtered") == "vendor-filtered"


def test_no_lazy_name_is_a_module_s_as_well_which_would_take_its_place() -> None:
    folder = Path(lmwire.__file__).parent
    assert not {path.stem for path in (folder / "workflows").iterdir()} & set(lmwire.workflows.__all__)
    assert not {path.stem for path in folder.iterdir()} & set(lmwire.__all__)


def test_every_room_is_listed() -> None:
    rooms = {path.parent.name for path in Path(lmwire.__file__).parent.glob("*/__init__.py")}
    pinned = {room.split(".")[1] for room in PUBLIC if "." in room}
    assert rooms - pinned == _WITHOUT_NAMES


def test_signatures_and_fields_are_those_written_down() -> None:
    assert SURFACE.read_text(encoding="utf-8") == surface(), "if it is meant: python -m tests.test_exports"


def surface() -> str:
    """Return what a program can call and read, a line each."""
    return "".join(f"{line}\n" for name in lmwire.__all__ for line in _lines(name))


def _lines(name: str) -> Iterator[str]:
    value = getattr(lmwire, name)
    if inspect.isfunction(value):
        yield f"{'async ' if inspect.iscoroutinefunction(value) else ''}{name}{_signature(value)}"
    elif inspect.isclass(value):
        yield f"class {name}"
        if issubclass(value, msgspec.Struct):
            yield from (f"    {field.name}: {_shown(field.type)}" for field in msgspec.structs.fields(value))
        elif hasattr(value, "__members__"):
            yield from (f"    {member.name} = {member.value!r}" for member in value)
        else:
            yield f"    __init__{_signature(value.__init__)}"
        for attribute, made in sorted(vars(value).items()):
            if not attribute.startswith("_") and inspect.isfunction(made):
                yield f"    {attribute}{_signature(made)}"
            elif not attribute.startswith("_") and isinstance(made, property):
                yield f"    {attribute}: {made.fget.__annotations__['return']}"
    else:
        yield f"{name}: {type(value).__name__}"


def _signature(function: object) -> str:
    return re.sub(r"<[^>]*>", "…", str(inspect.signature(function)))  # type: ignore[arg-type] # a function or a class


def _shown(kind: object) -> str:
    return kind.__name__ if isinstance(kind, type) else re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Z])", "", str(kind))


if __name__ == "__main__":
    SURFACE.write_text(surface(), encoding="utf-8")
