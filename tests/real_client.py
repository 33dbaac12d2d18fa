"""Runs an unmodified FlexNet 11.19.6 client, the referee: what it reports is what an application's user reads.

It is inside the proprietary wheel `mosek` (extra `real-client`), asks for feature PTS of vendor daemon MOSEKLM, and
prints an error a try. A process each, because the client keeps state; a directory each, because it writes a log.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["VENDOR", "Popen", "RealClientError", "RealClientResult", "run_real_client", "start_here"]

VENDOR: Final = "MOSEKLM"
"""The vendor daemon that the client asks for."""

_PROGRAM: Final = """
import mosek
with mosek.Env() as env:
    try:
        env.checkoutlicense(mosek.feature.pts)
    except mosek.Error:
        pass
"""
_ERROR: Final = re.compile(r"FlexNet Licensing error:(-\d+,\d+)")
_NO_BRACKETS: Final = {ord(bracket): None for bracket in "[]"}
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "PYTHONPATH")


class RealClientError(AssertionError):
    """The referee could not do its work: a failure of the test, never a reason to skip it."""


@dataclass(frozen=True, slots=True)
class RealClientResult:
    """What the client reported.

    Attributes:
        code: such as "-15,570", of its last try.
        seconds: from its start to its end, of which Python's own start is about 0.2.
        stderr: all it said.
    """

    code: str
    seconds: float
    stderr: str


class Popen(Protocol):
    """What starts a program in a session of its own, with text streams; `Namespace.popen` is one."""

    def __call__(
        self, argv: Sequence[str], /, *, cwd: str, env: dict[str, str], stdout: int, stderr: int
    ) -> subprocess.Popen[str]: ...


def start_here(
    argv: Sequence[str], /, *, cwd: str, env: dict[str, str], stdout: int, stderr: int
) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - this Python, and a program written above
        argv,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )


def run_real_client(license_path: str, *, popen: Popen = start_here, timeout: float = 120.0) -> RealClientResult:
    """Let the client look for a license at `license_path`, and return what it reported.

    Brackets around IPv6 addresses, which lmwire asks for, are taken off: this client knows them only bare. [obs]

    Raises:
        RealClientError: the wheel is not installed, or the client reported nothing within `timeout` seconds.
    """
    if importlib.util.find_spec("mosek") is None:
        raise RealClientError("the real client is missing: install the extra `real-client`")
    with tempfile.TemporaryDirectory(prefix="real-client-") as directory:
        env = {name: os.environ[name] for name in _KEPT if name in os.environ}
        env |= {
            "MOSEKLM_LICENSE_FILE": license_path.translate(_NO_BRACKETS),
            "FLEXLM_DIAGNOSTICS": "3",
            "HOME": directory,
        }
        started = time.monotonic()
        process = popen(
            [sys.executable, "-c", _PROGRAM],
            cwd=directory,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        with process:
            try:
                _, said = process.communicate(timeout=timeout)
            except BaseException as error:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                if isinstance(error, subprocess.TimeoutExpired):
                    raise RealClientError(f"no report about {license_path} within {timeout} s") from error
                raise
        seconds = time.monotonic() - started
    codes = _ERROR.findall(said)
    if not codes:
        raise RealClientError(f"no error code about {license_path}: {said[-2000:]!r}")
    return RealClientResult(codes[-1], seconds, said)
