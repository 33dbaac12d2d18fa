"""The live way to evidence: resolve, connect, converse, with asyncio. Opens one connection a question."""

from lmwire.probe.path import allow_many_sockets, probe_path
from lmwire.probe.resolve import Resolver
from lmwire.probe.settings import ProbeError, Settings, this_machine
from lmwire.probe.walk import Walk, walk

__all__ = ["ProbeError", "Resolver", "Settings", "Walk", "allow_many_sockets", "probe_path", "this_machine", "walk"]
