"""
``range``: a range from its text (DMN 1.5, table 72, rules 66 and 67).

Ends are literals or calls such as ``date("2026-03-01")``. One of the ends may be missing where the bracket is open:
``[2..)`` is the range of ``>= 2``.
"""

from __future__ import annotations

import re
from typing import Any

from throughline.flow.feel import nodes
from throughline.flow.feel.builtins.signature import BUILTINS, builtin
from throughline.flow.feel.compare import ordered
from throughline.flow.feel.errors import NoResult
from throughline.flow.feel.names import Names
from throughline.flow.feel.parser import Parser
from throughline.flow.feel.run import NOWHERE
from throughline.flow.values import Range

TEMPORAL = ("date", "time", "date and time", "duration")
TEMPORAL_NAMES = Names(TEMPORAL)
HALF = re.compile(
    r"""\s* (?: [(\]] \s* \.\. (?P<high>.*\S) \s* (?P<closing>[)\][])
          | (?P<opening>[(\][]) (?P<low>.*\S) \s* \.\. \s* [)[] ) \s*""",
    re.DOTALL | re.VERBOSE,
)
"""A range whose first or second end is missing; both being there or missing is left to the parser."""


@builtin("range(from: string) -> range")
def range_(text: str) -> Range:
    if (match := HALF.fullmatch(text)) is not None:
        return half(**match.groupdict())
    node = Parser(text, (), (), TEMPORAL_NAMES, {}).whole_expression()
    if not isinstance(node, nodes.Interval):
        raise NoResult(f'Expected a range such as "[1..10]", but "{text}".')
    start, end = literal(node.start), literal(node.end)
    if not ordered("<=", start, end):
        raise NoResult(f'Expected two ends of one kind in order, but "{text}".')
    return Range(start, end, node.start_included, node.end_included)


def half(low: str | None, opening: str | None, high: str | None, closing: str | None) -> Range:
    """The range without a start (``(..2]``) or without an end (``[2..)``)."""
    end = literal(Parser(low or high or "", (), (), TEMPORAL_NAMES, {}).whole_expression())
    if not ordered("<=", end, end):
        raise NoResult("Expected the end of the range to be something with an order, but it is not.")
    if high is None:
        return Range(end, None, opening == "[", False)
    return Range(None, end, False, closing == "]")


def literal(node: nodes.Node) -> Any:
    """The value of an end. Raises NoResult when it is no literal."""
    if isinstance(node, nodes.Literal):
        return node.value
    if isinstance(node, nodes.Call) and isinstance(node.function, nodes.Name) and node.function.name in TEMPORAL:
        argument = node.arguments[0] if len(node.arguments) == 1 else None
        if isinstance(argument, nodes.Literal) and isinstance(argument.value, str):
            return BUILTINS[node.function.name].positional((argument.value,), NOWHERE)
    raise NoResult("Expected the ends of the range to be literals, but one is not.")
