"""BPMN 2.0.2 charts: a frozen model, reading and writing, layout, and pictures."""

from throughline.flow.bpmn.describe import describe
from throughline.flow.bpmn.read import read
from throughline.flow.bpmn.write import write
from throughline.flow.bpmn.xml import Unreadable

__all__ = ["Unreadable", "describe", "read", "write"]
