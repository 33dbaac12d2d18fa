"""What goes wrong while networks are built, as exceptions that hold the facts."""

from __future__ import annotations

from lmwire.errors import LmwireError
from lmwire.text import printable

__all__ = ["CommandError", "NetworkError", "NetworkUnavailable"]


class NetworkError(LmwireError):
    """A network could not be built or used as asked; the message says why."""


class NetworkUnavailable(NetworkError):  # noqa: N818 - an absence, told apart from the faults of a request
    """This machine, or this user, cannot have network namespaces at all.

    Attributes:
        missing: what is not there, such as the permission or the tool.
        remedy: what to do about it.
    """

    def __init__(self, missing: str, remedy: str) -> None:
        super().__init__(f"no network namespaces here: {missing}", remedy)
        self.missing = missing
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}"


class CommandError(NetworkError):
    """A tool such as `ip` or `nft` refused what it was given, or did not end in time.

    Attributes:
        command: the tool and its arguments.
        status: its exit status; negative when a signal ended it.
        stderr: all it said.
        line: the line of its input that it named, if it named one.
    """

    def __init__(self, command: tuple[str, ...], status: int, stderr: str, line: str | None = None) -> None:
        said = " | ".join(printable(line) for line in stderr.splitlines() if line.strip())
        at = "" if line is None else f" at `{printable(line)}`"
        super().__init__(
            f"`{printable(' '.join(command))}` failed with status {status}{at}: {said or 'it said nothing'}"
        )
        self.command = command
        self.status = status
        self.stderr = stderr
        self.line = line
