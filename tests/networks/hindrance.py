"""What fools a hasty probe: rules of nft that drop some packets, and not others of the same kind."""

from __future__ import annotations

from collections.abc import Iterator

from tests.networks.plan import Pause, SynLimit

__all__ = ["limit_rules", "pause_rules", "pause_sets"]

_SYN = "tcp flags & (syn | ack) == syn"


def pause_sets(pause: Pause) -> str:
    """Return the sets for `pause_rules`: they hold the one protocol, TCP, for as long as they are to.

    "met" keeps a pause from beginning again.
    """
    lines = ""
    for name, milliseconds in (("met", 3_600_000), ("paused", round(pause.seconds * 1000))):
        lines += f"  set {name} {{ type inet_proto; flags dynamic,timeout; size 16; timeout {milliseconds}ms; }}\n"
    return lines


def pause_rules(pause: Pause) -> Iterator[str]:
    """Yield the rules that begin the pause with the first SYN to its port, and drop until it is over."""
    first = f"tcp dport {pause.port} {_SYN}"
    yield f"{first} meta l4proto != @met add @paused {{ meta l4proto }} add @met {{ meta l4proto }}"
    yield f"{first if pause.scope == 'port' else 'meta l4proto tcp'} meta l4proto @paused drop"


def limit_rules(limit: SynLimit) -> Iterator[str]:
    """Yield the rule that drops the SYNs that are too many."""
    yield f"{_SYN} limit rate over {limit.per_minute}/minute burst {limit.burst} packets drop"
