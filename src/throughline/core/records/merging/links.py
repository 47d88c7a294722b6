"""
What points at records of a type, found in the tables themselves, so that a new one takes part without being named.

Two ways to point: a foreign key, and the pair ``record_type`` and ``record_id``. What tells of the past or is worked
out of the record stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.apps import apps
from django.db import connection
from django.db.models import Model, Q, UniqueConstraint

from throughline.core.records import registry
from throughline.core.records.spec import RecordSpec

STAYS = frozenset(
    {
        "journal.entry", "journal.personalvalues", "records.searchrow", "matching.recordkeys", "matching.likelypair",
        "merging.merge", "imports.importedrecord",
    }
)  # fmt: skip
"""Tables that tell what was, or are fed anew from the record."""


@dataclass(frozen=True, slots=True)
class Link:
    """A column of a table that points at records of a type. ``typed``: beside it stands the type's name."""

    model: type[Model]
    column: str
    typed: bool

    @property
    def label(self) -> str:
        """The table's name as Django writes it (``deals.deal``)."""
        return self.model._meta.label_lower

    def rows(self, spec: RecordSpec, record_id: int) -> Any:
        """Return the rows that point at a record."""
        typed = {"record_type": spec.type} if self.typed else {}
        return self.model._base_manager.filter(**{self.column: record_id}, **typed)

    @property
    def plural(self) -> str:
        """How people call several of the rows."""
        found = next((each for each in registry.everything() if each.model is self.model), None)
        return found.plural.lower() if found else str(self.model._meta.verbose_name_plural)


def links_to(spec: RecordSpec) -> list[Link]:
    """Return everything that points at records of a type."""
    found = []
    for model in apps.get_models():
        if model._meta.label_lower in STAYS or not model._meta.managed or model._meta.proxy:
            continue
        columns = {column.attname: column for column in model._meta.concrete_fields}
        found += [
            Link(model, name, typed=False)
            for name, column in columns.items()
            if column.is_relation and column.related_model is spec.model and column.model is model
        ]
        if {"record_type", "record_id"} <= set(columns):
            found.append(Link(model, "record_id", typed=True))
    return found


@dataclass(slots=True)
class Moved:
    """Rows that were pointed at another record, flags they had to give up, and rows that were dropped."""

    link: Link
    ids: list[Any]
    dropped: list[dict[str, Any]]
    yielded: dict[str, list[Any]]


def move(spec: RecordSpec, link: Link, absorbed: int, survivor: int) -> Moved:
    """
    Point the rows of a table at the survivor.

    A row that would repeat one of the survivor's is dropped; a flag of which a record has one only (``is_primary``)
    goes out when the survivor has it. A record does not point at itself.
    """
    dropped, yielded = [], {}
    for constraint in link.model._meta.constraints:
        if not isinstance(constraint, UniqueConstraint) or not _names(link, constraint):
            continue
        if flag := _flag(constraint):
            yielded[flag] = _give_up(spec, link, flag, absorbed, survivor)
        elif not constraint.condition:
            dropped += _drop_repeated(spec, link, constraint, absorbed, survivor)
    rows = link.rows(spec, absorbed)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    if link.model is spec.model:
        rows.filter(pk=survivor).update(**{link.column: None})
    link.model._base_manager.filter(pk__in=ids, **{link.column: absorbed}).update(**{link.column: survivor})
    return Moved(link, ids, dropped, {flag: keys for flag, keys in yielded.items() if keys})


def _names(link: Link, constraint: UniqueConstraint) -> bool:
    return link.column in {link.model._meta.get_field(name).attname for name in constraint.fields}  # type: ignore[union-attr]


def _flag(constraint: UniqueConstraint) -> str:
    """Return the boolean column on whose being set the constraint holds, else nothing."""
    condition = constraint.condition
    if not isinstance(condition, Q) or len(condition.children) != 1:
        return ""
    (child,) = condition.children
    return child[0] if isinstance(child, tuple) and child[1] is True else ""


def _give_up(spec: RecordSpec, link: Link, flag: str, absorbed: int, survivor: int) -> list[Any]:
    if not link.rows(spec, survivor).filter(**{flag: True}).exists():
        return []
    ids = list(link.rows(spec, absorbed).filter(**{flag: True}).values_list("pk", flat=True))
    link.model._base_manager.filter(pk__in=ids).update(**{flag: False})
    return ids


def _drop_repeated(
    spec: RecordSpec, link: Link, constraint: UniqueConstraint, absorbed: int, survivor: int
) -> list[dict[str, Any]]:
    beside = [name for name in constraint.fields if link.model._meta.get_field(name).attname != link.column]  # type: ignore[union-attr]
    said = set(link.rows(spec, survivor).values_list(*beside))
    repeated = [row[0] for row in link.rows(spec, absorbed).values_list("pk", *beside) if row[1:] in said]
    if not repeated:
        return []
    kept = whole(link.model, repeated)
    link.model._base_manager.filter(pk__in=repeated).delete()
    return kept


def whole(model: type[Model], ids: Sequence[Any]) -> list[dict[str, Any]]:
    """Return rows of a table as they stand, every column by name."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT to_jsonb(t)::text FROM "{model._meta.db_table}" t WHERE id = ANY(%s)', [list(ids)])
        return [msgspec.json.decode(row[0]) for row in cursor.fetchall()]


def take_out(told: dict[str, Any]) -> int:
    """Delete rows that still stand as they were added; return how many stand otherwise by now."""
    model = apps.get_model(told["table"])
    added = {row["id"]: row for row in told["rows"]}
    now = {row["id"]: row for row in whole(model, list(added))}
    same = [key for key, row in now.items() if row == added[key]]
    model._base_manager.filter(pk__in=same).delete()
    return len(now) - len(same)


def move_back(spec: RecordSpec, told: dict[str, Any], absorbed: int, survivor: int) -> tuple[list[Any], int]:
    """Point rows that still point at the survivor back; return their keys, and how many point elsewhere by now."""
    model = apps.get_model(told["table"])
    column = told["column"]
    rows = model._base_manager.filter(pk__in=told["ids"])
    own = [survivor] if model is spec.model and survivor in told["ids"] else []
    ids = list(rows.filter(**{column: survivor}).values_list("pk", flat=True))
    ids += model._base_manager.filter(pk__in=own, **{column: None}).values_list("pk", flat=True)
    model._base_manager.filter(pk__in=ids).update(**{column: absorbed})
    for flag, keys in told["yielded"].items():
        model._base_manager.filter(pk__in=set(keys) & set(ids)).update(**{flag: True})
    return ids, len(told["ids"]) - len(ids)


def put_back(told: dict[str, Any]) -> None:
    """Insert dropped rows again, unless they would repeat something by now."""
    table = apps.get_model(told["table"])._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" SELECT (jsonb_populate_record(null::"{table}", row)).* '
            "FROM jsonb_array_elements(%s::jsonb) row ON CONFLICT DO NOTHING",
            [msgspec.json.encode(told["rows"]).decode()],
        )


def counted(spec: RecordSpec, record_id: int) -> Iterator[tuple[str, int]]:
    """Yield how many rows of each kind point at a record: plural, number."""
    for link in links_to(spec):
        if count := link.rows(spec, record_id).count():
            yield link.plural, count
