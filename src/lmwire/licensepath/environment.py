"""Find the environment variable that a FlexNet application reads, and read its license path."""

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

__all__ = ["DEFAULT_FILES", "EnvironmentVariable", "from_environment", "own_variables", "variables_of"]

GENERAL = "LM_LICENSE_FILE"
_SUFFIX = "_LICENSE_FILE"

DEFAULT_FILES = {False: "/usr/local/flexlm/licenses/license.dat", True: r"C:\flexlm\license.dat"}
"""The file that an application reads when no variable is set. The key is True for Windows."""

# This name ends like a FlexNet variable, but another license manager reads it.
_NOT_FLEXNET = frozenset({"GRB_LICENSE_FILE"})


@functools.cache
def own_variables() -> dict[str, str]:
    """Return the catalogue's variables that are not named after their vendor daemon, with the daemon."""
    return {
        variable.name: daemon
        for product in products()
        for daemon in product.vendor_daemons[:1]
        for variable in product.variables
        if variable.name not in {GENERAL, daemon.upper() + _SUFFIX}
    }


@functools.cache
def _spelling() -> dict[str, str]:
    """Return vendor daemons: the name in capitals → the name on the VENDOR line."""
    return {daemon.upper(): daemon for product in products() for daemon in product.vendor_daemons}


class EnvironmentVariable(msgspec.Struct, frozen=True):
    """An environment variable, its vendor prefix in capitals, and its vendor daemon if known."""

    name: str
    vendor: str
    daemon: str


def variables_of(vendor: str) -> tuple[EnvironmentVariable, ...]:
    """Return the variables that an application of this vendor daemon reads, in order of precedence."""
    prefix = vendor.strip().upper()
    daemon = _spelling().get(prefix, vendor.strip())
    own = [name for name, owner in own_variables().items() if owner.upper() == prefix]
    names = [*own, prefix + _SUFFIX]
    return (*(EnvironmentVariable(name, prefix, daemon) for name in names), EnvironmentVariable(GENERAL, "", ""))


def from_environment(
    environ: Mapping[str, str],
    *,
    vendor: str | None = None,
    windows: bool | None = None,
    read_file: ReadFile = read_files,
) -> LicensePath:
    """Find the license path that an application would use, and read it.

    `VENDOR_LICENSE_FILE` beats `LM_LICENSE_FILE`, which beats the default file. An empty variable
    counts as not set. The per-user store (`$HOME/.flexlmrc`, the Windows registry) is not read.

    Args:
        environ: the environment.
        vendor: the vendor daemon, in any case. None: consider every vendor's variable, those of
            known daemons first, then the others, each group by name.
        windows: whether to use the default file of Windows; None: decide by this system.
        read_file: reads a file; replaceable in tests.

    Raises:
        LicensePathError: the license path is wrong (the variable is in `where`), or no variable is set and
            the default file does not exist.
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


def _all_variables(environ: Mapping[str, str]) -> list[EnvironmentVariable]:
    own = [EnvironmentVariable(name, daemon.upper(), daemon) for name, daemon in sorted(own_variables().items())]
    by_rule = sorted(
        name
        for name in environ
        if name.endswith(_SUFFIX)
        and name not in own_variables()
        and name not in _NOT_FLEXNET
        and name not in {GENERAL, _SUFFIX}
    )
    named = [
        EnvironmentVariable(name, prefix, _spelling().get(prefix.upper(), ""))
        for name, prefix in ((name, name.removesuffix(_SUFFIX)) for name in by_rule)
    ]
    known = [variable for variable in named if variable.daemon]
    unknown = [variable for variable in named if not variable.daemon]
    return [*own, *known, *unknown, EnvironmentVariable(GENERAL, "", "")]


def _default_file(
    candidates: tuple[EnvironmentVariable, ...] | list[EnvironmentVariable],
    *,
    any_vendor: bool,
    windows: bool,
    read_file: ReadFile,
) -> LicensePath:
    path = DEFAULT_FILES[windows]
    try:
        return parse_path(path, windows=windows, read_file=read_file, source=Source("default file"))
    except LicensePathError as error:
        if not isinstance(error.__context__, FileNotFoundError):  # the file exists but is wrong
            raise _elsewhere(error, error.where or "default file") from None
    names = [f"<VENDOR>{_SUFFIX}", GENERAL] if any_vendor else [printable(each.name, 100) for each in candidates]
    message = f"no license path: none of {', '.join(names)} is set, and {path} does not exist"
    raise LicensePathError("", 0, 0, message, "name a server: 27000@licsrv")


def _elsewhere(error: LicensePathError, where: str) -> LicensePathError:
    return LicensePathError(error.text, error.position, error.length, error.message, error.hint, where=where)
