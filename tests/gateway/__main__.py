"""`python -m tests.gateway`: every client, every scenario on loopback, both modes, through a gateway.

Prints each difference from `tests/gateway/through.py`. Takes some ten minutes; Windows clients need Wine.
Exit status: 0 when nothing differs.
"""

from __future__ import annotations

import argparse
import sys

from lmwire.gateway.plan import Mode
from tests.gateway.through import Run, expected, rows, run_all
from tests.referee.clients import CLIENTS, client
from tests.referee.running import missing_for, prepare


def main() -> int:
    """Run all, and count."""
    parser = argparse.ArgumentParser("python -m tests.gateway", description=__doc__)
    parser.add_argument("--client", action="append", type=client, help="such as 11.19-linux (default: all)")
    parser.add_argument("--mode", action="append", type=Mode, help="one-port or referral (default: both)")
    parser.add_argument("--jobs", type=int, default=12)
    options = parser.parse_args()
    runs = []
    say = sys.stderr.write
    for each in options.client or CLIENTS:
        if missing := missing_for(each):
            say(f"client {each} is left out: it needs {missing}\n")
            continue
        prepare(each)
        for mode in options.mode or Mode:
            runs += [Run(each, row.scenario, mode, expected(row, each.system, mode)) for row in rows(each)]
    wrong = 0
    for count, run in enumerate(run_all(runs, options.jobs), 1):
        if run.reported != run.expected:
            wrong += 1
            sys.stdout.write(f"{run}\n")
            sys.stdout.flush()
        if count % 20 == 0:
            say(f"{count} of {len(runs)}\n")
    sys.stdout.write(f"{len(runs)} runs through a gateway: {wrong} differ\n")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
