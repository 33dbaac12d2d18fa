"""What workflows return, where no other room has a type for it: frozen values, ready to be shown."""

from __future__ import annotations

import enum

import msgspec

from lmwire.diagnosis import Report
from lmwire.errors import LmwireError
from lmwire.firewall.model import RuleSet
from lmwire.licensefile import LicenseDocument, LicenseProblem, Pinned, ProblemSeverity

__all__ = [
    "CaptureResult",
    "Demo",
    "DemoScene",
    "FirewallRules",
    "LicenseCheck",
    "LicenseReview",
    "PinnedFile",
    "Playable",
    "ScenarioList",
]


class CaptureResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a capture holds.

    Attributes:
        report: a diagnosis for each client, server, vendor daemon and outcome, by client and time; without any where
            the capture holds no license traffic.
        packets: how many were read.
        notes: what was left aside, in words.
        broken: why the capture could not be read to its end; None when it could.
    """

    report: Report
    packets: int
    notes: tuple[str, ...]
    broken: LmwireError | None


class DemoScene(msgspec.Struct, frozen=True):
    """What is played, and the sentence that introduces it."""

    scenario: str
    words: str


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """What was played, and what was diagnosed.

    Attributes:
        scenes: in order; the report has a diagnosis for each.
        wrong: a sentence for each diagnosis that is not what was played.
    """

    scenes: tuple[DemoScene, ...]
    report: Report
    wrong: tuple[str, ...]


class FirewallRules(msgspec.Struct, frozen=True, kw_only=True):
    """Rules in a firewall's own language.

    Attributes:
        text: the file or script, to be read before it is loaded.
        notes: what to know about it, in words. Escaped.
        opened: who may open what: the same as values.
    """

    text: str
    notes: tuple[str, ...]
    opened: RuleSet


class LicenseReview(msgspec.Struct, frozen=True, kw_only=True):
    """A license file, and its problems, found without a look-up.

    Attributes:
        everything: whether to list every feature, however many there are.
    """

    document: LicenseDocument
    problems: tuple[LicenseProblem, ...]
    everything: bool = False


class LicenseCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A license file, and every problem of it."""

    document: LicenseDocument
    problems: tuple[LicenseProblem, ...]

    @property
    def passed(self) -> bool:
        """Whether there is nothing worse than a note."""
        return all(problem.severity is ProblemSeverity.NOTE for problem in self.problems)


class PinnedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A license file with ports pinned.

    Attributes:
        document: the file before.
        pinned: the file after, and what changed.
        written: where the new file was written; empty when it was not.
    """

    document: LicenseDocument
    pinned: Pinned
    written: str = ""


class Playable(enum.Enum):
    """Where a scenario can be played."""

    ANYWHERE = "anywhere"
    LINUX = "linux"
    NETWORK = "network"


class ScenarioList(msgspec.Struct, frozen=True):
    """Scenarios as (id, title), by where they can be played."""

    by_place: dict[Playable, tuple[tuple[str, str], ...]]
