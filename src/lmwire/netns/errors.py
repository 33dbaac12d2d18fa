"""Errors of building and using networks, with their facts as attributes."""

from __future__ import annotations

from lmwire.errors import LmwireError
from lmwire.text import printable

__all__ = ["CommandError", "NetworkError", "NetworkUnavailable"]


class NetworkError(LmwireError):
    """A network could not be built or used as asked; the message says why."""


class NetworkUnavailable(NetworkError):  # noqa: N818 - names an absence, not a wrong request
    """This machine, or this user, cannot have network namespaces at all.

    Attributes:
        missing: the missing permission, tool or kernel feature.
        remedy: the command or change that helps.
    """

    def __init__(self, missing: str, remedy: str) -> None:
        super().__init__(f"no network namespaces here: {missing}", remedy)
        self.missing = missing
        self.remedy = remedy


class CommandError(NetworkError):
    """A tool such as `ip` or `nft` rejected its input, or did not end in time.

    Attributes:
        command: the tool and its arguments.
        status: its exit status; negative when a signal ended it.
        stderr: its whole error output.
        line: the line of its input that it rejects, if it names one.
    """

    def __init__(self, command: tuple[str, ...], status: int, stderr: str, line: str | None = None) -> None:
        said = " | ".join(printable(line) for line in stderr.splitlines() if line.strip())
        at = "" if line is None else f" at `{printable(line)}`"
        super().__init__(
            f"`{printable(' '.join(command))}` failed with status {status}{at}: {said or 'without an error message'}"
        )
        self.command = command
        self.status = status
        self.stderr = stderr
        self.line = line
