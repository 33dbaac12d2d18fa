"""What labs keep on disk, as values: the running lab, and the results so far."""

from __future__ import annotations

import hashlib

import msgspec

__all__ = ["Achieved", "RunningLab", "seal_of"]


class RunningLab(msgspec.Struct, frozen=True, kw_only=True):
    """A running lab.

    Attributes:
        lab, seed: the lab as given to `lmwire lab start` (a folder is made absolute), and its seed.
        pid, born: the process with its network, and its start time, because pids are reused.
        folder: the folder of its servers' and name servers' files.
        socket: the socket for commands to the process.
        prefixes: machine → the words before a command that run it there.
        hints: the number of hints given.
        exam: whether it is an exam.
        began: Unix time.
    """

    lab: str
    seed: int
    pid: int
    born: int
    folder: str
    socket: str
    prefixes: dict[str, tuple[str, ...]]
    hints: int = 0
    exam: bool = False
    began: float


class Achieved(msgspec.Struct, frozen=True, kw_only=True):
    """The best result of a lab.

    Attributes:
        points: of 100.
        hints: the number of hints used.
        seconds: from the start to the successful check.
        seed: the seed of that run.
        exam: whether it was an exam.
        seal: of the other fields, against changes by hand. It is no proof: whoever reads this code can make one.
    """

    points: int
    hints: int
    seconds: float
    seed: int
    exam: bool = False
    seal: str = ""

    def sealed(self, lab: str) -> Achieved:
        """Return it with its seal."""
        return msgspec.structs.replace(
            self, seal=seal_of(lab, self.points, self.hints, self.seconds, self.seed, self.exam)
        )

    def is_sealed(self, lab: str) -> bool:
        """Whether lmwire wrote it so."""
        return self.seal == self.sealed(lab).seal


def seal_of(*values: object) -> str:
    """Return a mark of values, against changes by hand."""
    return hashlib.sha256(f"lmwire lab {values}".encode()).hexdigest()[:16]
