"""ufw: `allow` for the server itself, `route allow` for a router."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.names import Place
from lmwire.firewall.quoting import shell
from lmwire.firewall.writers.order import Order, Writer, commented, opening_lines

__all__ = ["UFW"]

_COMMENT: Final = 200
_UNDO: Final = "Take back: ufw status numbered; ufw delete NUMBER"


def _write(order: Order) -> Iterator[str]:
    router = order.place is Place.ROUTER
    where = "a router" if router else "the license server's own host"
    yield "#!/bin/sh"
    yield from commented("#", opening_lines(order, f"For {where}. Replies to clients pass by themselves.", _UNDO))
    yield "set -eu"
    command = "ufw route prepend allow" if router else "ufw prepend allow"
    for flow in order.flows:
        comment = shell(about(flow.rule, _COMMENT), _COMMENT)
        for source in flow.sources:
            # "any" would be of both IP versions; of one version's networks, the widest says the same.
            to = flow.to or ("0.0.0.0/0" if flow.version == 4 else "::/0")  # noqa: PLR2004 # the version itself
            yield f"{command} proto tcp from {source} to {to} port {flow.port} comment {comment}"


UFW: Final = Writer(write=_write, places=(Place.SERVER, Place.ROUTER), bound=frozenset({Place.ROUTER}))
