"""
Decision tables and requirement graphs: DMN 1.5 read, written, compiled and analysed.

A decision is drawn (``read``, ``write``), compiled once (``compile_model``) and asked as often as needed.
"""

from throughline.flow.dmn.model import Definitions
from throughline.flow.dmn.read import Unreadable, read
from throughline.flow.dmn.write import write

__all__ = ["Definitions", "Unreadable", "read", "write"]
