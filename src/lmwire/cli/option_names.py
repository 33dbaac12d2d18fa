"""How the command line spells the arguments that errors name: `sources` is `--from` there."""

from __future__ import annotations

from typing import Final

__all__ = ["spelled_as_option"]

_OPTIONS: Final = {
    "answer_wait": "--answer-timeout",
    "connect_wait": "--timeout",
    "diagnosis": "--from-diagnosis",
    "family": "-4 or -6",
    "license_file": "FILE",
    "ports": "--port",
    "sources": "--from",
    "wait": "--timeout",
}
"""Argument → option, where the option has another name."""


def spelled_as_option(name: str, values: tuple[str, ...]) -> str:
    """Return an argument as people write it behind `lmwire`; see `lmwire.errors.argument`."""
    option = _OPTIONS.get(name, f"--{name.replace('_', '-')}")
    if not values or values == ("True",):
        return option
    return " ".join(f"{option} {_unquoted(value)}" for value in values)


def _unquoted(value: str) -> str:
    return value[1:-1] if value.startswith('"') else value
