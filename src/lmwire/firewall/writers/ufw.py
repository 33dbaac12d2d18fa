"""ufw: `allow` for the server itself, `route allow` for a router."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.quoting import shell
from lmwire.firewall.writers.writer import RuleWriter, WriterInput, commented, opening_lines

__all__ = ["UFW"]

_COMMENT: Final = 200
_UNDO: Final = "Undo: ufw status numbered; ufw delete NUMBER"


def _write(given: WriterInput) -> Iterator[str]:
    router = given.place is FirewallPlace.ROUTER
    where = "a router" if router else "the license server itself"
    yield "#!/bin/sh"
    yield from commented("#", opening_lines(given, f"For {where}. ufw allows replies automatically.", _UNDO))
    yield "set -eu"
    command = "ufw route prepend allow" if router else "ufw prepend allow"
    for flow in given.flows:
        comment = shell(about(flow.rule, _COMMENT), _COMMENT)
        for source in flow.sources:
            # "any" means both IP versions; the widest network means one.
            to = flow.to or ("0.0.0.0/0" if flow.version == 4 else "::/0")  # noqa: PLR2004 # the version itself
            yield f"{command} proto tcp from {source} to {to} port {flow.port} comment {comment}"


UFW: Final = RuleWriter(
    write=_write, places=(FirewallPlace.SERVER, FirewallPlace.ROUTER), bound=frozenset({FirewallPlace.ROUTER})
)
