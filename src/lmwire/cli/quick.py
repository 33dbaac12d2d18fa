"""Typer's commands without its validation library, which takes a tenth of a second to import.

Every parameter of ours is text, a flag, or a list of texts, just as the parser delivers it, and `lmwire.cli.options`
reads the rest. Hence nothing is left to convert, and nobody needs to load what converts.
"""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

__all__ = ["Command", "Group"]

_SLOT = "_runtime_param"


class _AsParsed:
    """Stands in for the converter that typer would make on first use."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ANN401, ARG002 # typer's signature
        if value is None and (param.multiple or param.nargs == -1):
            return ()
        return value


def _spared(params: list[Any]) -> list[Any]:
    for param in params:
        # Versions of typer without this slot convert by themselves: the same values, a little later.
        if _SLOT in vars(param):
            vars(param)[_SLOT] = _AsParsed()
    return params


class Command(TyperCommand):
    """A command whose parameters need no conversion."""

    def get_params(self, ctx: Any) -> Any:  # noqa: ANN401 # its class is typer's or click's own
        """Return the parameters, that of the help included."""
        return _spared(super().get_params(ctx))


class Group(TyperGroup):
    """The same for the command that holds the others."""

    def get_params(self, ctx: Any) -> Any:  # noqa: ANN401 # its class is typer's or click's own
        """Return the parameters, that of the help included."""
        return _spared(super().get_params(ctx))
