"""The command line. Wiring only: one module a command, and what they share in `options` and `terminal`."""

from lmwire.cli.app import app, main

__all__ = ["app", "main"]
