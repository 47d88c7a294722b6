"""
Facts of records for the hot path: only the members that charts read, set-wise, without building records.

The answer for a member is the one ``core.records.context.facts`` gives; a test compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from throughline.core.procedures.reads import Names
from throughline.core.recordref import RecordRef
from throughline.core.records import registry, unit_of_work
from throughline.core.records.context import Context, facts
from throughline.core.records.models import Record
from throughline.core.records.spec import FieldType, RecordSpec, follow
from throughline.flow.values import from_python

WorkOut = Callable[..., Any]
"""From what stands at a member's paths to its FEEL value."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a record said: the values it was worked out from (empty when all members were read), and its context."""

    row: tuple[Any, ...]
    context: Context


def facts_of_records(
    refs: Iterable[RecordRef], names: Names, before: Mapping[RecordRef, Seen] | None = None
) -> dict[RecordRef, Seen]:
    """
    Return the members ``names`` (None: all) of records of one type by reference; one query.

    ``before``: what was seen of them earlier; members whose values are the same are not worked out again. A record
    that does not exist has no context in the answer, one of a type that is not installed neither.
    """
    wanted = list(dict.fromkeys(refs))
    spec = registry.find(wanted[0].type) if wanted else None
    if spec is None:
        return {}
    if names is None:
        return {ref: Seen((), context) for ref, context in facts(wanted).items()}
    return _read(spec, [ref.id for ref in wanted], sorted(names), before or {})


def _read(
    spec: RecordSpec, ids: Sequence[int], names: Sequence[str], before: Mapping[RecordRef, Seen]
) -> dict[RecordRef, Seen]:
    """Read the columns behind the members, each once, and work the members out of them."""
    members = [(name, *_reading(spec, name)) for name in names]
    columns = list(dict.fromkeys(path for _, paths, _ in members for path in paths))
    places = {path: place for place, path in enumerate(columns, 1)}
    plan = [(name, [places[path] for path in paths], work_out) for name, paths, work_out in members]
    found: dict[RecordRef, Seen] = {}
    for row in _rows(spec, ids, columns):
        ref = RecordRef(spec.type, row[0])
        known = before.get(ref)
        if known is None or known.row != row:
            known = Seen(row, dict(_members(plan, row, known)))
        found[ref] = known
    return found


def _members(
    plan: Iterable[tuple[str, list[int], WorkOut]], row: tuple[Any, ...], known: Seen | None
) -> Iterator[tuple[str, Any]]:
    for name, read, work_out in plan:
        if known is not None and all(known.row[place] == row[place] for place in read):
            yield name, known.context[name]
        else:
            yield name, work_out(*[row[place] for place in read])


def _rows(spec: RecordSpec, ids: Sequence[int], columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Give the key and these columns of records, out of the unit of work where they are held there."""
    unit = unit_of_work.current()
    relations = [path.rpartition("__")[0] for path in columns if "__" in path]
    held = {} if unit is None or any("__" in path for path in relations) else unit.find(spec, ids, relations)
    for record in held.values():
        own = record.__dict__
        yield record.pk, *[own[path] if path in own else follow(record, path) for path in columns]
    missing = [key for key in ids if key not in held]
    if missing:
        yield from spec.model._default_manager.filter(pk__in=missing).values_list("pk", *columns)


_LINKED = {"owner_name": "owner__name", "team_name": "team__name"}


def _reading(spec: RecordSpec, name: str) -> tuple[tuple[str, ...], WorkOut]:
    """Return which paths a member is read from, and how what stands there becomes a FEEL value."""
    if name in spec.facts:
        derived = spec.facts[name]
        return derived.reads, lambda *read: from_python(derived.of(*read))
    if name == "type":
        return (), lambda: spec.type
    if name == "number":
        return ("pk",), _number_of(spec)
    if name in _LINKED:
        return (_LINKED[name],), from_python
    field = spec.by_name.get(name)
    if field is None:
        return (), lambda: None
    if field.custom:
        return ("custom",), lambda custom: _value(field.read_custom(custom))
    if field.type is FieldType.TEAM:
        return (f"{field.source}__key",), from_python
    if field.type is FieldType.LONG_TEXT:
        return (field.column,), from_python
    return (field.column,), _value


def _value(value: Any) -> Any:
    return None if value == "" else from_python(value)


def _number_of(spec: RecordSpec) -> WorkOut:
    """Return how a key becomes the record's number; types with a rule of their own are asked."""
    prefix = spec.model.number_prefix
    if spec.model.number is Record.number:
        return lambda key: f"{prefix}-{key}"
    return lambda key: spec.model(id=key).number
