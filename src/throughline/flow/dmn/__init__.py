"""
Decision tables and requirement graphs: DMN 1.5 read, written, compiled and analysed.

A decision is drawn (``read``, ``write``), compiled once (``compile_model``) and asked as often as needed.
"""

from throughline.flow.dmn.compile import DecisionModel, Input, NoSuchDecision, compile_model
from throughline.flow.dmn.explain import Explanation
from throughline.flow.dmn.logic.base import Problem
from throughline.flow.dmn.model import Definitions
from throughline.flow.dmn.read import Unreadable, read
from throughline.flow.dmn.session import Decided, MatchedRule, TableUse
from throughline.flow.dmn.write import write

__all__ = [
    "Decided",
    "DecisionModel",
    "Definitions",
    "Explanation",
    "Input",
    "MatchedRule",
    "NoSuchDecision",
    "Problem",
    "TableUse",
    "Unreadable",
    "compile_model",
    "read",
    "write",
]
