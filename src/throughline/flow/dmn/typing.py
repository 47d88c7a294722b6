"""
The types of a model, followed through its logic before anything is asked: what will be null whatever the inputs are.

Theory of operation. Item definitions give the types of inputs, decisions and parameters; FEEL's own pass
(`feel.inference`) gives the type of every expression from those of the names it reads. A name whose type is not
declared may be anything, and nothing is said about it; so a doubt is never a guess. Cells are tests of the type of
their column; a result is compared with the type that its decision, entry or output declares.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from throughline.flow.dmn import model as m
from throughline.flow.dmn.graph import DecisionNode, InputNode, Node
from throughline.flow.dmn.hit_policies import LISTING
from throughline.flow.dmn.link import Module, link
from throughline.flow.dmn.logic.base import Problem, is_feel
from throughline.flow.feel import FeelSyntaxError, check, compile_expression, compile_unary_tests, type_of
from throughline.flow.feel.inference import may_be
from throughline.flow.feel.types import ANY, ListType, Type


def check_types(model: m.Definitions, imports: Sequence[m.Definitions] = ()) -> tuple[Problem, ...]:
    """Say what in the logic of a model will be null whatever the inputs are, in the order of the file."""
    module, _ = link(model, imports)
    return tuple(dict.fromkeys(doubt for node in module.nodes for doubt in _of_node(module, node)))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression stands: the module, the decision or knowledge model, and the names in scope with types."""

    module: Module
    node: Node
    scope: Mapping[str, Type]

    def with_names(self, names: Mapping[str, Type]) -> _Place:
        return replace(self, scope={**self.scope, **names})

    def doubt(self, element: m.Element, message: str) -> Problem:
        return Problem(element.id or self.node.element.id, self.node.element.name, message)

    def named(self, reference: str | None) -> Type:
        return self.module.types.find(reference.strip()) or ANY if reference and reference.strip() else ANY


def _of_node(module: Module, node: Node) -> Iterator[Problem]:
    element = node.element
    scope: dict[str, Type] = dict.fromkeys(module.free(node), ANY)
    for requirement in node.requirements:
        is_value = isinstance(requirement.node, InputNode | DecisionNode) and not requirement.prefix
        scope[requirement.prefix or requirement.node.variable] = requirement.node.type if is_value else ANY
    place = _Place(module, node, scope)
    if isinstance(node, DecisionNode) and isinstance(element, m.Decision) and element.expression is not None:
        yield from _logic(element.expression, place, node.type)
    if isinstance(element, m.BusinessKnowledgeModel) and element.encapsulated_logic is not None:
        yield from _logic(element.encapsulated_logic, place, ANY)


def _logic(logic: m.Expression, place: _Place, expected: Type) -> Iterator[Problem]:
    if isinstance(logic, m.LiteralExpression):
        yield from _literal(logic, place, expected)
    elif isinstance(logic, m.DecisionTable):
        yield from _table(logic, place, expected)
    elif isinstance(logic, m.Context):
        yield from _context(logic, place)
    elif isinstance(logic, m.FunctionDefinition):
        if logic.body is not None and logic.kind is m.FunctionKind.FEEL:
            parameters = {each.name: place.named(each.type_ref) for each in logic.parameters}
            yield from _logic(logic.body, place.with_names(parameters), ANY)
    else:
        for part in _parts(logic):
            yield from _logic(part, place, ANY)


def _parts(logic: m.Expression) -> Iterator[m.Expression]:
    """What a boxed expression holds that sees the same names as itself."""
    found: list[m.Expression | None] = []
    if isinstance(logic, m.ListExpression):
        found = [*logic.elements]
    elif isinstance(logic, m.Relation):
        found = [cell for row in logic.rows for cell in row.elements]
    elif isinstance(logic, m.Invocation):
        found = [binding.expression for binding in logic.bindings]
    elif isinstance(logic, m.Conditional):
        found = [part.expression for part in (logic.condition, logic.then, logic.otherwise)]
    elif isinstance(logic, m.For | m.Every | m.Some | m.Filter):  # pragma: no branch - there are no others
        found = [logic.collection.expression]
    yield from (part for part in found if part is not None)


def _literal(literal: m.LiteralExpression, place: _Place, expected: Type) -> Iterator[Problem]:
    found = yield from _typed(literal, place)
    if not may_be(found, expected):
        yield place.doubt(
            literal,
            f"Expected “{(literal.text or '').strip()}” to give {expected}, but it gives {found}: that is null.",
        )


def _typed(literal: m.LiteralExpression | None, place: _Place) -> Generator[Problem, None, Type]:
    """Tell the doubts about a text; what it returns is the type of its value. What is no FEEL is told elsewhere."""
    if literal is None or not (literal.text or "").strip() or not is_feel(literal.expression_language):
        return ANY
    types = place.module.types.by_name()
    try:
        compiled = compile_expression(literal.text or "", place.scope, members=place.module.members, types=types)
    except FeelSyntaxError:
        return ANY
    for doubt in check(compiled, place.scope):
        yield place.doubt(literal, f"“{(literal.text or '').strip()}” will be null: {doubt.message}")
    return type_of(compiled, place.scope)


def _context(context: m.Context, place: _Place) -> Iterator[Problem]:
    names = [entry.variable.name for entry in context.entries if entry.variable is not None]
    place = place.with_names(dict.fromkeys(names, ANY))  # entries may read those below them
    for entry in context.entries:
        if entry.expression is None:
            continue
        declared = place.named(entry.variable.type_ref) if entry.variable is not None else ANY
        yield from _logic(entry.expression, place, declared)
        if entry.variable is not None:
            place = place.with_names({entry.variable.name: declared})


def _table(table: m.DecisionTable, place: _Place, expected: Type) -> Iterator[Problem]:
    for column, clause in enumerate(table.inputs):
        found = yield from _typed(clause.input_expression, place)
        declared = place.named(clause.input_expression.type_ref)
        tested = found if declared is ANY else declared
        for rule in table.rules:
            if column < len(rule.input_entries):
                yield from _cell(rule.input_entries[column], place, tested)
    for column, output in enumerate(table.outputs):
        declared = place.named(output.type_ref)
        if declared is ANY and len(table.outputs) == 1 and table.aggregation is None:
            declared = _item_of(expected) if table.hit_policy in LISTING else expected
        for rule in table.rules:
            if column < len(rule.output_entries) and (rule.output_entries[column].text or "").strip() != "-":
                yield from _literal(rule.output_entries[column], place, declared)


def _item_of(type_: Type) -> Type:
    return type_.element if isinstance(type_, ListType) else ANY


def _cell(cell: m.UnaryTests, place: _Place, tested: Type) -> Iterator[Problem]:
    if not cell.text.strip() or not is_feel(cell.expression_language):
        return
    types = place.module.types.by_name()
    try:
        compiled = compile_unary_tests(cell.text, place.scope, members=place.module.members, types=types)
    except FeelSyntaxError:
        return
    for doubt in check(compiled, place.scope, tested=tested):
        yield place.doubt(cell, f"“{cell.text.strip()}” lets nothing pass: {doubt.message}")
