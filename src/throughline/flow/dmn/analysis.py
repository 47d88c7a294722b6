"""
What can be wrong with a decision table, found without running it.

Theory of operation. A rule is a box in the space of inputs (`space`). The sweep goes through the columns one by one;
the atoms of a column that leave the same rules alive are taken together, so that a gap comes out as few large boxes
instead of many small ones, and what has been seen with the same rules alive is not looked at again:

- a **gap** is a box in which no rule is alive;
- two rules **overlap** when their cells share an atom in every column; whether that matters depends on the hit policy;
- a rule is **shadowed** when the rules that come before it leave no part of its box;
- a rule **never** matches when one of its cells lets nothing pass.

Rules with a cell that reads other values cannot be placed: they are taken to fill no gap for certain and to leave
none, so that every finding holds whatever they do. A space too large to sweep within `MOST_STEPS` is reported as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from throughline.flow.dmn import model as m
from throughline.flow.dmn.cells import ANY_VALUE, OPAQUE, Cell, cell_of, constants_of
from throughline.flow.dmn.hit_policies import LISTING
from throughline.flow.dmn.index import rules_of
from throughline.flow.dmn.names import names_in
from throughline.flow.dmn.space import ColumnSpace, axis_named, axis_of_stretch
from throughline.flow.feel import FeelSyntaxError, compile_unary_tests
from throughline.flow.feel.nodes import Name, UnaryTests
from throughline.flow.values import Value, feel_text

MOST_STEPS = 200_000
MOST_OF_A_KIND = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One thing to say about a table.

    ``kind``: ``gap``, ``overlap``, ``conflict``, ``shadowed``, ``never``, ``output``, ``type`` (a condition compares
    with another type than its column's), ``name`` (a text without quotes) or ``unanalysed``; ``severity``:
    ``error``, ``warning`` or ``info``. ``rules`` are numbers from 1, ``rule_ids`` their ids. ``example`` is an input by
    the FEEL text of its clause, a value that shows the finding; a column that does not matter is left out.
    """

    kind: str
    severity: str
    message: str
    rules: tuple[int, ...] = ()
    rule_ids: tuple[str | None, ...] = ()
    example: Mapping[str, Value] = field(default_factory=dict)


def analyse(table: m.DecisionTable, model: m.Definitions | None = None) -> tuple[Finding, ...]:
    """
    Find gaps, overlaps, shadowed rules and rules that never match.

    ``model``: the model of the table; its item definitions say which values an input can have.
    """
    sweep = _Sweep(table, model)
    looks = (
        sweep.mistyped,
        sweep.unquoted,
        sweep.unanalysed,
        sweep.never,
        sweep.overlaps,
        sweep.shadowed,
        sweep.gaps,
        sweep.outputs,
    )
    return tuple(finding for look in looks for finding in look())


Box = tuple[tuple[int, ...], ...]
"""For each column the numbers of its atoms; fewer than there are columns when the others do not matter."""


