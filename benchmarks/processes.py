"""Whole processes: how soon a person has the answer, and what it costs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import sys
import threading
from collections.abc import Iterator

from benchmarks.figure import Figure, lmwire, run
from lmwire_mockserver.scenario import Listen, Lmgrd, Servers, scenario
from lmwire_mockserver.server import AsyncMockServer
from tests.referee.clients import NEWEST
from tests.referee.running import run_client

__all__ = ["filtered", "healthy", "thousand"]

_TARGETS = 1000


@contextlib.contextmanager
def _mock(*arguments: object, **settings: object) -> Iterator[AsyncMockServer]:
    """Run a mock in a thread of its own for as long as the block lasts."""
    mock = AsyncMockServer(*arguments, **settings)  # type: ignore[arg-type] # passed through
    ready, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with mock:
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield mock
    finally:
        done.set()
        thread.join()


def healthy() -> Figure:
    """Time a healthy diagnosis on loopback, interpreter start and all, and see what it imported."""
    with _mock(scenario("healthy")) as mock:
        command = lmwire("diagnose", mock.target, "--vendor", "ibmratl")
        runs = [run(command) for _ in range(10)][1:]
        imported = run([sys.executable, "-X", "importtime", "-c", _IMPORTS, *command[3:]]).output
    seconds = statistics.median(one.seconds for one in runs)
    scapy = json.loads(imported.splitlines()[-1])
    return Figure(
        name="a healthy diagnosis on loopback, whole process",
        measured=f"{seconds:.2f} s, scapy {'imported' if scapy else 'not imported'}",
        goal="at most 0.5 s, no scapy",
        met=seconds <= 1 / 2 and not scapy and all(one.status == 0 for one in runs),
    )


_IMPORTS = """
import contextlib, io, json, sys
from lmwire.cli import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    main(sys.argv[1:])
print(json.dumps("scapy" in sys.modules))
"""


def filtered() -> Figure:
    """Race the real client to a filtered vendor port: who tells the user first?"""
    with _mock(scenario("vendor-filtered"), vendors=["MOSEKLM"]) as mock:
        command = lmwire("diagnose", mock.target, "--vendor", "MOSEKLM", "--format", "json")
        ours = run(command)
        verdict = json.loads(ours.output)["diagnoses"][0]["verdict"]["id"]
        theirs = run_client(NEWEST, mock.target)
    ratio = theirs.process_seconds / ours.seconds
    return Figure(
        name="a filtered vendor port, against the real client's own report",
        measured=f"{ratio:.1f} times sooner ({ours.seconds:.1f} s against {theirs.process_seconds:.1f} s, {verdict})",
        goal="at least 12 times",
        met=ratio >= 12 and verdict == "vendor-filtered",  # noqa: PLR2004 # the promise
    )


def thousand() -> Figure:
    """Diagnose a thousand filtered servers in one process."""
    servers = Servers(lmgrds=(Lmgrd(listen=Listen.FILTERED),))
    with _mock(servers, bind="0.0.0.0") as mock:  # noqa: S104 # one full queue, reached by many loopback addresses
        targets = [f"{mock.lmgrd_port}@127.0.{1 + number // 250}.{1 + number % 250}" for number in range(_TARGETS)]
        result = run(lmwire("diagnose", *targets, "--vendor", "x", "--timeout", "2", "--format", "json"))
    verdicts = {one["verdict"]["id"] for one in json.loads(result.output)["diagnoses"]}
    count = len(json.loads(result.output)["diagnoses"])
    return Figure(
        name=f"{count} filtered targets, time-out 2 s, one process",
        measured=f"{result.seconds:.1f} s, {result.megabytes:.0f} MB, verdicts {', '.join(sorted(verdicts))}",
        goal="within 4 s, under 200 MB",
        met=result.seconds <= 4  # noqa: PLR2004 # the promise
        and result.megabytes < 200  # noqa: PLR2004 # the promise
        and count == _TARGETS
        and verdicts == {"lmgrd-filtered"},
    )
