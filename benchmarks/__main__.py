"""Measure every promised figure; exit status 1 when one is not kept."""

from __future__ import annotations

import argparse
import sys

from benchmarks import capture, firewall, gateway, log, mock, processes, wire

FIGURES = (
    wire.decoding,
    mock.conversations,
    mock.flood,
    processes.healthy,
    processes.thousand,
    processes.filtered,
    capture.analysis,
    log.reading,
    firewall.matrix,
    firewall.blocked,
    gateway.sessions,
    gateway.added_time,
    gateway.bytes_a_second,
    gateway.idle,
)


def main() -> int:
    """Print each figure as soon as it is there."""
    named = {f"{measure.__module__.removeprefix('benchmarks.')}.{measure.__name__}": measure for measure in FIGURES}
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("figure", nargs="*", help=f"one of {', '.join(named)}; none: all")
    wanted = parser.parse_args().figure
    unknown = [name for name in wanted if name not in named]
    if unknown:
        parser.error(f"no figure is called {unknown[0]}: choose from {', '.join(named)}")
    met = True
    for measure in [named[name] for name in wanted] or FIGURES:
        figure = measure()
        print(figure, flush=True)
        met = met and figure.met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
