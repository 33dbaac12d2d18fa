"""Errors before or while the mock serves, with their facts as attributes."""

from __future__ import annotations

from lmwire.errors import LmwireError
from lmwire.text import printable

__all__ = ["ListenError", "MockError", "OptionError", "ScenarioError", "UnknownScenario"]


class MockError(LmwireError):
    """Base of the errors below: each is a sentence for the person who started the mock."""


class ScenarioError(MockError):
    """A scenario file does not hold what the schema asks for.

    Attributes:
        file: its name.
        reason: the field and its fault.
    """

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{printable(file)}: {printable(reason)}")
        self.file = file
        self.reason = reason


class UnknownScenario(MockError, KeyError):  # noqa: N818 - the absence of a thing, as KeyError is
    """No scenario has this id.

    Attributes:
        name: the id asked for.
        near: ids that look like it.
    """

    def __init__(self, name: str, near: tuple[str, ...]) -> None:
        super().__init__(
            f"no scenario is called {printable(name, 64)!r}", f"near it: {', '.join(near)}" if near else ""
        )
        self.name = name
        self.near = near


class ListenError(MockError):
    """A port could not be had.

    Attributes:
        address, port: the address and port in the request.
        reason: why not, in words.
        remedy: the change that helps.
    """

    def __init__(self, address: str, port: int, reason: str, remedy: str) -> None:
        super().__init__(f"cannot listen on port {port} of {printable(address)}: {reason}", remedy)
        self.address = address
        self.port = port
        self.reason = reason
        self.remedy = remedy


class OptionError(MockError):
    """Something that the mock was asked for makes no sense.

    Attributes:
        option: which, as on the command line.
        value: the given value.
        reason: its fault.
    """

    def __init__(self, option: str, value: str, reason: str) -> None:
        super().__init__(f"{option} {printable(value, 64)!r}: {reason}")
        self.option = option
        self.value = value
        self.reason = reason
