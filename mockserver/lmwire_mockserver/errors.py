"""What can go wrong before or while the mock serves, as exceptions that hold the facts."""

from __future__ import annotations

from lmwire.text import printable

__all__ = ["ListenError", "MockError", "OptionError", "ScenarioError", "UnknownScenario"]


class MockError(Exception):
    """Base of the errors below: each is a sentence for the person who started the mock."""


class ScenarioError(MockError):
    """A scenario file does not hold what the schema asks for.

    Attributes:
        file: its name.
        reason: which field, and what is wrong with it.
    """

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(file, reason)
        self.file = file
        self.reason = reason

    def __str__(self) -> str:
        return f"{printable(self.file)}: {printable(self.reason)}"


class UnknownScenario(MockError, KeyError):  # noqa: N818 - the absence of a thing, as KeyError is
    """No scenario has this id.

    Attributes:
        name: the id asked for.
        near: ids that look like it.
    """

    def __init__(self, name: str, near: tuple[str, ...]) -> None:
        super().__init__(name, near)
        self.name = name
        self.near = near

    def __str__(self) -> str:
        hint = f"; near it: {', '.join(self.near)}" if self.near else ""
        return f"no scenario is called {printable(self.name, 64)!r}{hint}"


class ListenError(MockError):
    """A port could not be had.

    Attributes:
        address, port: what was asked for.
        reason: why not, in words.
        remedy: what to do.
    """

    def __init__(self, address: str, port: int, reason: str, remedy: str) -> None:
        super().__init__(address, port, reason, remedy)
        self.address = address
        self.port = port
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"cannot listen on port {self.port} of {printable(self.address)}: {self.reason}; {self.remedy}"


class OptionError(MockError):
    """Something that the mock was asked for makes no sense.

    Attributes:
        option: which, as on the command line.
        value: what was given.
        reason: what is wrong with it.
    """

    def __init__(self, option: str, value: str, reason: str) -> None:
        super().__init__(option, value, reason)
        self.option = option
        self.value = value
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.option} {printable(self.value, 64)!r}: {self.reason}"
