"""Facts about records for FEEL: the contexts that charts, tables and gates read (``lead.region``), made set-wise."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, overload

from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.spec import FieldType, RecordSpec
from throughline.flow.values import Value, from_python

Context = dict[str, Value]


@overload
def facts(refs: RecordRef) -> Context: ...
@overload
def facts(refs: Iterable[RecordRef]) -> dict[RecordRef, Context]: ...
def facts(refs: RecordRef | Iterable[RecordRef]) -> Context | dict[RecordRef, Context]:
    """
    Return the FEEL context of one record, or of many by reference; one query per record type.

    The context has every field of the type by name. Links are keys (``lead.owner`` is a number, ``lead.team`` the
    team's key text) with ``owner_name`` and ``team_name`` beside them; ``id``, ``number``, ``type`` and the custom
    fields are members too. A record that does not exist has no context in the answer for many.

    Raises:
        LookupError: one record was asked for and does not exist.
    """
    if isinstance(refs, RecordRef):
        found = _facts_of([refs])
        if refs not in found:
            raise LookupError(f"Expected record {refs} to exist, but it does not.")
        return found[refs]
    return _facts_of(refs)


def _facts_of(refs: Iterable[RecordRef]) -> dict[RecordRef, Context]:
    by_type: dict[str, list[int]] = {}
    for ref in refs:
        by_type.setdefault(ref.type, []).append(ref.id)
    found: dict[RecordRef, Context] = {}
    for record_type, ids in by_type.items():
        spec = registry.get(record_type)
        rows = spec.model._default_manager.filter(pk__in=ids).select_related(*spec.select_related)
        found.update({RecordRef(record_type, row.pk): facts_of(spec, row) for row in rows})
    return found


def facts_of(spec: RecordSpec, record: Any, names: Collection[str] | None = None) -> Context:
    """
    Return the FEEL context of a loaded record (``spec.select_related`` followed; otherwise each link is a query).

    ``names`` narrows to these members: what is not asked for is neither read nor worked out.
    """
    wanted = names if names is not None else names_of(spec)
    return {name: _member(spec, record, name) for name in wanted}


def names_of(spec: RecordSpec) -> frozenset[str]:
    """Return the members that a record of the type has in expressions."""
    return frozenset((*spec.by_name, *_BESIDE, *spec.facts))


def _member(spec: RecordSpec, record: Any, name: str) -> Value:
    if name in spec.facts:
        return from_python(spec.facts[name].value_of(record))
    if name in _BESIDE:
        return _BESIDE[name](spec, record)
    described = spec.by_name.get(name)
    return None if described is None else _value(described.type, described.value_of(record), described, record)


_BESIDE: dict[str, Callable[[RecordSpec, Any], Value]] = {
    "type": lambda spec, _record: spec.type,
    "number": lambda _spec, record: record.number,
    "owner_name": lambda _spec, record: record.owner.name if record.owner_id else None,
    "team_name": lambda _spec, record: record.team.name if record.team_id else None,
}
"""Members that are no fields."""


def _value(kind: FieldType, value: Any, described: Any, record: Any) -> Value:
    if kind is FieldType.TEAM:
        team = described.linked(record)
        return team.key if team is not None else None
    if value == "" and kind is not FieldType.LONG_TEXT:
        return None
    return from_python(value)
