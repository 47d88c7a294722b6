"""
Formula and roll-up fields: worked out when something they rest on is written, and kept like any other value.

Theory of operation. A formula reads fields of its own record, so every write of the record works it out again, in the
order in which formulas rest on one another. A roll-up counts records of another type that point here by a link field;
a write of such a record works out the roll-ups of the record it points at, and of the one it pointed at before, with
one query per roll-up, the parents locked in key order. What follows from that (formulas over the roll-up, roll-ups of
the parent's parent) follows at once, in the same transaction. Kept, not worked out at reading: so they are filtered,
sorted, indexed and exported like the others (ADR 0061). Values that follow are no changes people made: they raise no
version and stand in no journal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import Any

import msgspec
from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from throughline.core.records import registry, unit_of_work
from throughline.core.records.custom import live
from throughline.core.records.custom.expressions import checked, compiled, evaluate, reads_of
from throughline.core.records.custom.models import CustomField
from throughline.core.records.spec import NUMBERS, TIMES, FieldSpec, FieldType, RecordSpec
from throughline.core.records.values import read_value
from throughline.core.refusals import Refusal
from throughline.flow.values import to_python


class Rollup(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    What is worked out over records of ``type`` whose field ``link`` points here: ``function`` of ``field``.

    ``where``: field → value that the counted records must have. ``open`` shows the figure to everybody who sees the
    record; otherwise only to those who see all records that are counted.
    """

    function: str
    type: str
    link: str
    field: str = ""
    where: dict[str, Any] = {}
    open: bool = False


FUNCTIONS: dict[str, Any] = {"count": Count, "sum": Sum, "min": Min, "max": Max}


def rollup_of(custom: CustomField) -> Rollup:
    """Return what a roll-up field counts."""
    return msgspec.convert(custom.rollup, Rollup)


# -- Formulas ----------------------------------------------------------------------------------------------------------


def formulas(spec: RecordSpec) -> Sequence[tuple[FieldSpec, str]]:
    """Return the formula fields of a type with their texts, each behind those it rests on."""
    held = live.current()
    ordered: Sequence[tuple[FieldSpec, str]] = held.remembered(("formulas", spec.type), lambda: _ordered(spec, held))
    return ordered


def _ordered(spec: RecordSpec, held: live.Definitions) -> list[tuple[FieldSpec, str]]:
    texts = {each.key: each.formula for each in held.fields.get(spec.type, ()) if each.formula}
    return [(spec.field(key), texts[key]) for key in in_order(spec, texts) if key in spec.by_name]


def in_order(spec: RecordSpec, texts: dict[str, str]) -> list[str]:
    """
    Return the keys of formulas, each behind those it reads.

    Raises:
        Refusal: some rest on one another in a circle.
    """
    rests_on = {key: reads_of(compiled(text, spec.type), spec) & texts.keys() for key, text in texts.items()}
    try:
        return list(TopologicalSorter(rests_on).static_order())
    except CycleError as circle:
        names = " → ".join(circle.args[1])
        raise Refusal("formulas_in_a_circle", f"These formulas rest on one another: {names}.", "formula") from circle


def fill(spec: RecordSpec, record: Any, at: datetime) -> bool:
    """Work out all formulas of a loaded record; return whether a value changed."""
    is_changed = False
    for described, text in formulas(spec):
        value = _result(described, to_python(evaluate(compiled(text, spec.type), spec, record, at)))
        if value != described.value_of(record):
            described.put(record, value)
            is_changed = True
    return is_changed


def _result(described: FieldSpec, value: Any) -> Any:
    """Return the value that was worked out as its field keeps it; what is of another type is nothing."""
    try:
        return read_value(described, value)
    except (ValueError, TypeError):
        return read_value(described, None)


def check_formula(spec: RecordSpec, key: str, text: str) -> None:
    """
    Refuse a formula that cannot be read, reads what there is not, or closes a circle.

    Raises:
        Refusal: as said.
    """
    expression = checked(text, spec, field="formula", timeless=True)
    if key in reads_of(expression, spec):
        raise Refusal("formulas_in_a_circle", "A formula cannot read itself.", "formula")
    others = {each.key: each.formula for each in live.current().fields.get(spec.type, ()) if each.formula}
    in_order(spec, {**others, key: text})


# -- Roll-ups ----------------------------------------------------------------------------------------------------------


def rollups_over(child_type: str) -> Sequence[tuple[CustomField, Rollup]]:
    """Return the roll-up fields of any type that count records of this one."""
    held = live.current()

    def made() -> list[tuple[CustomField, Rollup]]:
        every = [each for fields in held.fields.values() for each in fields if each.rollup]
        return [(each, rollup) for each in every if (rollup := rollup_of(each)).type == child_type]

    found: Sequence[tuple[CustomField, Rollup]] = held.remembered(("rollups", child_type), made)
    return found


def concerns(child: RecordSpec, columns: Collection[str]) -> bool:
    """Whether a write of these columns can change what a roll-up counts."""
    over = rollups_over(child.type)
    return bool(over) and not _counting(child, over).isdisjoint(columns)


def _counting(child: RecordSpec, over: Sequence[tuple[CustomField, Rollup]]) -> frozenset[str]:
    def made() -> frozenset[str]:
        names = {name for _, rollup in over for name in (rollup.link, rollup.field, *rollup.where) if name}
        columns = {"custom" if child.field(name).custom else child.field(name).column for name in names}
        return frozenset(columns | {"deleted_at"})

    found: frozenset[str] = live.current().remembered(("counting", child.type), made)
    return found


Pointed = dict[str, set[int]]
"""Name of a link field → keys of the records that are pointed at."""


