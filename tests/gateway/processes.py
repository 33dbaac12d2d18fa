"""`lmwire gateway` as a process, and what it writes."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["GatewayProcess", "lmwire", "started"]

SECONDS = 20.0
LMWIRE = (sys.executable, "-m", "lmwire")


@dataclass
class GatewayProcess:
    """A gateway that runs. `ready` is its first line of JSON."""

    process: subprocess.Popen[str]
    lines: queue.Queue[dict[str, Any]]
    errors: Path
    ready: dict[str, Any]

    @property
    def port(self) -> int:
        """The port of its first listener."""
        return int(self.ready["served"][0]["listens"][0].rpartition(":")[2])

    def line(self) -> dict[str, Any]:
        """Return the next line of its log."""
        return self.lines.get(timeout=SECONDS)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def stop(self) -> list[dict[str, Any]]:
        """End it with SIGTERM, and return the lines that were left."""
        self.signal(signal.SIGTERM)
        assert self.process.wait(SECONDS) == 0, self.errors.read_text(encoding="utf-8")
        left = []
        while (line := self.line()) != {}:
            left.append(line)
        return left


@contextlib.contextmanager
def started(
    folder: Path, plan: str, *, prefix: tuple[str, ...] = (), environment: Mapping[str, str] | None = None
) -> Iterator[GatewayProcess]:
    """Run a gateway with this plan until the block ends; its log has the form of JSON."""
    file, errors = folder / "plan.toml", folder / "errors"
    file.write_text(f'log = "json"\nstatus = "{folder / "status"}"\n{plan}', encoding="utf-8")
    lines: queue.Queue[dict[str, Any]] = queue.Queue()
    with (
        errors.open("w", encoding="utf-8") as err,
        subprocess.Popen(  # noqa: S603 - our own program
            [*prefix, *LMWIRE, "gateway", "--config", str(file)],
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
            env={**os.environ, **(environment or {})},
        ) as process,
    ):
        reading = threading.Thread(target=_read, args=(process, lines))
        reading.start()
        try:
            ready = lines.get(timeout=SECONDS)
            assert ready.get("ready"), errors.read_text(encoding="utf-8")
            yield GatewayProcess(process, lines, errors, ready)
        finally:
            process.kill()
            reading.join(SECONDS)


def _read(process: subprocess.Popen[str], lines: queue.Queue[dict[str, Any]]) -> None:
    for line in process.stdout or ():
        lines.put(json.loads(line))
    lines.put({})


def lmwire(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run lmwire to its end."""
    return subprocess.run(  # noqa: S603 - our own program
        [*LMWIRE, *arguments], capture_output=True, text=True, timeout=SECONDS, check=False
    )
