"""The plan to begin with."""

from __future__ import annotations

from importlib import resources

__all__ = ["example"]


def example() -> str:
    """Return a commented plan that works as it is."""
    return (resources.files("lmwire.ruletest") / "data" / "example.toml").read_text(encoding="utf-8")
