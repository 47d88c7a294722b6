"""
Decision tables (DMN 1.5, chapter 8).

Theory of operation. Input expressions are evaluated once; `index` narrows the rules down to those that can match, of
which the opaque cells are evaluated; `hit_policies` makes the result of the rules that match. Outputs are evaluated for
these rules only. A cell that is empty means the same as ``-``, because editors write it so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from throughline.flow.dmn import model as m
from throughline.flow.dmn.cells import ANY_VALUE, OPAQUE, Cell, cell_of, constants_of
from throughline.flow.dmn.hit_policies import Hits, policy_of
from throughline.flow.dmn.index import Column, rules_of
from throughline.flow.dmn.logic.base import Logic, Static, null_logic, typed
from throughline.flow.dmn.session import MatchedRule, Scope, Session, TableUse
from throughline.flow.dmn.types import shown
from throughline.flow.feel import UnaryTests, compile_expression
from throughline.flow.feel.compare import equal
from throughline.flow.feel.errors import FeelWarning
from throughline.flow.values import DateTime, Value

MOST_TABLES = 100
"""How many evaluations of tables one decision's explanation lists; a knowledge model may be called in a loop."""

AGGREGATIONS = {each: compile_expression(f"{each.lower()}(outputs)", ("outputs",)) for each in m.Aggregation}
"""The FEEL function that puts collected outputs together."""


class Test(Protocol):
    """A compiled cell."""

    def evaluate(
        self,
        input: Any,
        context: Mapping[str, Any],
        *,
        now: DateTime | None = None,
        warnings: list[FeelWarning] | None = None,
    ) -> bool | None: ...


class NeverPasses:
    """A cell that is no FEEL: it lets nothing pass, and says so."""

    def __init__(self, text: str) -> None:
        self.text = text

    def evaluate(
        self,
        input: Any,  # noqa: ARG002
        context: Mapping[str, Any],  # noqa: ARG002
        *,
        now: DateTime | None = None,  # noqa: ARG002
        warnings: list[FeelWarning] | None = None,
    ) -> bool | None:
        """Let nothing pass."""
        if warnings is not None:
            warnings.append(FeelWarning(f"The condition “{self.text}” never holds because it is not FEEL."))
        return None


@dataclass(frozen=True, slots=True)
class CompiledClause:
    """An input clause: its text, its logic, the values it may take, and its column of cells."""

    text: str
    logic: Logic
    allowed: UnaryTests | None
    cells: tuple[Test | None, ...]
    column: Column

    def candidates(self, value: Value, scope: Scope, session: Session) -> tuple[int, int]:
        """The rules that can match, and those of them that must be evaluated; a dash lets input values pass only."""
        candidates, check = self.column.candidates(value)
        if value is None or self.allows(value, scope, session):
            return candidates, check
        session.warn(f"Expected “{self.text}” to be one of its input values, but it is {shown(value)}.")
        return candidates & ~self.column.dashes, check

    def allows(self, value: Value, scope: Scope, session: Session) -> bool:
        """Whether the value, or each item of a list, is one of the input values."""
        if self.allowed is None or self.allowed.evaluate(value, scope, now=session.now) is True:
            return True
        return isinstance(value, list) and all(
            self.allowed.evaluate(item, scope, now=session.now) is True for item in value
        )


