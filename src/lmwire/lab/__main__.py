"""The process of a lab: `python -m lmwire.lab ID SEED FOLDER TERMS`, started by `lmwire lab start`.

Prints one line of JSON when everything is ready: `lmwire.lab.records.RunningLab`, or `{"wrong": …}`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from pathlib import Path

import msgspec

from lmwire.lab.catalogue import read_lab
from lmwire.lab.daemon import LabDaemon, serve
from lmwire.lab.errors import LabError
from lmwire.lab.ipc import Terms
from lmwire.lab.records import RunningLab
from lmwire.lab.state import start_identity
from lmwire.netns import NetworkError
from lmwire.ruletest import PlanError
from lmwire.ruletest.privilege import have_permission
from lmwire_mockserver.errors import MockError


def main(name: str, seed: str, folder: Path, terms: Terms) -> None:
    """Run a lab until a command stops it."""
    own = have_permission()  # before any thread starts
    user = ("-U", "-t", str(os.getpid()), "--preserve-credentials") if own else ()
    lab = read_lab(name, int(seed))
    signal.signal(signal.SIGTERM, _stopped)
    with (
        contextlib.suppress(KeyboardInterrupt),
        socket.socket(socket.AF_UNIX) as listener,
        LabDaemon(lab, folder, terms) as daemon,
    ):
        path = folder / "control"
        listener.bind(str(path))
        listener.listen()
        prefixes = {}
        for machine in lab.machines:
            program, *rest = daemon.nodes[machine].prefix
            prefixes[machine] = (program, *user, *rest)
        running = RunningLab(
            lab=lab.source,
            seed=lab.seed,
            pid=os.getpid(),
            born=start_identity(os.getpid()),
            folder=str(folder),
            socket=str(path),
            prefixes=prefixes,
            began=terms.began,
            hints=terms.hints,
            exam=terms.exam,
        )
        _say(msgspec.json.encode(running))
        serve(daemon, listener)


def _stopped(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _say(line: bytes) -> None:
    """Write the one line and close the terminal, which this process does not use any more."""
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.flush()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nothing, stream)


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), msgspec.json.decode(sys.argv[4], type=Terms))
    except (LabError, PlanError, MockError, NetworkError) as error:
        _say(msgspec.json.encode({"wrong": error.one_line}))
        sys.exit(1)
