"""Reading a license server's debug log, from files or streams."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from lmwire.serverlog import LogSummary
from lmwire.serverlog import read_log as read_sources
from lmwire.workflows.progress import Progress, no_progress

__all__ = ["LogFile", "read_log"]

LogFile = str | os.PathLike[str] | BinaryIO


def read_log(file: LogFile, *more: LogFile, on_progress: Progress = no_progress) -> LogSummary:
    """Read the debug log of lmgrd or lmadmin: the ports in use, restarts, crashes, and who was denied a license.

    Args:
        file: the log, gzipped or not, as a path or a binary stream; of a rotated log, the oldest file.
        more: its other files, in order.
        on_progress: called with megabytes read and megabytes in all.

    Raises:
        LogError: a file cannot be opened, or is not such a log.
    """
    return read_sources(
        [Path(each) if isinstance(each, str | os.PathLike) else each for each in (file, *more)], on_progress
    )
