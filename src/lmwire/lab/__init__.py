"""Training labs: a broken network to repair, made of namespaces, and a check that measures the repair.

`lmwire.lab.catalogue` reads a lab, `lmwire.lab.daemon` plays it in a process of its own, `lmwire.lab.check` grades.
"""

from __future__ import annotations

from lmwire.lab.catalogue import labs, read_lab
from lmwire.lab.errors import LabError
from lmwire.lab.model import Lab

__all__ = ["Lab", "LabError", "labs", "read_lab"]
