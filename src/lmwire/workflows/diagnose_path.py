"""From a license path, or the environment, to a report: what `lmwire diagnose` does, for programs, too."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from lmwire.defaults import ANSWER_WAIT, PARALLEL
from lmwire.diagnosis import Report, overall_of
from lmwire.evidence import is_address
from lmwire.licensepath import LicensePath, LicensePathError, from_environment, parse_path
from lmwire.probe import Settings, this_machine
from lmwire.text import printable
from lmwire.workflows.checkup import check_path
from lmwire.workflows.client_side import client_of, utc_now
from lmwire.workflows.debug_logs import debug_log_error, is_debug_log_file
from lmwire.workflows.event_loop import run_blocking
from lmwire.workflows.progress import Progress, no_progress
from lmwire.workflows.settings import (
    PARALLELS,
    SettingError,
    check_family,
    check_number,
    check_source,
    check_wait,
    vendors_of,
)

if TYPE_CHECKING:
    from lmwire.serverlog import LogSummary
    from lmwire.workflows.log_comparison import LogComparison
    from lmwire.workflows.read_logs import LogFile

__all__ = ["diagnose", "diagnose_async"]

_INSTEAD = "await lmwire.diagnose_async(…), with the same arguments"


def diagnose(
    path: str | os.PathLike[str] | None = None,
    *,
    vendor: str | Sequence[str] = (),
    log: LogFile | LogSummary | None = None,
    connect_wait: float | None = None,
    answer_wait: float = ANSWER_WAIT,
    source: str = "",
    family: int | None = None,
    follow: bool = True,
    dns: bool = False,
    parallel: int = PARALLEL,
    anonymous: bool = False,
    on_progress: Progress = no_progress,
) -> Report:
    """Walk from this machine to a license, and say what breaks, why, and what to change.

    Sends what an application sends before it asks for a license, and never asks for one. Blocks: for seconds, where
    something is filtered. Where an event loop runs, use `diagnose_async`.

    Args:
        path: the value of LM_LICENSE_FILE: `27000@licsrv`, `@licsrv`, a triad, a list, a license file. None: the server
            that wrote `log`; without a log, what an application finds in this process's environment.
        vendor: the vendor daemon to ask for, or several. None: those that the license file or lmgrd names.
        log: the server's debug log, to compare with: a file, a binary stream, or what `read_log` returned.
        connect_wait: seconds to wait for a connect. A number is kept. None: 4; where lmgrd's port accepts in a moment,
            1.3 s are enough to tell that the vendor daemon's port is filtered.
        answer_wait: seconds to wait for an answer.
        source: the address of this machine to connect from; empty: the system chooses.
        family: 4 or 6 to use only addresses of that IP version.
        follow: whether to go on from lmgrd's referral to the vendor daemon.
        dns: whether to ask the name servers too, past hosts file and cache. Needs dnspython.
        parallel: how many servers to walk to at a time.
        anonymous: leave the names of this user and this machine out of the report.
        on_progress: called with servers done and servers in all.

    Raises:
        LmwireError: the path is written wrong (LicensePathError, which points at the place), a file cannot be read, a
            setting cannot be used, or an event loop runs in this thread.
    """
    walk = partial(_prepared, path, vendor, log, _settings(locals()))
    return run_blocking("diagnose", _INSTEAD, lambda: walk().report(on_progress, anonymous=anonymous))


async def diagnose_async(
    path: str | os.PathLike[str] | None = None,
    *,
    vendor: str | Sequence[str] = (),
    log: LogFile | LogSummary | None = None,
    connect_wait: float | None = None,
    answer_wait: float = ANSWER_WAIT,
    source: str = "",
    family: int | None = None,
    follow: bool = True,
    dns: bool = False,
    parallel: int = PARALLEL,
    anonymous: bool = False,
    on_progress: Progress = no_progress,
) -> Report:
    """Do as `diagnose`, with the same arguments, in an event loop that runs."""
    plan = await asyncio.to_thread(_prepared, path, vendor, log, _settings(locals()))
    return await plan.report(on_progress, anonymous=anonymous)


class _Walk(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be walked, checked: nothing was sent yet."""

    path: LicensePath
    settings: Settings
    log: LogComparison | None
    path_from: str

    async def report(self, on_progress: Progress, *, anonymous: bool) -> Report:
        """Walk and judge."""
        began = utc_now()
        alone = len(self.path.targets) == 1 and not self.path.targets[0].is_triad
        if self.log is None:
            diagnoses, shown = await check_path(self.path, self.settings, on_progress)
        else:
            diagnoses, shown = await check_path(
                self.path, self.settings, on_progress, complete=partial(self.log.add_to, alone=alone)
            )
        return Report(
            overall=overall_of(diagnoses),
            path_from=self.path_from,
            notes=_notes(self.path),
            diagnoses=tuple(diagnoses),
            application_shows=shown,
            client=client_of(diagnoses, began, anonymous=anonymous),
        )


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    """Return those of a function's arguments that are settings of the probe."""
    found = {name: given[name] for name in Settings.__struct_fields__ if name in given}
    if found["connect_wait"] is None:
        del found["connect_wait"]
    else:
        found["hurry"] = False  # who gives a number means it
    return found


