"""
Boxed iterations, quantified expressions and filters (DMN 1.5, 10.2.1.9 and 10.2.1.10).

Theory of operation. Each of them means what the FEEL expression of the same name means, with boxed parts in place of
texts. So each is evaluated by that FEEL expression: the collection is the variable ``domain``, the boxed part a
function ``part``. What counts as a list, ranges, three-valued logic and the meaning of a number in a filter are FEEL's
own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from throughline.flow.dmn import model as m
from throughline.flow.dmn.logic.base import Logic, Static
from throughline.flow.dmn.session import Scope, Session
from throughline.flow.dmn.types import shown
from throughline.flow.feel import Expression, compile_expression
from throughline.flow.values import Function

DOMAIN, PART = "domain", "part"


def _form(text: str) -> Expression:
    return compile_expression(text, (DOMAIN, PART))


FOR = _form("for value in domain return part(value, partial)")
EVERY = _form("every value in domain satisfies part(value)")
SOME = _form("some value in domain satisfies part(value)")
FILTER = _form("domain[part(item)]")


def compile_for(expression: m.For, static: Static) -> Logic:
    """Compile ``for … in … return``; the result sees the item under its name and the results so far as ``partial``."""
    names = (expression.iterator_variable, "partial")
    return _evaluated_by(FOR, expression.collection, expression.result, names, static)


def compile_every(expression: m.Every, static: Static) -> Logic:
    """Compile ``every … in … satisfies``."""
    names = (expression.iterator_variable,)
    return _evaluated_by(EVERY, expression.collection, expression.satisfies, names, static)


def compile_some(expression: m.Some, static: Static) -> Logic:
    """Compile ``some … in … satisfies``."""
    names = (expression.iterator_variable,)
    return _evaluated_by(SOME, expression.collection, expression.satisfies, names, static)


def compile_filter(expression: m.Filter, static: Static) -> Logic:
    """
    Compile a filter; the condition sees ``item`` and, when the item is a context, its entries.

    A condition that is no truth gives null for the whole, a number too: the box must resolve to a boolean.
    """
    collection = static.logic_of_child(expression.collection)
    match = static.with_names({"item", *static.members}).logic_of_child(expression.match)

    def logic(scope: Scope, session: Session) -> Any:
        strange: list[Any] = []

        def call(arguments: Sequence[Any], _run: object) -> Any:
            item = arguments[0]
            entries = item if isinstance(item, dict) else {}
            answer = match({**scope, **entries, "item": item}, session)
            if answer is not None and not isinstance(answer, bool):
                strange.append(answer)
            return answer is True

        kept = _asked(FILTER, collection(scope, session), Function(PART, ("item",), call), session)
        if strange:
            session.warn(f"Expected the condition of the filter to be true or false, but it is {shown(strange[0])}.")
            return None
        return kept

    return logic


def _evaluated_by(
    form: Expression,
    domain: m.ChildExpression,
    part: m.ChildExpression,
    names: tuple[str, ...],
    static: Static,
) -> Logic:
    """Logic that evaluates ``form`` over a boxed domain and a boxed part with these parameters."""
    collection = static.logic_of_child(domain)
    body = static.with_names(names).logic_of_child(part)

    def logic(scope: Scope, session: Session) -> Any:
        def call(arguments: Sequence[Any], _run: object) -> Any:
            seen = {**scope, **dict(zip(names, arguments, strict=True))}
            return body(seen, session)

        return _asked(form, collection(scope, session), Function(PART, names, call), session)

    return logic


def _asked(form: Expression, domain: Any, part: Function, session: Session) -> Any:
    return form.evaluate({DOMAIN: domain, PART: part}, now=session.now, warnings=session.warnings)
