"""What is done behind the definitions: values of formulas and roll-ups worked out anew, indexes made and dropped."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, transaction

from throughline.core.records import registry
from throughline.core.records.custom import computed, live, lookups
from throughline.core.records.custom.models import CustomField
from throughline.core.records.spec import RecordSpec
from throughline.core.records.stored import AS_LIST, FORMS

log = logging.getLogger("throughline.custom")

AT_ONCE = 500
WITHIN_THE_CHANGE = 2_000
"""Up to so many records are worked out in the transaction that defines; more are left to a worker."""


# -- Values ------------------------------------------------------------------------------------------------------------


def recompute(custom: CustomField, *, at: datetime) -> None:
    """Work a field out for all records, now when they are few, else as soon as a worker comes by."""
    spec = registry.get(custom.record_type)
    keys = list(spec.model._default_manager.order_by("pk").values_list("pk", flat=True)[: WITHIN_THE_CHANGE + 1])
    is_late = len(keys) > WITHIN_THE_CHANGE
    CustomField.objects.filter(pk=custom.pk).update(stale=is_late)
    custom.stale = is_late
    if not is_late:
        for batch in _batches(keys):
            _recompute(spec, custom, batch, at)


def _batches(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]


def _recompute(spec: RecordSpec, custom: CustomField, keys: Sequence[int], at: datetime) -> None:
    if custom.rollup:
        rollup = computed.rollup_of(custom)
        computed.roll_up(registry.get(rollup.type), {rollup.link: set(keys)}, at=at)
        return
    rows = spec.model._default_manager.filter(pk__in=keys).select_related(*spec.select_related)
    records = list(rows.order_by("pk").select_for_update(of=("self",)))
    computed.write_derived(spec, [record for record in records if computed.fill(spec, record, at)], at)


def look_after(*, at: datetime) -> int:
    """
    Do a part of what waits (values to work out, an index to make or drop), and return how much was done.

    Called by workers between batches; several at once do no harm. One small query when nothing waits.
    """
    live.look()
    waiting = list(CustomField.objects.filter(stale=True, retired_at=None).order_by("pk"))
    done = sum(_work_out_all(each, at) for each in waiting)
    return done + _look_after_indexes()


def _work_out_all(custom: CustomField, at: datetime) -> int:
    spec = registry.get(custom.record_type)
    keys = list(spec.model._default_manager.order_by("pk").values_list("pk", flat=True))
    for batch in _batches(keys):
        with transaction.atomic():
            _recompute(spec, custom, batch, at)
    CustomField.objects.filter(pk=custom.pk, formula=custom.formula, rollup=custom.rollup).update(stale=False)
    return len(keys)


# -- Indexes -----------------------------------------------------------------------------------------------------------


def index_name(custom: CustomField) -> str:
    """Return the name of a field's index."""
    return f"custom_i{custom.pk}"


def _look_after_indexes() -> int:
    done = 0
    for custom in CustomField.objects.filter(indexed=True, retired_at=None).exclude(
        index_state__in=("ready", "failed")
    ):
        done += _make_index(custom)
    for custom in CustomField.objects.exclude(index_state="").exclude(indexed=True, retired_at=None):
        _run(f'DROP INDEX CONCURRENTLY IF EXISTS "{index_name(custom)}"')
        CustomField.objects.filter(pk=custom.pk).update(index_state="")
        done += 1
    return done


def _make_index(custom: CustomField) -> int:
    """Make an index without locking anybody out; a half-made one of an earlier try is dropped first."""
    table = registry.get(custom.record_type).model._meta.db_table
    form = FORMS[custom.type]
    value = lookups.expression(form, "custom", custom.key)
    keys = f"USING gin (({value}))" if form == AS_LIST else f"(({value}), id)"
    name = index_name(custom)
    try:
        _run(f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"')
        _run(f'CREATE INDEX CONCURRENTLY "{name}" ON "{table}" {keys} WHERE deleted_at IS NULL')
    except DatabaseError as refused:
        log.warning("The index of %s could not be made: %s", custom, refused)
        CustomField.objects.filter(pk=custom.pk).update(index_state="failed")
        return 0
    CustomField.objects.filter(pk=custom.pk).update(index_state="ready")
    live.changed(live.new_stamp())
    return 1


def _run(statement: str) -> Any:
    if connection.in_atomic_block:
        statement = statement.replace(" CONCURRENTLY", "")
    with connection.cursor() as cursor:
        return cursor.execute(statement)