def _prepared(
    path: str | os.PathLike[str] | None,
    vendor: str | Sequence[str],
    log: LogFile | LogSummary | None,
    settings: dict[str, Any],
) -> _Walk:
    """Read and check everything that needs no network but a look-up of the log's server. Raises LmwireError."""
    for name in ("connect_wait", "answer_wait"):
        if name in settings:
            check_wait(name, settings[name])
    check_number("parallel", settings["parallel"], PARALLELS)
    check_family(settings["family"])
    vendors = vendors_of(vendor)
    compared = None if log is None else _compared(log)
    found_in = ""
    if path is None and compared is not None:
        path, found_in = compared.target(), f"the log {compared.name}"
    read = _license_path(path, vendors)
    asked = vendors or _vendor_of_variable(read) or _vendors_of_log(compared, read)
    probe = Settings(vendors=asked, identity=this_machine(), **settings)
    check_source(probe.source)
    _check_family(read, probe)
    return _Walk(path=read, settings=probe, log=compared, path_from=found_in or _path_from(read))


def _license_path(path: str | os.PathLike[str] | None, vendors: tuple[str, ...]) -> LicensePath:
    if path is not None:
        try:
            return parse_path(os.fspath(path))
        except LicensePathError:
            if is_debug_log_file(os.fspath(path)):
                raise debug_log_error(path) from None
            raise
    return from_environment(os.environ, vendor=vendors[0] if len(vendors) == 1 else None)


def _vendor_of_variable(path: LicensePath) -> tuple[str, ...]:
    """Return the vendor daemon whose variable the path was found in: its application asks for no other."""
    return (path.source.daemon,) if path.source.daemon else ()


def _compared(log: LogFile | LogSummary) -> LogComparison:
    # The reader of logs takes 20 ms to load, which only those who have a log should pay.
    from lmwire.workflows.log_comparison import comparison_with  # noqa: PLC0415

    return comparison_with(log)


def _vendors_of_log(log: LogComparison | None, path: LicensePath) -> tuple[str, ...]:
    """Return the vendor daemons that the log names, unless a license file of the path names its own."""
    return () if log is None or any(target.vendors for target in path.targets) else log.vendors


def _check_family(path: LicensePath, settings: Settings) -> None:
    """Refuse an address that the settings leave out: it cannot be walked to, so nothing would be found out."""
    wanted = settings.used_family
    for server in (server for target in path.targets for server in target.servers):
        version = 0 if not is_address(server.host) else 6 if ":" in server.host else 4
        if wanted and version and version != wanted:
            why = (
                f"the source {settings.source} is IPv{wanted}" if settings.source else f"only IPv{wanted} is asked for"
            )
            raise SettingError("family", f"{server} is an IPv{version} address, and {why}", "leave one of them out")


def _path_from(path: LicensePath) -> str:
    return path.source.variable or path.source.kind


def _notes(path: LicensePath) -> tuple[str, ...]:
    """Return what of the surroundings the path leaves aside, as an application does."""
    return (
        *(f"Also set, but not used: {printable(name, 100)}." for name in path.source.passed_over),
        *(f"Ignored {printable(ignored.text, 100)}: {ignored.reason}." for ignored in path.ignored),
    )
