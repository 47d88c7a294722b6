"""
Positions for charts that have none: layered, from left to right, one row per way, lanes and pools kept.

Theory of operation. Flows that close a loop are set aside (``graph``), so that the rest has a direction; the longest
way from a start gives every node its column. Within each lane the longest way on stays in its row and side ways take
the next free ones (``grid``). Lines then run in the gaps between columns and in channels above and below rows, where
no node can be, or straight through empty cells (``routes``). Only then do columns, gaps, rows and channels get their
sizes from what is in them (``places``), and pools and message flows are put together (``pages``). Nothing is searched
for twice, so a chart of a thousand nodes takes a fraction of a second; the price is that crossings are avoided by
rule and not minimised.

A chart that has places and was changed keeps them (``kept``); groups are drawn around what they held (``groups``).
"""

from throughline.flow.bpmn.layout.groups import framed
from throughline.flow.bpmn.layout.kept import kept
from throughline.flow.bpmn.layout.pages import lay_out

__all__ = ["framed", "kept", "lay_out"]
