"""
Charts that are derived: data flow, value stream, UML. Each is a view of what is there (procedures, record types, logs).

Theory of operation. A view turns plain data into a :class:`Figure`: shapes with their words, and lines between them.
:func:`arrange` gives the figure places in layers, :func:`drawn` makes SVG of it, :func:`as_drawio` a file that draw.io
edits. What is planned and not yet so carries ``planned`` and is drawn with broken lines in every view.
"""

from throughline.flow.charts.views.drawing import drawn
from throughline.flow.charts.views.drawio import as_drawio
from throughline.flow.charts.views.figure import Figure, Line, Shape, ShapeKind
from throughline.flow.charts.views.layers import arrange

__all__ = ["Figure", "Line", "Shape", "ShapeKind", "arrange", "as_drawio", "drawn"]
