"""
Charts of other tools: read as a sketch of shapes and lines, understood as a BPMN chart, with each doubt said.

Theory of operation. A reader per format (``drawio``, ``visio``, ``lucid``, ``tables``, ``svg``) makes a ``Sketch``:
shapes with a guess of what they are, lines with the shapes they join, in one set of coordinates. ``understand`` turns a
sketch into BPMN in one way for all formats: it joins loose ends by where they lie, finds lanes, decides by the lines at
a shape what it is, and says what it was not sure of. Nothing that was drawn is dropped without a word. Reading files is
the caller's.
"""

from throughline.flow.charts.drawio import read_drawio
from throughline.flow.charts.exchange import Returned, chart_as_drawio, read_returned
from throughline.flow.charts.lucid import read_lucid
from throughline.flow.charts.sketch import Choice, Doubt, Fate, Kind, Line, Shape, Sketch, UnreadableDrawing
from throughline.flow.charts.svg import read_svg
from throughline.flow.charts.tables import read_table
from throughline.flow.charts.understand import Understood, understand
from throughline.flow.charts.visio import read_visio

__all__ = [
    "Choice",
    "Doubt",
    "Fate",
    "Kind",
    "Line",
    "Returned",
    "Shape",
    "Sketch",
    "Understood",
    "UnreadableDrawing",
    "chart_as_drawio",
    "read_drawio",
    "read_lucid",
    "read_returned",
    "read_svg",
    "read_table",
    "read_visio",
    "understand",
]