@dataclass(frozen=True, slots=True)
class CompiledOutput:
    """An output clause: its name, its default and the order of its values."""

    name: str
    default: Logic | None
    order: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class CompiledTable:
    """A decision table ready to be evaluated."""

    table: m.DecisionTable
    clauses: tuple[CompiledClause, ...]
    outputs: tuple[CompiledOutput, ...]
    entries: tuple[tuple[Logic, ...], ...]

    def evaluate(self, scope: Scope, session: Session) -> Value:
        """Give the result of the table, and note in the trace which rules made it."""
        values: list[Value] = [clause.logic(scope, session) for clause in self.clauses]
        rules = self.matching(values, scope, session)
        if rules:
            result = policy_of(self.table.hit_policy, self.table.aggregation)(self.hits(rules, scope, session))
            value, rules = result.value, list(result.rules)
        else:
            value = self.without_match(scope, session)
        if session.trace is not None and len(session.trace.tables) < MOST_TABLES:
            session.trace.tables.append(self.use(rules, values, value, scope, session))
        return value

    def matching(self, values: Sequence[Value], scope: Scope, session: Session) -> list[int]:
        """The rules whose every cell lets its input pass, ascending."""
        alive = (1 << len(self.table.rules)) - 1
        unsure: list[tuple[int, CompiledClause, Value]] = []
        for clause, value in zip(self.clauses, values, strict=True):
            candidates, check = clause.candidates(value, scope, session)
            alive &= candidates
            if check:
                unsure.append((check, clause, value))
        if not any(alive & check for check, _, _ in unsure):
            return list(rules_of(alive))
        return [rule for rule in rules_of(alive) if self.passes(rule, unsure, scope, session)]

    def passes(
        self, rule: int, unsure: list[tuple[int, CompiledClause, Value]], scope: Scope, session: Session
    ) -> bool:
        """Whether the cells of a rule that must be evaluated let their inputs pass."""
        for check, clause, value in unsure:
            cell = clause.cells[rule]
            if (
                check >> rule & 1
                and cell is not None
                and cell.evaluate(value, scope, now=session.now, warnings=session.warnings) is not True
            ):
                return False
        return True

    def hits(self, rules: list[int], scope: Scope, session: Session) -> Hits:
        """What a hit policy may ask."""
        made: dict[int, Value] = {}

        def output(rule: int) -> Value:
            if rule not in made:
                made[rule] = self.output(rule, scope, session)
            return made[rule]

        return Hits(
            rules=rules,
            output=output,
            rank=lambda rule: self.rank(output(rule)),
            same=lambda left, right: equal(left, right) is True,
            aggregate=partial(self.aggregate, session),
            warn=session.warn,
        )

    def output(self, rule: int, scope: Scope, session: Session) -> Value:
        """The output of a rule: the value of the only clause, or a context by the names of the clauses."""
        entries = [entry(scope, session) for entry in self.entries[rule]]
        return self.composed(entries)

    def composed(self, entries: list[Any]) -> Value:
        if len(self.outputs) == 1:
            return entries[0]  # type: ignore[no-any-return]
        return {clause.name: entry for clause, entry in zip(self.outputs, entries, strict=True)}

    def rank(self, output: Value) -> tuple[int, ...]:
        """The places of the output's parts in the orders of their clauses, from left to right (8.2.10)."""
        parts = [output] if len(self.outputs) == 1 else list(output.values())  # type: ignore[union-attr]
        return tuple(_place(part, clause.order) for clause, part in zip(self.outputs, parts, strict=True))

    def aggregate(self, session: Session, function: m.Aggregation, outputs: list[Any]) -> Value:
        """Put collected outputs together; compound ones can only be counted (8.2.10)."""
        if len(self.outputs) > 1 and function is not m.Aggregation.COUNT:
            session.warn(f"Expected one output to {function.lower()}, but the table has {len(self.outputs)}.")
            return None
        return AGGREGATIONS[function].evaluate({"outputs": outputs}, now=session.now, warnings=session.warnings)

    def without_match(self, scope: Scope, session: Session) -> Value:
        """What the table says when no rule matches: its defaults, else null, whatever the hit policy (10.3.2.10)."""
        if all(clause.default is None for clause in self.outputs):
            return None
        return self.composed([(clause.default or null_logic)(scope, session) for clause in self.outputs])

    def use(self, rules: Sequence[int], values: list[Value], value: Value, scope: Scope, session: Session) -> TableUse:
        """What an explanation says of this evaluation."""
        return TableUse(
            table=self.table.id,
            hit_policy=str(self.table.hit_policy),
            rules=tuple(self.matched(rule, values, scope, session) for rule in rules),
            value=value,
        )

    def matched(self, number: int, values: list[Value], scope: Scope, session: Session) -> MatchedRule:
        rule = self.table.rules[number]
        outputs = [entry(scope, session) for entry in self.entries[number]]
        return MatchedRule(
            number=number + 1,
            id=rule.id,
            inputs=tuple((clause.text, value) for clause, value in zip(self.clauses, values, strict=True)),
            conditions=tuple(entry.text for entry in rule.input_entries),
            outputs=tuple((clause.name, output) for clause, output in zip(self.outputs, outputs, strict=True)),
            annotations=annotations_of(self.table, rule),
        )


def annotations_of(table: m.DecisionTable, rule: m.DecisionRule) -> tuple[tuple[str, str], ...]:
    """The notes beside a rule by column, and its description under the name ``""``."""
    names = [clause.name or "" for clause in table.annotations]
    names += [""] * (len(rule.annotation_entries) - len(names))
    notes = [(name, entry.text) for name, entry in zip(names, rule.annotation_entries, strict=False) if entry.text]
    if rule.description:
        notes.append(("", rule.description))
    return tuple(notes)


