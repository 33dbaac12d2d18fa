"""Which outputs there are: groups of jobs, each job a session of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from tests.outputs import captures, files, firewalls, manual, networks, scenarios
from tests.outputs.session import Session, Setting

__all__ = ["GROUPS", "Job", "jobs"]

Play = Callable[[Session], None]

GROUPS: Final[dict[str, Callable[[Setting], Iterable[tuple[str, Play]]]]] = {
    "networks": networks.jobs,
    "scenarios": scenarios.jobs,
    "captures": captures.jobs,
    "anonymized": captures.anonymized,
    "licenses": files.licenses,
    "license-paths": files.license_paths,
    "logs": files.logs,
    "explain": files.explanations,
    "firewall": firewalls.jobs,
    "demo": manual.demo,
    "manual": manual.pages,
    "usage": manual.usage,
}
_WAIT: Final = frozenset({"networks", "scenarios", "demo", "usage"})


@dataclass(frozen=True)
class Job:
    """A session that is to be played.

    Attributes:
        name: the folder of its outputs, such as `scenarios/healthy`.
        play: plays it.
        waits: whether it waits for timeouts most of the time.
    """

    name: str
    play: Play
    waits: bool


def jobs(setting: Setting, only: str | None = None) -> list[Job]:
    """Return all jobs, or those of one group."""
    wanted = GROUPS if only is None else {only: GROUPS[only]}
    return [
        Job(f"{group}/{name}", play, group in _WAIT) for group, make in wanted.items() for name, play in make(setting)
    ]