class _Sweep:
    """The analysis of one table."""

    def __init__(self, table: m.DecisionTable, model: m.Definitions | None) -> None:
        self.table = table
        self.model = model
        self.columns = [_column(table, place, model) for place in range(len(table.inputs))]
        self.everything = (1 << len(table.rules)) - 1
        self.unsure = 0
        for column in self.columns:
            for mask in column.possible:
                self.unsure |= mask
        self.steps = 0

    # --- findings ---

    def mistyped(self) -> Iterator[Finding]:
        """Conditions that compare with values of another type than the column is declared to have."""
        for place, column in enumerate(self.columns):
            declared = axis_named(_definition(self.table.inputs[place].input_expression.type_ref, self.model)[1])
            strange: dict[str, list[int]] = {}
            for rule, cell in enumerate(column.cells):
                for kind in dict.fromkeys(
                    axis.kind for axis in map(axis_of_stretch, cell.stretches) if axis is not None
                ):
                    if declared is not None and kind != declared.kind:
                        strange.setdefault(kind, []).append(rule)
            for kind, rules in strange.items():
                compares = "compares" if len(rules) == 1 else "compare"
                yield self.finding(
                    "type",
                    "error",
                    f"{_numbers(rules)} {compares} {column.name} with a {kind}, but it is declared as "
                    f"{declared.kind if declared else 'Any'}. Change the type of the column or the condition.",
                    rules,
                )

    def unquoted(self) -> Iterator[Finding]:
        """Conditions that are a single word nothing declares: most likely a text without its quotes."""
        known = set() if self.model is None else set(names_in(self.model))
        known |= {_first_word(clause.input_expression.text or "") for clause in self.table.inputs}
        for rule, each in enumerate(self.table.rules):
            for entry in each.input_entries:
                parsed = None if entry.text.strip() in ("", "-") else _parsed(entry.text)
                words = [test.name for test in (parsed.tests or () if parsed else ()) if isinstance(test, Name)]
                for word in (word for word in words if word not in known):
                    message = (
                        f"Rule {rule + 1} compares with {word}, which is no name here. A text is written in quotes."
                    )
                    yield self.finding("name", "error", message, [rule])

    def unanalysed(self) -> Iterator[Finding]:
        rules = list(rules_of(self.unsure))
        if rules:
            yield self.finding(
                "unanalysed",
                "info",
                f"{_numbers(rules)} cannot be analysed, because a condition depends on more than constants.",
                rules,
            )

    def never(self) -> Iterator[Finding]:
        for column in self.columns:
            for rule in column.never:
                message = f"Rule {rule + 1} never matches, because no {column.name} passes its condition."
                yield self.finding("never", "warning", message, [rule])

    def overlaps(self) -> Iterator[Finding]:
        if self.table.hit_policy not in (m.HitPolicy.UNIQUE, m.HitPolicy.ANY):
            return
        found = 0
        for one, other in self.pairs():
            if self.table.hit_policy is m.HitPolicy.ANY and self.says(one) == self.says(other):
                continue
            found += 1
            if found <= MOST_OF_A_KIND:
                yield self.overlap(one, other)
        if found > MOST_OF_A_KIND:
            yield self.finding("overlap", "error", f"{found - MOST_OF_A_KIND} more pairs of rules overlap.", [])

    def overlap(self, one: int, other: int) -> Finding:
        box = tuple(self.shared(column, one, other) for column in self.columns)
        when = self.when(box)
        if self.table.hit_policy is m.HitPolicy.ANY:
            message = f"Rules {one + 1} and {other + 1} both match{when} but say different things."
            return self.finding("conflict", "error", message, [one, other], box)
        message = f"Rules {one + 1} and {other + 1} both match{when}; a table of unique rules then decides nothing."
        return self.finding("overlap", "error", message, [one, other], box)

    def shadowed(self) -> Iterator[Finding]:
        stronger = {m.HitPolicy.FIRST: self.earlier, m.HitPolicy.PRIORITY: self.preferred}.get(self.table.hit_policy)
        if stronger is None:
            return
        never = {rule for column in self.columns for rule in column.never}
        found = 0
        for rule in range(len(self.table.rules)):
            others = stronger(rule) & ~self.unsure
            if rule in never or self.unsure >> rule & 1 or not others:
                continue
            if covering := self.covering(rule, others):
                come = "comes" if len(covering) == 1 else "come"
                message = f"Rule {rule + 1} is never used: {_numbers(covering)} {come} first wherever it matches."
                yield self.finding("shadowed", "warning", message, [rule, *covering])
                found += 1
                if found == MOST_OF_A_KIND:
                    yield self.finding("shadowed", "warning", "Rules after this one may be shadowed too.", [])
                    return

    def gaps(self) -> Iterator[Finding]:
        if any(clause.default_output is not None for clause in self.table.outputs) or not self.columns:
            return
        severity = "info" if self.table.hit_policy in LISTING else "warning"
        boxes = self.empty_boxes(0, self.everything, {})
        for box in boxes[:MOST_OF_A_KIND]:
            yield self.finding("gap", severity, f"No rule matches{self.when(box)}.", [], box)
        if len(boxes) > MOST_OF_A_KIND:
            yield self.finding("gap", severity, "There are more gaps than these.", [])
        elif self.steps > MOST_STEPS:
            message = "The table is too large to look for gaps everywhere; there may be more than those told."
            yield self.finding("unanalysed", "info", message, [])

    def outputs(self) -> Iterator[Finding]:
        """Rules whose output is not one of the output values of its clause."""
        for place, clause in enumerate(self.table.outputs):
            order = _constants(clause.output_values)
            for number, rule in enumerate(self.table.rules):
                if not order or place >= len(rule.output_entries):
                    continue
                given = _constants(m.UnaryTests(text=rule.output_entries[place].text or "-"))
                if given and len(given) == 1 and given[0] not in order:
                    message = f"Rule {number + 1} gives {feel_text(given[0])}, which is none of the output values."
                    yield self.finding("output", "warning", message, [number])

    # --- the sweep ---

    def empty_boxes(self, place: int, alive: int, known: dict[tuple[int, int], list[Box]]) -> list[Box]:
        """
        The boxes from this column on in which none of the rules is alive, at most one more than are told.

        Groups of atoms behind which the same box is empty are put together. ``known`` keeps what has been found. After
        `MOST_STEPS` nothing more is looked for; what has been found holds.
        """
        if not alive:
            return [()]
        if place == len(self.columns) or self.steps > MOST_STEPS:
            return []
        if (place, alive) not in known:
            found: dict[Box, list[int]] = {}
            for rules, atoms in self.grouped(place, alive):
                for rest in self.empty_boxes(place + 1, rules, known):
                    found.setdefault(rest, []).extend(atoms)
            boxes = [(tuple(sorted(atoms)), *rest) for rest, atoms in found.items()]
            known[place, alive] = boxes[: MOST_OF_A_KIND + 1]
        return known[place, alive]

    def grouped(self, place: int, alive: int) -> Iterator[tuple[int, tuple[int, ...]]]:
        """The atoms of a column, those together that leave the same rules alive."""
        column = self.columns[place]
        groups: dict[int, list[int]] = {}
        for atom, (certain, possible) in enumerate(zip(column.certain, column.possible, strict=True)):
            groups.setdefault((certain | possible) & alive, []).append(atom)
        self.steps += len(column.atoms)
        return ((rules, tuple(atoms)) for rules, atoms in groups.items())

    def covering(self, rule: int, others: int) -> list[int]:
        """The rules among ``others`` that together cover the box of the rule; none when they leave a part of it."""
        boxes = [[atom for atom, mask in enumerate(column.certain) if mask >> rule & 1] for column in self.columns]
        used = 0
        seen: set[tuple[int, int]] = set()
        waiting = [(0, others)]
        while waiting:
            place, alive = waiting.pop()
            if not alive:
                return []
            if (place, alive) in seen:
                continue
            seen.add((place, alive))
            if place == len(self.columns):
                used |= alive & -alive
                continue
            certain = self.columns[place].certain
            waiting.extend((place + 1, rules) for rules in {alive & certain[atom] for atom in boxes[place]})
            if len(seen) > MOST_STEPS:
                return []
        return list(rules_of(used))

    def pairs(self) -> Iterator[tuple[int, int]]:
        """The pairs of rules that share an input, in order, those that can be placed only."""
        reach = [self.everything & ~self.unsure] * len(self.table.rules)
        for column in self.columns:
            near = [0] * len(self.table.rules)
            for mask in set(column.certain):
                for rule in rules_of(mask & ~self.unsure):
                    near[rule] |= mask
            reach = [mask & more for mask, more in zip(reach, near, strict=True)]
        for one, mask in enumerate(reach):
            if not self.unsure >> one & 1:
                yield from ((one, other) for other in rules_of(mask >> (one + 1) << (one + 1)))

    @staticmethod
    def shared(column: ColumnSpace, one: int, other: int) -> tuple[int, ...]:
        return tuple(atom for atom, mask in enumerate(column.certain) if mask >> one & 1 and mask >> other & 1)

    @staticmethod
    def earlier(rule: int) -> int:
        return (1 << rule) - 1

    def preferred(self, rule: int) -> int:
        """The rules of higher priority, and those of the same that come before."""
        own = self.rank(rule)
        stronger = 0
        for other in range(len(self.table.rules)):
            rank = self.rank(other)
            if own is not None and rank is not None and (rank, other) < (own, rule):
                stronger |= 1 << other
        return stronger

    def rank(self, rule: int) -> tuple[int, ...] | None:
        """The priority of a rule's outputs; None when they are not constants."""
        places: list[int] = []
        for clause, entry in zip(self.table.outputs, self.table.rules[rule].output_entries, strict=False):
            order = _constants(clause.output_values) or []
            given = _constants(m.UnaryTests(text=entry.text or "-"))
            if order and (not given or len(given) != 1):
                return None
            places.append(order.index(given[0]) if order and given and given[0] in order else len(order))
        return tuple(places)

    def says(self, rule: int) -> list[Any]:
        """What a rule gives, to compare it with another's: constants by value, else the text."""
        return [
            _constants(m.UnaryTests(text=entry.text or "-")) or (entry.text or "").strip()
            for entry in self.table.rules[rule].output_entries
        ]

    # --- words ---

    def when(self, box: Box) -> str:
        words = [column.words(atoms) for column, atoms in zip(self.columns, box, strict=False)]
        told = " and ".join(word for word in words if word)
        return f" when {told}" if told else " for any input"

    def finding(self, kind: str, severity: str, message: str, rules: Sequence[int], box: Box | None = None) -> Finding:
        example = {} if box is None else self.example(box)
        if example:
            shown = ", ".join(f"{name} = {feel_text(value)}" for name, value in example.items())
            message = f"{message.rstrip('.')} (for example {shown})."
        return Finding(
            kind=kind,
            severity=severity,
            message=message,
            rules=tuple(rule + 1 for rule in rules),
            rule_ids=tuple(self.table.rules[rule].id for rule in rules),
            example=example,
        )

    def example(self, box: Box) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for place, column in enumerate(self.columns):
            atoms = box[place] if place < len(box) else tuple(range(len(column.atoms)))
            value = column.example(atoms)
            if value is not None:
                found[column.text] = value
        return found


