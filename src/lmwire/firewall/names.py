"""The names of chains, rules and objects: each holds its server, so that the rules of two servers stay apart.

A firewall replaces what has the same name. With the server in every name, a second file adds its rules and leaves those
of the first. Names are of lower-case letters, digits and hyphens, which every language takes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from lmwire.errors import argument
from lmwire.firewall.errors import FirewallError
from lmwire.firewall.model import LMGRD, NOBODY, Rule
from lmwire.text import printable

__all__ = ["checked_name", "server_label", "set_name", "shortened"]

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,28}[A-Za-z0-9])?", re.ASCII)
_OTHER: Final = re.compile(r"[^a-z0-9]+")
_LONGEST: Final = 30
_DIGEST: Final = 4


def checked_name(text: str) -> str:
    """Return the user's name for the rules in lower case, because some languages know no other.

    Raises:
        FirewallError: it has other characters, or is too long.
    """
    if not _NAME.fullmatch(text):
        shown = printable(text, 60)
        raise FirewallError(
            f"{argument('name', shown)} is not valid",
            "write at most 30 letters, digits and hyphens, with a letter or a digit at both ends, such as licsrv-a",
        )
    return text.casefold()


def server_label(rules: Sequence[Rule]) -> str:
    """Return the servers of `rules` as part of a name; of several, the first and how many others."""
    servers = list(dict.fromkeys(_server(rule) for rule in rules))
    more = f" and {len(servers) - 1}" if len(servers) > 1 else ""
    return _label(f"{servers[0]}{more}", "\n".join(servers))


def set_name(rules: Sequence[Rule]) -> str:
    """Return the name of the whole set: its servers and their first port, since a machine may run several lmgrds."""
    first = next((rule for rule in rules if rule.daemon == LMGRD), rules[0])
    return f"{server_label(rules)}-{first.port}"


def shortened(name: str, limit: int) -> str:
    """Return `name` in at most `limit` characters; what is cut off is still in its digest."""
    return name if len(name) <= limit else f"{name[: limit - _DIGEST - 1].rstrip('-')}-{_digest(name)}"


def _server(rule: Rule) -> str:
    """Return the server's name; its address when the name is one that every machine has, such as this_host."""
    every_machine = rule.server.casefold() in NOBODY | {"", "license server"}
    return rule.to or rule.server if every_machine else rule.server


def _label(shown: str, whole: str) -> str:
    """Return `shown` in the characters of a name. Where that loses something, a digest of `whole` keeps names apart."""
    plain = _OTHER.sub("-", shown.casefold()).strip("-") or "server"
    if plain == whole.casefold():
        return shortened(plain, _LONGEST)
    return f"{plain[: _LONGEST - _DIGEST - 1].rstrip('-')}-{_digest(whole.casefold())}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
