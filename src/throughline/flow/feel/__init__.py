"""
FEEL, the expression language of DMN 1.5: text in, closures out.

``compile_expression`` parses with the names in scope and compiles to Python closures; the result evaluates any context
in microseconds, reads nothing but that context, and never raises for what FEEL leaves undefined: that is null, with a
warning. There is no way from an expression to Python, a clock or chance.

text → ``lexer`` → ``parser`` (with ``scope``) → ``nodes`` → ``compiler`` (with ``binding``) → closures over ``run``
"""

from throughline.flow.feel.check import check, type_of
from throughline.flow.feel.errors import FeelSyntaxError, FeelTooMuchWork, FeelWarning
from throughline.flow.feel.expression import Expression, UnaryTests, compile_expression, compile_unary_tests
from throughline.flow.feel.reads import names_read
from throughline.flow.feel.type_parser import read_type
from throughline.flow.feel.types import Type

__all__ = [
    "Expression",
    "FeelSyntaxError",
    "FeelTooMuchWork",
    "FeelWarning",
    "Type",
    "UnaryTests",
    "check",
    "compile_expression",
    "compile_unary_tests",
    "names_read",
    "read_type",
    "type_of",
]
