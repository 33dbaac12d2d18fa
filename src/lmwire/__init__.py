"""lmwire: walk the path from lmgrd to the vendor daemon, find the step that breaks, and say what to change."""

__version__ = "0.1.0"
__all__ = ["__version__"]
