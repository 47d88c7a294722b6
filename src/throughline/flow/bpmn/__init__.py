"""BPMN 2.0.2 charts: a frozen model, reading and writing, layout, and pictures."""

from throughline.flow.bpmn.read import read
from throughline.flow.bpmn.xml import Unreadable

__all__ = ["Unreadable", "read"]
