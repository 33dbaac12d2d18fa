"""Figures that the project promises, each measured in one run and printed with its goal: `python -m benchmarks`."""
