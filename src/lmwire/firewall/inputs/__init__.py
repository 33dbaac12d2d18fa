"""The inputs of rules: a license file, a diagnosis, a log, or ports from the user."""

from __future__ import annotations

from lmwire.firewall.inputs.diagnosis import from_diagnosis
from lmwire.firewall.inputs.licenses import from_licenses
from lmwire.firewall.inputs.log import LoggedDaemon, from_log
from lmwire.firewall.inputs.service import (
    KnownPort,
    LicenseService,
    at_addresses,
    from_ports,
    parse_known_ports,
    parse_to,
    rules_of,
    with_known_ports,
)

__all__ = [
    "KnownPort",
    "LicenseService",
    "LoggedDaemon",
    "at_addresses",
    "from_diagnosis",
    "from_licenses",
    "from_log",
    "from_ports",
    "parse_known_ports",
    "parse_to",
    "rules_of",
    "with_known_ports",
]
