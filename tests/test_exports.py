"""The public names of each room are pinned: taking one away, or adding one, is a decision, not an accident."""

from __future__ import annotations

import importlib

import pytest

PUBLIC = {
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
        CATALOGUE SCHEMA Diagnosis Finding Member Occurrence Opening Overall Report Severity Shown Verdict diagnose
        diagnose_triad overall_of
    """,
    "lmwire.firewall": """
        FirewallError FirewallPlace Language write
    """,
    "lmwire.checkup": "check",
    "lmwire.lab": "Lab LabError labs read_lab",
    "lmwire.pytest_plugin": "license_network license_server license_server_factory",
    "lmwire.testing": "LicenseNetwork LicenseServer decisive judge",
    "lmwire.report": """
        Format Look render
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


@pytest.mark.parametrize("room", PUBLIC)
def test_the_public_names_are_those_written_here(room: str) -> None:
    assert importlib.import_module(room).__all__ == PUBLIC[room].split()


@pytest.mark.parametrize("room", PUBLIC)
def test_every_public_name_exists_and_is_sorted(room: str) -> None:
    module = importlib.import_module(room)
    assert module.__all__ == sorted(module.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    for name in module.__all__:
        assert hasattr(module, name)