def pointed_at(child: RecordSpec, records: Iterable[Any]) -> Pointed:
    """Return what loaded records point at, by the links that roll-ups go along."""
    links = {rollup.link for _, rollup in rollups_over(child.type)}
    return _collect(
        child, links, [[child.field(name).value_of(record) for name in sorted(links)] for record in records]
    )


def pointed_at_before(child: RecordSpec, ids: Sequence[int]) -> Pointed:
    """Return what records point at as they are stored; no query where no roll-up counts them."""
    links = {rollup.link for _, rollup in rollups_over(child.type)}
    if not links or not ids:
        return {}
    columns = [child.field(name).column for name in sorted(links)]
    return _collect(child, links, child.model._default_manager.filter(pk__in=ids).values_list(*columns))


def _collect(_child: RecordSpec, links: set[str], rows: Iterable[Sequence[Any]]) -> Pointed:
    found: Pointed = {name: set() for name in links}
    for row in rows:
        for name, key in zip(sorted(links), row, strict=True):
            if key is not None:
                found[name].add(key)
    return found


def roll_up(child: RecordSpec, *pointed: Pointed, at: datetime) -> None:
    """Work out the roll-ups of all records that are or were pointed at."""
    for name in sorted({name for each in pointed for name in each}):
        keys = sorted({key for each in pointed for key in each.get(name, ())})
        by_parent: dict[str, list[tuple[CustomField, Rollup]]] = {}
        for custom, rollup in rollups_over(child.type):
            if rollup.link == name:
                by_parent.setdefault(custom.record_type, []).append((custom, rollup))
        for parent_type, wanted in by_parent.items():
            _roll_up(registry.get(parent_type), child, wanted, keys, at)


def _roll_up(
    parent: RecordSpec,
    child: RecordSpec,
    wanted: Sequence[tuple[CustomField, Rollup]],
    keys: Sequence[int],
    at: datetime,
) -> None:
    rows = parent.model._default_manager.filter(pk__in=keys).select_related(*parent.select_related)
    parents = {row.pk: row for row in rows.order_by("pk").select_for_update(of=("self",))}
    unit = unit_of_work.current()
    if unit is not None:
        parents = unit.lock(parent, sorted(parents), lambda missing: [parents[key] for key in missing])
    changed = set()
    for custom, rollup in wanted:
        described = parent.by_name.get(custom.key)
        if described is None:
            continue
        figures = _figures(child, rollup, list(parents))
        for key, record in parents.items():
            value = figures.get(key, 0 if rollup.function in ("count", "sum") else None)
            if (kept := _result(described, value)) != described.value_of(record):
                described.put(record, kept)
                changed.add(key)
    write_derived(parent, [parents[key] for key in sorted(changed)], at)


def _figures(child: RecordSpec, rollup: Rollup, keys: Sequence[int]) -> dict[int, Any]:
    link = child.field(rollup.link).column
    rows: QuerySet[Any] = child.model._default_manager.filter(
        _where(child, rollup), deleted_at=None, sandbox=False, **{f"{link}__in": keys}
    )
    function = FUNCTIONS[rollup.function]("pk" if rollup.function == "count" else child.field(rollup.field).column)
    return dict(rows.order_by().values(link).annotate(figure=function).values_list(link, "figure"))


def _where(child: RecordSpec, rollup: Rollup) -> Q:
    found = Q()
    for name, value in rollup.where.items():
        described = child.field(name)
        found &= Q(**{described.column: read_value(described, value)})
    return found


def write_derived(spec: RecordSpec, records: Sequence[Any], at: datetime) -> None:
    """Write custom values that follow from others, and what follows from them in turn."""
    if not records:
        return
    for record in records:
        fill(spec, record, at)
    unit_of_work.write_records(spec, [(record, {"custom"}) for record in records])
    roll_up(spec, pointed_at(spec, records), at=at)


def check_rollup(spec: RecordSpec, rollup: Rollup) -> None:
    """
    Refuse a roll-up that counts nothing there is, or that would count itself round a circle.

    Raises:
        Refusal: as said.
    """
    child = registry.find(rollup.type)
    link = child.by_name.get(rollup.link) if child else None
    if child is None or link is None or link.type is not FieldType.RECORD or link.to != spec.type or link.is_through:
        raise Refusal(
            "no_such_link", f"Choose records that point at a {spec.label.lower()}, and by which field.", "link"
        )
    if rollup.function not in FUNCTIONS:
        raise Refusal("no_such_function", "Choose what to work out: count, sum, min or max.", "function")
    if rollup.function != "count":
        counted = child.by_name.get(rollup.field)
        fitting = NUMBERS if rollup.function == "sum" else NUMBERS | TIMES
        if counted is None or counted.type not in fitting or counted.is_through:
            raise Refusal("no_such_field", f"Choose a field of {child.plural.lower()} that has figures.", "rolled")
    for name, value in rollup.where.items():
        if name not in child.by_name or child.by_name[name].is_through:
            raise Refusal("no_such_field", f"{child.plural} have no field {name} to choose by.", "where_field")
        try:
            read_value(child.field(name), value)
        except ValueError as wrong:
            raise Refusal("unreadable_value", str(wrong), "where_value") from wrong
    _refuse_circle(spec.type, rollup.type)


def _refuse_circle(parent: str, child: str) -> None:
    edges: dict[str, set[str]] = {parent: {child}}
    for fields in live.current().fields.values():
        for each in fields:
            if each.rollup:
                edges.setdefault(each.record_type, set()).add(rollup_of(each).type)
    waiting, seen = [child], set()
    while waiting:
        at = waiting.pop()
        if at == parent:
            raise Refusal("rollups_in_a_circle", "This would count round in a circle. Leave one of the roll-ups out.")
        if at not in seen:
            seen.add(at)
            waiting.extend(edges.get(at, ()))
