"""Literal expressions (DMN 1.5, 7.3.5): a text in FEEL."""

from __future__ import annotations

from throughline.flow.dmn import model as m
from throughline.flow.dmn.logic.base import Logic, Static, null_because, null_logic
from throughline.flow.dmn.session import Scope, Session
from throughline.flow.feel import Expression, nodes
from throughline.flow.values import Value


def compile_literal(expression: m.LiteralExpression, static: Static) -> Logic:
    """Compile the text; another language than FEEL is reported and gives null."""
    if (language := static.foreign_language(expression.expression_language)) is not None:
        return _refused(expression, static, f"Expected an expression in FEEL, but its language is “{language}”.")
    if expression.imported_values is not None:
        return _refused(expression, static, "Expected an expression, but its values are imported from elsewhere.")
    if expression.text is None or not expression.text.strip():
        return null_logic
    compiled = static.expression(expression.text, expression)
    if compiled is None:
        return null_because(f"“{expression.text.strip()}” cannot be evaluated because it is not FEEL.")
    return evaluation(compiled)


def _refused(expression: m.LiteralExpression, static: Static, sentence: str) -> Logic:
    static.report(expression, sentence)
    return null_because(sentence)


def evaluation(compiled: Expression) -> Logic:
    """Give the logic of a compiled expression; a constant or a name, as most cells are, needs no evaluation."""
    if isinstance(compiled.node, nodes.Literal):
        value: Value = compiled.node.value
        return lambda _scope, _session: value

    def logic(scope: Scope, session: Session) -> Value:
        session.budget.spend()
        return compiled.evaluate(scope, now=session.now, warnings=session.warnings)

    if not isinstance(compiled.node, nodes.Name):
        return logic
    name = compiled.node.name

    def named(scope: Scope, session: Session) -> Value:
        return scope[name] if name in scope else logic(scope, session)

    return named
