"""
What will be null in an expression whatever the values are, said while it is being written.
"""

from __future__ import annotations

from collections.abc import Mapping

from throughline.flow.feel.errors import FeelWarning
from throughline.flow.feel.expression import Expression, UnaryTests
from throughline.flow.feel.inference import Checker
from throughline.flow.feel.type_parser import read_type
from throughline.flow.feel.types import ANY, Type


def check(
    expression: Expression | UnaryTests, known: Mapping[str, Type | str], *, tested: Type | str = ANY
) -> list[FeelWarning]:
    """
    Say what will be null whatever the values are, in the order of the text.

    ``known``: every variable and its type, as a type or as its text (``"list<number>"``). ``tested``: for unary tests,
    the type of the input. Raises FeelSyntaxError when a type's text is none.
    """
    checker = Checker(expression.text)
    scope = {name: as_type(type_) for name, type_ in known.items()}
    if isinstance(expression, UnaryTests):
        for test in expression.node.tests or ():
            checker.test(test, as_type(tested), scope)
    else:
        checker.infer(expression.node, scope)
    return sorted(checker.findings, key=lambda finding: (finding.line, finding.column))


def type_of(expression: Expression, known: Mapping[str, Type | str]) -> Type:
    """The type of the expression's values, as far as it can be told; null conforms to every type."""
    return Checker(expression.text).infer(expression.node, {name: as_type(type_) for name, type_ in known.items()})


def as_type(type_: Type | str) -> Type:
    return read_type(type_) if isinstance(type_, str) else type_