def _numbers(rules: Sequence[int]) -> str:
    numbers = [str(rule + 1) for rule in rules]
    return f"Rule {numbers[0]}" if len(numbers) == 1 else f"Rules {', '.join(numbers[:-1])} and {numbers[-1]}"


def _column(table: m.DecisionTable, place: int, model: m.Definitions | None) -> ColumnSpace:
    clause = table.inputs[place]
    item, base = _definition(clause.input_expression.type_ref, model)
    declared = clause.input_values or (item.allowed_values if item is not None else None)
    cells = [_cell(rule.input_entries[place]) if place < len(rule.input_entries) else ANY_VALUE for rule in table.rules]
    text = (clause.input_expression.text or "").strip()
    name = clause.label or text or f"input {place + 1}"
    return ColumnSpace(name, text or name, cells, axis_named(base), None if declared is None else _cell(declared))


def _definition(reference: str | None, model: m.Definitions | None) -> tuple[m.ItemDefinition | None, str]:
    """The item definition that narrows a type, if one does, and the name of the type below it."""
    known = {} if model is None else {item.name: item for item in model.item_definitions}
    narrowing: m.ItemDefinition | None = None
    name, passed = (reference or "").strip(), set[str]()
    while name in known and name not in passed:
        passed.add(name)
        item = known[name]
        if item.is_collection:
            return None, ""
        narrowing = narrowing or (item if item.allowed_values is not None else None)
        name = (item.type_ref or "").strip()
    return narrowing, name.rpartition(":")[2]


def _first_word(text: str) -> str:
    return text.strip().partition(".")[0]


def _cell(entry: m.UnaryTests) -> Cell:
    text = entry.text.strip()
    if text in ("", "-"):
        return ANY_VALUE
    parsed = _parsed(text)
    return OPAQUE if parsed is None else cell_of(parsed)


def _constants(entry: m.UnaryTests | None) -> list[Value] | None:
    parsed = None if entry is None or entry.text.strip() in ("", "-") else _parsed(entry.text)
    return None if parsed is None else constants_of(parsed)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> UnaryTests | None:
    try:
        return compile_unary_tests(text).node
    except FeelSyntaxError:
        return None
