"""The error from which all errors of lmwire descend, so that a program can catch them together."""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers understand it, without the module typing, which takes its time
if TYPE_CHECKING:
    from collections.abc import Callable

    Spelling = Callable[[str, tuple[str, ...]], str]
    """From an argument's name and its values, each as Python writes it, to how somebody else does."""

__all__ = ["LmwireError", "argument"]

# Control characters: texts from outside are escaped before they get into a sentence, so that none can forge these.
_BEGIN, _NEXT, _END = "\x1c", "\x1d", "\x1e"


class LmwireError(Exception):
    """Something that lmwire cannot do, or an input that it cannot use.

    `str()` is the sentence. Some errors also hold facts, in fields of their own.

    Attributes:
        message: what is wrong, without a full stop. Escaped: safe to show on a terminal.
        hint: what to do or to write instead; may be empty. Escaped. A traceback shows it, too.
        where: the file, the line or the variable that it is about, where `message` does not say so; may be empty.
            Escaped.
    """

    where: str = ""

    def __init__(self, message: str, hint: str = "") -> None:
        self._texts = message, hint
        self.message = _spelled(message, _in_python)
        self.hint = _spelled(hint, _in_python)
        if self.hint:
            self.add_note(f"Hint: {self.hint}")

    def __str__(self) -> str:
        return self.sentence

    def __reduce__(self) -> tuple[object, ...]:
        """Let pickle and copy restore the fields, whatever arguments the class was called with."""
        return _restored, (type(self), self.args), self.__dict__

    @property
    def sentence(self) -> str:
        """What is wrong, and where."""
        return self._placed(self.message)

    @property
    def one_line(self) -> str:
        """The sentence with its hint, for places that have room for one line only."""
        return f"{self.sentence}; {self.hint}" if self.hint else self.sentence

    def details(self) -> tuple[str, ...]:
        """Return further lines for people, such as a caret under the place at fault; mostly none."""
        return ()

    def spelled(self, spelling: Spelling) -> tuple[str, str]:
        """Return the sentence and the hint, with each argument as somebody else than a Python program writes it."""
        message, hint = self._texts
        return self._placed(_spelled(message, spelling)), _spelled(hint, spelling)

    def _placed(self, message: str) -> str:
        return f"{self.where}: {message}" if self.where else message


def argument(name: str, *values: str | int) -> str:
    """Return a mark for an argument of a public function, to be put into the message or the hint of an error.

    A program reads `sources="10.20.0.0/16"` there. On the command line, `lmwire.cli` names the option instead.

    Args:
        name: the parameter's name.
        values: what to give, escaped; several are a list. True for a switch.
    """
    shown = (f'"{value}"' if isinstance(value, str) else str(value) for value in values)
    return f"{_BEGIN}{_NEXT.join((name, *shown))}{_END}"


def _in_python(name: str, values: tuple[str, ...]) -> str:
    if not values:
        return name
    return f"{name}={values[0]}" if len(values) == 1 else f"{name}=[{', '.join(values)}]"


def _spelled(text: str, spelling: Spelling) -> str:
    before, *rest = text.split(_BEGIN)
    parts = [before]
    for part in rest:
        marked, _, after = part.partition(_END)
        name, *values = marked.split(_NEXT)
        parts += (spelling(name, tuple(values)), after)
    return "".join(parts)


def _restored(kind: type[LmwireError], arguments: tuple[object, ...]) -> LmwireError:
    return kind.__new__(kind, *arguments)
