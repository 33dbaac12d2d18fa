"""For tests: a license server that fails on demand, and a judge of what clients see. pytest has it as fixtures."""

from lmwire.testing.judge import decisive, judge
from lmwire.testing.network import LicenseNetwork
from lmwire.testing.server import LicenseServer

__all__ = ["LicenseNetwork", "LicenseServer", "decisive", "judge"]
