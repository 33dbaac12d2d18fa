"""The error from which all errors of lmwire descend, so that a program can catch them together."""

from __future__ import annotations

__all__ = ["LmwireError"]


class LmwireError(Exception):
    """Something that lmwire cannot do, or an input that it cannot use.

    `str()` is the sentence. Some errors also hold facts, in fields of their own.

    Attributes:
        message: what is wrong, without a full stop. Escaped: safe to show on a terminal.
        hint: what to do or to write instead; may be empty. Escaped.
        where: the file, the line or the variable that it is about, where `message` does not say so; may be empty.
            Escaped.
    """

    where: str = ""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.sentence

    def __reduce__(self) -> tuple[object, ...]:
        """Let pickle and copy restore the fields, whatever arguments the class was called with."""
        return _restored, (type(self), self.args), self.__dict__

    @property
    def sentence(self) -> str:
        """What is wrong, and where."""
        return f"{self.where}: {self.message}" if self.where else self.message

    def details(self) -> tuple[str, ...]:
        """Return further lines for people, such as a caret under the place at fault; mostly none."""
        return ()


def _restored(kind: type[LmwireError], arguments: tuple[object, ...]) -> LmwireError:
    return kind.__new__(kind, *arguments)
