"""
A chart made from a log: the inductive miner finds a process tree, which becomes a block-structured BPMN chart.

``discover`` is what others call. The parts: ``tree`` (what is found), ``cuts`` (how a set of activities falls apart),
``splits`` (what of the log goes where), ``inductive`` (the recursion), ``chart`` (the tree as BPMN).
"""

from throughline.flow.mining.discover.chart import chart_of
from throughline.flow.mining.discover.inductive import mined_tree
from throughline.flow.mining.discover.tree import Tree, simplified

__all__ = ["Tree", "chart_of", "mined_tree", "simplified"]
