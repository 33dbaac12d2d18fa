"""Write rules for real firewalls: the sources, the servers and the TCP ports, with a comment that says why.

Pure: values in, text out. This package resolves no name, opens no file or socket, and changes no firewall. The values
are in `lmwire.firewall.model`; `lmwire.firewall.inputs` makes them from license files, diagnoses and logs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lmwire.firewall.errors import FirewallError
from lmwire.firewall.languages import FirewallPlace, Language

if TYPE_CHECKING:
    from lmwire.firewall.model import RuleSet

__all__ = ["FirewallError", "FirewallPlace", "Language", "write"]


def write(
    rules: RuleSet,
    language: Language,
    *,
    at: FirewallPlace | None = None,
    into: str | None = None,
    name: str | None = None,
) -> str:
    """Return the rules as a file or a script. Read it before you load it. Changes no firewall.

    Args:
        rules: sources and ports; see `RuleSet`.
        language: the firewall's language.
        at: the firewall's place in the network; None for its usual place.
        into: the part of the user's firewall that gets the rules, such as a chain or a security group; None for the
            usual part.
        name: the name of these rules, for the names of chains, rules and objects; None for the server's name and port.

    Raises:
        FirewallError: the firewall cannot be `at` that place; `into` is missing or wrong; `name` is wrong; the language
            needs an address but only a name is known; sources and servers have no common IP version.
    """
    from lmwire.firewall.write_rules import rules_text  # noqa: PLC0415 # the command line's help needs only the names

    return rules_text(rules, language, at=at, into=into, name=name)
