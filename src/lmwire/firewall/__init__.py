"""Rules for real firewalls: who may open which TCP port to whom, and why, in the language of the firewall at hand.

Pure: values in, text out. Nothing in here resolves a name, opens a file or a socket, or changes a firewall. The values
are in `lmwire.firewall.model`; `lmwire.firewall.inputs` makes them of license files, diagnoses and logs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lmwire.firewall.errors import FirewallError
from lmwire.firewall.names import Language, Place

if TYPE_CHECKING:
    from lmwire.firewall.model import RuleSet

__all__ = ["FirewallError", "Language", "Place", "write"]


def write(rules: RuleSet, language: Language, *, at: Place | None = None, into: str | None = None) -> str:
    """Return the rules as a file or a script, to be read before it is used. Changes nothing on any firewall.

    Args:
        rules: who may open what; see `RuleSet`.
        language: of which firewall.
        at: where that firewall stands; None for the place that is usual for it.
        into: what of the user's own firewall the rules go into, such as a chain or a security group; None for what
            is usual there.

    Raises:
        FirewallError: that firewall does not stand `at` that place; `into` is missing or can't be; an address is
            wanted and only a name is known; sources and servers have no IP version in common.
    """
    from lmwire.firewall.writing import written  # noqa: PLC0415 # the command line's help needs the names alone

    return written(rules, language, at, into)
