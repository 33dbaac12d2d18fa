"""The command line: one module a command, with options in, one call of `lmwire.workflows`, one renderer out."""

from lmwire.cli.app import app, main

__all__ = ["app", "main"]
