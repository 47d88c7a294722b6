"""Literal expressions (DMN 1.5, 7.3.1): a text in FEEL."""

from __future__ import annotations

from throughline.flow.dmn import model as m
from throughline.flow.dmn.logic.base import Logic, Static, is_feel, null_because, null_logic
from throughline.flow.dmn.session import Scope, Session
from throughline.flow.feel import Expression
from throughline.flow.values import Value


def compile_literal(expression: m.LiteralExpression, static: Static) -> Logic:
    """Compile the text; another language than FEEL is reported and gives null."""
    if not is_feel(expression.expression_language):
        sentence = f"Expected an expression in FEEL, but its language is “{expression.expression_language}”."
        static.report(expression, sentence)
        return null_because(sentence)
    if expression.text is None or not expression.text.strip():
        return null_logic
    compiled = static.expression(expression.text, expression)
    if compiled is None:
        return null_because(f"“{expression.text.strip()}” cannot be evaluated because it is not FEEL.")
    return evaluation(compiled)


def evaluation(compiled: Expression) -> Logic:
    """The logic that evaluates a compiled expression."""

    def logic(scope: Scope, session: Session) -> Value:
        session.budget.spend()
        return compiled.evaluate(scope, now=session.now, warnings=session.warnings)

    return logic
