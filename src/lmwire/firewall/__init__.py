"""Rules for real firewalls: who may open which TCP port to whom, and why, in the language of the firewall at hand.

Pure: values in, text out. Nothing in here resolves a name, opens a file or a socket, or changes a firewall.
"""

from __future__ import annotations

from lmwire.firewall.errors import FirewallError
from lmwire.firewall.flows import left_out, only
from lmwire.firewall.model import LMGRD, Network, Pin, Place, Rule, RuleSet, parse_sources
from lmwire.firewall.write import write
from lmwire.firewall.writers import Language

__all__ = [
    "LMGRD",
    "FirewallError",
    "Language",
    "Network",
    "Pin",
    "Place",
    "Rule",
    "RuleSet",
    "left_out",
    "only",
    "parse_sources",
    "write",
]
