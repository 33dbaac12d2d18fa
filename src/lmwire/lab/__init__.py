"""Training labs: a broken network of namespaces to repair, and a check that measures the repair.

`lmwire.lab.catalogue` reads a lab, `lmwire.lab.daemon` runs it in a separate process, `lmwire.lab.check` grades it.
"""

from __future__ import annotations

from lmwire.lab.catalogue import labs, read_lab
from lmwire.lab.errors import LabError
from lmwire.lab.model import Lab

__all__ = ["Lab", "LabError", "labs", "read_lab"]
