"""Packages whose names load the modules behind them only when they are used."""

from __future__ import annotations

import importlib
import sys

TYPE_CHECKING = False  # as type checkers understand it, without the module typing, which takes its time
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["lazy_names", "load"]


def load(place: str) -> object:
    """Import `MODULE:NAME`, and return that name's value."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def lazy_names(package: str, places: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of a package that offers names from modules which are not loaded yet.

    Args:
        package: the package's `__name__`.
        places: name → `MODULE:NAME`.
    """

    def get(name: str) -> object:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])
        value = load(places[name])
        setattr(sys.modules[package], name, value)
        return value

    return get, lambda: sorted({*vars(sys.modules[package]), *places})