def compile_table(expression: m.DecisionTable, static: Static) -> Logic:
    """Compile a decision table into logic."""
    return compiled_table(expression, static).evaluate


def compiled_table(expression: m.DecisionTable, static: Static) -> CompiledTable:
    """Compile a decision table; rules with too few or too many cells are reported, missing cells let pass."""
    _report_shape(expression, static)
    return CompiledTable(
        table=expression,
        clauses=tuple(_clause(expression, place, static) for place in range(len(expression.inputs))),
        outputs=tuple(_output(clause, expression, static) for clause in expression.outputs),
        entries=tuple(_entries(rule, expression, static) for rule in expression.rules),
    )


def _report_shape(table: m.DecisionTable, static: Static) -> None:
    if not table.outputs:
        static.report(table, "Expected the table to have an output, but it has none.")
    for number, rule in enumerate(table.rules, start=1):
        for what, cells, clauses in (
            ("conditions", rule.input_entries, table.inputs),
            ("outputs", rule.output_entries, table.outputs),
        ):
            if len(cells) != len(clauses):
                static.report(rule, f"Expected rule {number} to have {len(clauses)} {what}, but it has {len(cells)}.")


def _clause(table: m.DecisionTable, place: int, static: Static) -> CompiledClause:
    clause = table.inputs[place]
    text = (clause.input_expression.text or "").strip()
    type_ = static.type_named(clause.input_expression.type_ref, clause.input_expression)
    entries = [rule.input_entries[place] if place < len(rule.input_entries) else None for rule in table.rules]
    known: dict[str, tuple[Test, Cell] | None] = {}  # the same condition often stands in many rules
    for entry in entries:
        if entry is not None and entry.text not in known:
            known[entry.text] = _cell(entry, static)
    tests = [None if entry is None else known[entry.text] for entry in entries]
    compiled = tuple(test for test, _ in (each or (None, ANY_VALUE) for each in tests))
    cells = [cell for _, cell in (each or (None, ANY_VALUE) for each in tests)]

    def holds(rule: int, value: Value) -> bool:
        test = compiled[rule]
        return test is None or test.evaluate(value, {}) is True

    allowed = clause.input_values
    return CompiledClause(
        text=clause.label or text,
        logic=typed(static.logic(clause.input_expression), type_, f"“{text}”"),
        allowed=None if allowed is None or blank(allowed.text) else static.tests(allowed.text, allowed),
        cells=compiled,
        column=Column(cells, holds),
    )


def blank(text: str) -> bool:
    """Whether a cell says nothing: empty or a dash."""
    return text.strip() in ("", "-")


def _place(output: Value, order: Sequence[Value]) -> int:
    """The place of an output in the order of its clause; an unknown one comes last."""
    return next((place for place, value in enumerate(order) if equal(output, value) is True), len(order))


def _cell(entry: m.UnaryTests, static: Static) -> tuple[Test, Cell] | None:
    """A compiled cell and what is understood of it; a cell that is no FEEL never matches."""
    if blank(entry.text):
        return None
    if (language := static.foreign_language(entry.expression_language)) is not None:
        static.report(entry, f"Expected a condition in FEEL, but its language is “{language}”.")
        return NeverPasses(entry.text.strip()), OPAQUE
    tests = static.tests(entry.text, entry)
    if tests is None:
        return NeverPasses(entry.text.strip()), OPAQUE
    return tests, cell_of(tests.node)


def _output(clause: m.OutputClause, table: m.DecisionTable, static: Static) -> CompiledOutput:
    if clause.name is None and len(table.outputs) > 1:
        static.report(clause, "Expected each of several outputs to have a name, but one has none.")
    default = clause.default_output
    values = clause.output_values or static.types.allowed_values(clause.type_ref)
    return CompiledOutput(
        name=clause.name or table.output_label or "",
        default=None if default is None or not (default.text or "").strip() else static.logic(default),
        order=() if values is None else _order(values, static),
    )


def _order(values: m.UnaryTests, static: Static) -> tuple[Value, ...]:
    """The output values in their order, which is that of their priority."""
    tests = None if blank(values.text) else static.tests(values.text, values)
    if tests is None:
        return ()
    order = constants_of(tests.node)
    if order is None:
        static.report(values, f"Expected the output values “{values.text.strip()}” to be a list of constants.")
    return tuple(order or ())


def _entries(rule: m.DecisionRule, table: m.DecisionTable, static: Static) -> tuple[Logic, ...]:
    given = [static.logic(entry) for entry in rule.output_entries[: len(table.outputs)]]
    return tuple(given + [null_logic] * (len(table.outputs) - len(given)))
