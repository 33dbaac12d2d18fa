"""The example plan."""

from __future__ import annotations

from importlib import resources

__all__ = ["example"]


def example() -> str:
    """Return a working plan with comments."""
    return (resources.files("lmwire.ruletest") / "data" / "example.toml").read_text(encoding="utf-8")
