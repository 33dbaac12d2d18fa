"""Where rules come from: a license file, a diagnosis, a log, or ports that somebody knows."""

from __future__ import annotations

from lmwire.firewall.inputs.diagnosis import from_diagnosis
from lmwire.firewall.inputs.licenses import from_licenses
from lmwire.firewall.inputs.log import LoggedDaemon, from_log
from lmwire.firewall.inputs.service import Service, Told, at_addresses, from_ports, parse_to, parse_told, rules_of, tell

__all__ = [
    "LoggedDaemon",
    "Service",
    "Told",
    "at_addresses",
    "from_diagnosis",
    "from_licenses",
    "from_log",
    "from_ports",
    "parse_to",
    "parse_told",
    "rules_of",
    "tell",
]
