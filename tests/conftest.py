"""What holds for all tests."""

from __future__ import annotations

import signal

from hypothesis import settings

# Bounds on time belong to the tests that are about time: all of them share two cores with tests that load them.
settings.register_profile("lmwire", deadline=None)
settings.load_profile("lmwire")

# A script that runs the tests in its background makes them, and all that they start, deaf to Ctrl-C; a handler of
# this process is reset to the default in its children.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
