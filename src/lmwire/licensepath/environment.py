"""Which environment variable a FlexNet application reads, and what it finds there."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

import msgspec

from lmwire.licensepath.files import ReadFile, read_files
from lmwire.licensepath.path import parse_path
from lmwire.targets.errors import LicensePathError
from lmwire.targets.model import LicensePath, Source
from lmwire.text import printable
from lmwire.vendors import products

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEFAULT_FILES", "Variable", "from_environment", "own_variables", "variables_of"]

GENERAL = "LM_LICENSE_FILE"
_SUFFIX = "_LICENSE_FILE"

DEFAULT_FILES = {False: "/usr/local/flexlm/licenses/license.dat", True: r"C:\flexlm\license.dat"}
"""Where an application looks when no variable is set; the key tells whether it runs on Windows."""

# Ends like one of ours, but is read by another license manager.
_NOT_FLEXNET = frozenset({"GRB_LICENSE_FILE"})


@functools.cache
def own_variables() -> dict[str, str]:
    """Return the variables that are not named after their vendor daemon, with the daemon, by the catalogue."""
    return {
        variable.name: daemon
        for product in products()
        for daemon in product.vendor_daemons[:1]
        for variable in product.variables
        if variable.name not in {GENERAL, daemon.upper() + _SUFFIX}
    }


@functools.cache
def _spelling() -> dict[str, str]:
    """Return vendor daemons, in capitals and as their VENDOR lines spell them."""
    return {daemon.upper(): daemon for product in products() for daemon in product.vendor_daemons}


class Variable(msgspec.Struct, frozen=True):
    """An environment variable, its vendor prefix in capitals, and the vendor daemon where it is known."""

    name: str
    vendor: str
    daemon: str


def variables_of(vendor: str) -> tuple[Variable, ...]:
    """Return the variables that an application of this vendor daemon reads, the strongest first."""
    prefix = vendor.strip().upper()
    daemon = _spelling().get(prefix, vendor.strip())
    own = [name for name, owner in own_variables().items() if owner.upper() == prefix]
    names = [*own, prefix + _SUFFIX]
    return (*(Variable(name, prefix, daemon) for name in names), Variable(GENERAL, "", ""))


def from_environment(
    environ: Mapping[str, str],
    *,
    vendor: str | None = None,
    windows: bool | None = None,
    read_file: ReadFile = read_files,
) -> LicensePath:
    """Find the license path as an application does, and read it.

    `VENDOR_LICENSE_FILE` beats `LM_LICENSE_FILE`, which beats the default file. A variable that is empty
    counts as not set. The per-user store (`$HOME/.flexlmrc`, the Windows registry) is not read.

    Args:
        environ: the environment.
        vendor: the vendor daemon, in any case. None considers every vendor's variable: those of
            known daemons first, then the others, each group by name.
        windows: whether to look for Windows' default file; None means this system.
        read_file: how files are read.

    Raises:
        LicensePathError: what is wrong, with the variable in `where`; when nothing is set and there is no
            default file, where it was looked for.
    """
    on_windows = os.name == "nt" if windows is None else windows
    candidates = _all_variables(environ) if vendor is None else variables_of(vendor)
    present = [variable for variable in candidates if environ.get(variable.name, "").strip()]
    if not present:
        return _default_file(candidates, any_vendor=vendor is None, windows=on_windows, read_file=read_file)
    winner = present[0]
    passed_over = tuple(variable.name for variable in present[1:])
    source = Source("environment", winner.name, winner.vendor, winner.daemon, passed_over)
    try:
        return parse_path(environ[winner.name], windows=windows, read_file=read_file, source=source)
    except LicensePathError as error:
        where = ", ".join(filter(None, (printable(winner.name, 100), error.where)))
        raise _elsewhere(error, where) from None


def _all_variables(environ: Mapping[str, str]) -> list[Variable]:
    own = [Variable(name, daemon.upper(), daemon) for name, daemon in sorted(own_variables().items())]
    by_rule = sorted(
        name
        for name in environ
        if name.endswith(_SUFFIX)
        and name not in own_variables()
        and name not in _NOT_FLEXNET
        and name not in {GENERAL, _SUFFIX}
    )
    named = [
        Variable(name, prefix, _spelling().get(prefix.upper(), ""))
        for name, prefix in ((name, name.removesuffix(_SUFFIX)) for name in by_rule)
    ]
    known = [variable for variable in named if variable.daemon]
    unknown = [variable for variable in named if not variable.daemon]
    return [*own, *known, *unknown, Variable(GENERAL, "", "")]


def _default_file(
    candidates: tuple[Variable, ...] | list[Variable], *, any_vendor: bool, windows: bool, read_file: ReadFile
) -> LicensePath:
    path = DEFAULT_FILES[windows]
    try:
        return parse_path(path, windows=windows, read_file=read_file, source=Source("default file"))
    except LicensePathError as error:
        if not isinstance(error.__context__, FileNotFoundError):  # it is there, and something is wrong with it
            raise _elsewhere(error, error.where or "default file") from None
    names = [f"<VENDOR>{_SUFFIX}", GENERAL] if any_vendor else [printable(each.name, 100) for each in candidates]
    message = f"no license path: none of {', '.join(names)} is set, and there is no {path}"
    raise LicensePathError("", 0, 0, message, "name a server: 27000@licsrv")


def _elsewhere(error: LicensePathError, where: str) -> LicensePathError:
    return LicensePathError(error.text, error.position, error.length, error.message, error.hint, where=where)
