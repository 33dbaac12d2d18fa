"""Renderers: show results to people and to programs. They never judge, and never look at a network."""

from __future__ import annotations

from lmwire.report.formats import Format
from lmwire.report.look import Look
from lmwire.report.renderers import Renderer, render

__all__ = ["Format", "Look", "Renderer", "render"]
