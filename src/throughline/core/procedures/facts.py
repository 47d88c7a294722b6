"""
Facts of records for the hot path: only the members that charts read, set-wise, without building records.

The answer for a member is the one ``core.records.context.facts`` gives; a test compares them. Only what a type works
out from a whole record (``RecordSpec.facts``) needs one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from throughline.core.procedures.reads import Names
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.context import Context, facts
from throughline.core.records.models import Record
from throughline.core.records.spec import FieldType, RecordSpec
from throughline.flow.values import from_python

Read = Callable[[Any], Any]

_derived: dict[str, frozenset[str]] = {}


def facts_of_records(refs: Iterable[RecordRef], names: Names) -> dict[RecordRef, Context]:
    """
    Return the members ``names`` (None: all) of records of one type by reference; one query, or two.

    A record that does not exist has no context in the answer, one of a type that is not installed neither.
    """
    wanted = list(dict.fromkeys(refs))
    spec = registry.find(wanted[0].type) if wanted else None
    if spec is None:
        return {}
    if names is None:
        return facts(wanted)
    ids = [ref.id for ref in wanted]
    derived = names & _derived_names(spec, wanted[0])
    found = _read(spec, ids, sorted(names - derived))
    if derived:
        for record in spec.model._default_manager.filter(pk__in=ids).select_related(*spec.select_related):
            worked_out = spec.facts(record)
            found[RecordRef(spec.type, record.pk)].update({name: from_python(worked_out[name]) for name in derived})
    return found


def _derived_names(spec: RecordSpec, example: RecordRef) -> frozenset[str]:
    """Return the members that the type works out from a whole record; learnt from an example, once."""
    known = _derived.get(spec.type)
    if known is None:
        record = spec.model._default_manager.select_related(*spec.select_related).filter(pk=example.id).first()
        if record is None:
            return frozenset()
        known = _derived[spec.type] = frozenset(spec.facts(record))
    return known


def _read(spec: RecordSpec, ids: Sequence[int], names: Sequence[str]) -> dict[RecordRef, Context]:
    paths, reads = zip(*(_reading(spec, name) for name in names), strict=True) if names else ((), ())
    rows = spec.model._default_manager.filter(pk__in=ids).values_list("pk", *paths)
    found: dict[RecordRef, Context] = {}
    for key, *row in rows:
        found[RecordRef(spec.type, key)] = {
            name: read(value) for name, read, value in zip(names, reads, row, strict=True)
        }
    return found


_LINKED = {"owner_name": "owner__name", "team_name": "team__name"}


def _reading(spec: RecordSpec, name: str) -> tuple[str, Read]:
    """Return where a member is read, and how the column's value becomes a FEEL value."""
    if name == "type":
        return "pk", lambda _: spec.type
    if name == "number":
        return "pk", _number_of(spec)
    if name in _LINKED:
        return _LINKED[name], from_python
    field = spec.by_name.get(name)
    if field is None:
        return "custom", lambda custom: from_python(custom.get(name))
    if field.type is FieldType.TEAM:
        return f"{field.source}__key", from_python
    if field.type is FieldType.LONG_TEXT:
        return field.column, from_python
    return field.column, _value


def _value(value: Any) -> Any:
    return None if value == "" else from_python(value)


def _number_of(spec: RecordSpec) -> Read:
    """Return how a key becomes the record's number; types with a rule of their own are asked."""
    prefix = spec.model.number_prefix
    if spec.model.number is Record.number:
        return lambda key: f"{prefix}-{key}"
    return lambda key: spec.model(id=key).number
