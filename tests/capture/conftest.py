"""What the tests of captures share."""

from __future__ import annotations

import scapy.utils  # noqa: F401 # imported late by the code under test: the first test must not pay for it
