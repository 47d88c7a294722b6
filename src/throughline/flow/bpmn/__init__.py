"""BPMN 2.0.2 charts: a frozen model, reading and writing, layout, and pictures."""

from throughline.flow.bpmn import model
from throughline.flow.bpmn.describe import describe
from throughline.flow.bpmn.layout import lay_out
from throughline.flow.bpmn.read import read
from throughline.flow.bpmn.render import Mark, render_svg
from throughline.flow.bpmn.write import write
from throughline.flow.bpmn.xml import Unreadable

__all__ = ["Mark", "Unreadable", "describe", "lay_out", "model", "read", "render_svg", "write"]
