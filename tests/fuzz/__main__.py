"""`python -m tests.fuzz [SECONDS [SEED [TARGET…]]]`: change inputs by chance, and let lmwire read them.

Any exception but lmwire's own, more than `_SLOW` seconds of processor time, or more than `_MEMORY` bytes is a finding.
The input is saved, and its path is told. Repeats with the same seed as long as the machine is as fast.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Final

from tests.fuzz.mutate import mutated
from tests.fuzz.targets import OWN_ERRORS, TARGETS, seeds_of

_SLOW: Final = 10.0
_MEMORY: Final = 1 << 30
_TURN: Final = 0.5
"""Seconds for which one target is fuzzed before the next."""

_MOST_FOUND: Final = 20


class TooSlow(BaseException):
    """Raised inside the code under test when its time is over; no `except Exception` holds it."""


def _stop(_signal: int, _frame: object) -> None:
    raise TooSlow


def _tried(name: str, data: bytes, folder: Path) -> str:
    """Return what went wrong; empty when nothing did."""
    signal.setitimer(signal.ITIMER_VIRTUAL, _SLOW)
    try:
        TARGETS[name](data, folder)
    except OWN_ERRORS:
        return ""
    except TooSlow:
        return f"took more than {_SLOW:g} s:\n{traceback.format_exc()}"
    except Exception:  # noqa: BLE001 # everything else is a finding
        return traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return ""


def _fuzz(seconds: float, seed: int, names: list[str], found: Path) -> int:
    """Return the number of findings."""
    until = time.monotonic() + seconds
    chance = random.Random(seed)  # noqa: S311 # repeatable, and nobody's secret
    seeds = {name: seeds_of(name) for name in names}
    counts = dict.fromkeys(names, 0)
    places: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < until and len(places) < _MOST_FOUND:
            for name in names:
                turn = min(until, time.monotonic() + _TURN)
                while time.monotonic() < turn:
                    data = mutated(chance, seeds[name])
                    counts[name] += 1
                    what = _tried(name, data, Path(folder))
                    place = "\n".join(line for line in what.splitlines() if line.lstrip().startswith("File "))
                    if what and place not in places:
                        file = found / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}"
                        found.mkdir(parents=True, exist_ok=True)
                        file.write_bytes(data)
                        places[place] = name
                        sys.stdout.write(f"{file} ({len(data)} bytes)\n{what}\n")
    told = ", ".join(f"{name} {count}" for name, count in counts.items())
    sys.stdout.write(f"seed {seed}: {sum(counts.values())} inputs ({told}); {len(places)} findings\n")
    return len(places)


def _main(seconds: str = "60", seed: str = "", *names: str) -> int:
    with contextlib.suppress(ValueError, OSError):  # less is allowed already
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    signal.signal(signal.SIGVTALRM, _stop)
    number = int(seed) if seed else random.SystemRandom().randrange(1 << 32)
    found = Path(tempfile.gettempdir()) / f"lmwire-fuzz-{number}"
    return min(1, _fuzz(float(seconds), number, list(names) or list(TARGETS), found))


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
