"""
Decision tables and requirement graphs: DMN 1.5 read, written, compiled and analysed.

A decision is drawn (``read``, ``write``), looked over before it is published (``analyse``, ``run_test_cases``),
compiled once (``compile_model``) and asked as often as needed.
"""

from throughline.flow.dmn.analysis import Finding, analyse
from throughline.flow.dmn.cases import CaseResult, DecisionCase, cases_of, run_test_cases, with_cases
from throughline.flow.dmn.compile import DecisionModel, Input, NoSuchDecision, compile_model
from throughline.flow.dmn.explain import Explanation
from throughline.flow.dmn.logic.base import Problem
from throughline.flow.dmn.model import DecisionTable, Definitions
from throughline.flow.dmn.read import Unreadable, read
from throughline.flow.dmn.session import Decided, MatchedRule, TableUse
from throughline.flow.dmn.typing import check_types
from throughline.flow.dmn.write import write

__all__ = [
    "CaseResult",
    "Decided",
    "DecisionCase",
    "DecisionModel",
    "DecisionTable",
    "Definitions",
    "Explanation",
    "Finding",
    "Input",
    "MatchedRule",
    "NoSuchDecision",
    "Problem",
    "TableUse",
    "Unreadable",
    "analyse",
    "cases_of",
    "check_types",
    "compile_model",
    "read",
    "run_test_cases",
    "with_cases",
    "write",
]
