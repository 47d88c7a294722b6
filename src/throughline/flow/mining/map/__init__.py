"""
The flow graph as a drawing.

``layout`` puts activities on layers and leads arcs around them, ``drawing`` makes an SVG of that. The drawing is a pure
function of the graph: the same log gives the same picture.
"""

from throughline.flow.mining.map.drawing import END, START, Look, arc_order, draw_map

__all__ = ["END", "START", "Look", "arc_order", "draw_map"]
