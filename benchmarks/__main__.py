"""Measure every promised figure; exit status 1 when one is not kept."""

from __future__ import annotations

import sys

from benchmarks import capture, firewall, log, mock, processes, wire

FIGURES = (
    wire.decoding,
    mock.conversations,
    processes.healthy,
    processes.thousand,
    processes.filtered,
    capture.analysis,
    log.reading,
    firewall.matrix,
)


def main() -> int:
    """Print each figure as soon as it is there."""
    met = True
    for measure in FIGURES:
        figure = measure()
        print(figure, flush=True)
        met = met and figure.met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
