"""Every output of lmwire, recorded and compared: whether a change of the code changed what people read.

    python -m tests.outputs record DIR [--lmwire PATH/TO/lmwire] [--only GROUP] [--extra FOLDER]
    python -m tests.outputs compare OLD NEW [--fold]

Inputs are those of the checkout that this runs from, whichever lmwire is recorded; nothing of lmwire is imported.
Recording needs root on Linux. Exit status of `compare`: 0 when both are the same, 1 when not.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Final, NoReturn

from tests.outputs.compare import compare, report
from tests.outputs.groups import GROUPS, Job, jobs
from tests.outputs.machine import HERE
from tests.outputs.session import Session, Setting

_MARK: Final = "LMWIRE_OUTPUTS_ENCLOSED"
_AT_ONCE: Final = os.cpu_count() or 1
_LONG: Final = 25
_WAITING: Final = 12
"""Sessions that mostly wait for timeouts, at a time."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says, and return the exit status."""
    options = _options(arguments)
    if options.command == "compare":
        return _compare(options.old, options.new, fold=options.fold)
    if _MARK not in os.environ:
        _enclose(sys.argv[1:] if arguments is None else arguments)
    lmwire = Path(os.path.abspath(options.lmwire))  # noqa: PTH100 # a link beside its Python stays one
    extra = None if options.extra is None else options.extra.resolve()
    setting = Setting(lmwire, options.folder.resolve(), extra)
    return _record(setting, options.only, options.jobs)


def _enclose(arguments: Sequence[str]) -> NoReturn:
    """Begin again in a process tree of its own, with an empty /mnt: however it ends, nothing is left."""
    begin = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    script = f'mount -t tmpfs none {HERE} && TMPDIR={HERE} exec "$@"'
    command = [*begin, "sh", "-c", script, "sh", sys.executable, "-m", "tests.outputs", *arguments]
    os.execvpe(begin[0], command, {**os.environ, _MARK: "1"})  # noqa: S606 # ourselves


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.outputs", description="Record and compare all outputs.")
    commands = parser.add_subparsers(dest="command", required=True)
    record = commands.add_parser("record", help="record every output into a folder")
    record.add_argument("folder", metavar="DIR", type=Path, help="a new folder")
    beside = Path(sys.executable).with_name("lmwire")
    record.add_argument("--lmwire", type=Path, default=beside, help="the command (default: %(default)s)")
    record.add_argument("--only", choices=sorted(GROUPS), help="one group of outputs")
    record.add_argument("--extra", type=Path, help="a folder of more *.lic, *.log and explain-*.txt")
    record.add_argument(
        "--jobs", type=int, default=_AT_ONCE, help="sessions that work, at a time (default: %(default)s)"
    )
    both = commands.add_parser("compare", help="compare two recordings")
    both.add_argument("old", metavar="OLD", type=Path)
    both.add_argument("new", metavar="NEW", type=Path)
    both.add_argument("--fold", action="store_true", help="show a change once, however many files have it")
    return parser.parse_args(arguments)


def _compare(old: Path, new: Path, *, fold: bool) -> int:
    for side in (old, new):
        if not side.is_dir():
            raise SystemExit(f"{side} is not a folder")
    total, differences = compare(old, new)
    text = "\n".join([*report(total, differences, fold=fold), ""])
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    return 1 if differences or not total else 0


def _record(setting: Setting, only: str | None, at_once: int) -> int:
    if not setting.lmwire.is_file():
        raise SystemExit(f"{setting.lmwire} does not exist: name the command with --lmwire")
    if setting.folder.exists() and any(setting.folder.iterdir()):
        raise SystemExit(f"{setting.folder} is not empty")
    began = time.monotonic()
    failed = 0
    with ThreadPoolExecutor(_WAITING) as waiting, ThreadPoolExecutor(at_once) as working:
        pools = {True: waiting, False: working}
        futures = {pools[job.waits].submit(_play, setting, job): job for job in jobs(setting, only)}
        for done in as_completed(futures):
            if (error := done.exception()) is not None:
                failed += 1
                sys.stderr.write(f"{futures[done].name}: {error!r}\n")
    count = sum(1 for _ in setting.folder.rglob("*.txt"))
    sys.stderr.write(f"{count} outputs in {time.monotonic() - began:.0f} s, {failed} sessions failed\n")
    return 1 if failed else 0


def _play(setting: Setting, job: Job) -> None:
    began = time.monotonic()
    with Session(setting, job.name) as session:
        job.play(session)
    if (took := time.monotonic() - began) > _LONG:
        sys.stderr.write(f"{job.name}: {took:.0f} s\n")


if __name__ == "__main__":
    raise SystemExit(main())
