"""
Behind the journal: the scores that lists show, kept on the records by a worker.

Theory of operation. Whatever writes a record tells the journal, so following it scores what was changed. Scores fall
with time too, and with what lies on another record (a lead's person); so all records are gone through, some every
minute, by key. Only scores that are another one now are written, past the version of the record: nobody changed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from throughline.core.journal.read import Cursor, follow
from throughline.core.records import registry
from throughline.core.records.matching.models import Followed, LikelyPair
from throughline.core.records.quality.rule import QualityRule, Score, score
from throughline.core.records.spec import RecordSpec

NAME = "quality"
ENTRIES = 2_000
AT_ONCE = 2_000
FIELD = "quality"
"""The column and field of scored types."""


def scored() -> list[RecordSpec]:
    """Return the types whose records are scored."""
    return [spec for spec in registry.everything() if spec.quality is not None]


def rule_of(spec: RecordSpec) -> QualityRule:
    """
    Return the quality rule of a type.

    Raises:
        LookupError: its records are not scored.
    """
    if spec.quality is None:
        raise LookupError(f"Expected {spec.plural.lower()} to have a quality rule, but their type declares none.")
    return spec.quality


def follow_journal(*, at: datetime, limit: int = ENTRIES) -> int:
    """Score what was written since the last look; return how many entries there were."""
    with transaction.atomic():
        Followed.objects.get_or_create(pk=NAME)
        place = Followed.objects.select_for_update().get(pk=NAME)
        entries, cursor = follow(after=Cursor(place.era, place.txid, place.entry_id), limit=limit)
        for spec in scored():
            touched = {each.record_id for each in entries if each.record_type == spec.type and not each.sandbox}
            keep_scores(spec=spec, ids=sorted(touched), at=at)
        place.era, place.txid, place.entry_id = cursor
        place.save()
    return len(entries)


def walk(*, at: datetime, limit: int = AT_ONCE) -> int:
    """Score the next records of each type by key, from the first again after the last; return how many changed."""
    return sum(_walk_on(spec, at, limit) for spec in scored())


@transaction.atomic
def _walk_on(spec: RecordSpec, at: datetime, limit: int) -> int:
    name = f"{NAME}:{spec.type}"[:32]
    Followed.objects.get_or_create(pk=name)
    place = Followed.objects.select_for_update().get(pk=name)
    rows = spec.model._default_manager.filter(pk__gt=place.entry_id, deleted_at=None).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:limit])
    changed = keep_scores(spec=spec, ids=ids, at=at)
    place.entry_id = ids[-1] if len(ids) == limit else 0
    place.save()
    return changed


_WRITE = """
WITH given AS (SELECT * FROM unnest(%s::bigint[], %s::smallint[]) AS r (id, points)),
     free AS (SELECT t.id, given.points FROM "{table}" t JOIN given USING (id) ORDER BY t.id
              FOR NO KEY UPDATE OF t SKIP LOCKED)
UPDATE "{table}" t SET quality = free.points FROM free WHERE t.id = free.id
"""
"""Who is changing a record meanwhile tells the journal, so it is scored at the next look."""


@transaction.atomic
def keep_scores(*, spec: RecordSpec, ids: Sequence[int], at: datetime) -> int:
    """Score records and write the scores that are others now; return how many. Three queries."""
    changed = [(key, made.points) for key, before, made in _scores(spec, ids, at) if before != made.points]
    if changed:
        columns = [list(column) for column in zip(*changed, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(_WRITE.format(table=spec.model._meta.db_table), columns)
    return len(changed)


def _scores(spec: RecordSpec, ids: Sequence[int], at: datetime) -> Iterable[tuple[int, int | None, Score]]:
    """Yield key, kept points and the score of records; those in the bin and of the sandbox are left out."""
    if not ids:
        return
    rule, fields = rule_of(spec), {name: spec.declared.by_name[name] for name in rule_of(spec).fields}
    paths = ["pk", FIELD, "last_activity_at", "updated_at", *rule.settled]
    rows = spec.model._default_manager.filter(pk__in=ids, deleted_at=None, sandbox=False)
    twins = with_twins(spec, ids)
    columns = [each.column for each in fields.values()]
    for key, before, active_at, updated_at, *others in rows.values_list(*paths, *columns):
        settled_at, values = others[: len(rule.settled)], others[len(rule.settled) :]
        made = score(
            rule,
            fields,
            dict(zip(fields, values, strict=True)),
            touched_at=max(active_at or updated_at, updated_at),
            is_settled=any(settled_at),
            has_twin=key in twins,
            at=at,
        )
        yield key, before, made


def with_twins(spec: RecordSpec, ids: Sequence[int]) -> set[int]:
    """Return which of these records are likely there twice, and nobody has decided. One query where it counts."""
    if spec.matching is None or not rule_of(spec).single:
        return set()
    pairs = LikelyPair.objects.filter(
        Q(one_id__in=ids) | Q(other_id__in=ids), record_type=spec.type, status=LikelyPair.Status.OPEN
    )
    return {key for pair in pairs.values_list("one_id", "other_id") for key in pair}.intersection(ids)


def score_of(spec: RecordSpec, record: Any, at: datetime) -> Score:
    """Return the score of a loaded record as it is now. One query."""
    rule = rule_of(spec)
    fields = {name: spec.declared.by_name[name] for name in rule.fields}
    return score(
        rule,
        fields,
        {name: each.value_of(record) for name, each in fields.items()},
        touched_at=max(record.last_activity_at or record.updated_at, record.updated_at),
        is_settled=any(getattr(record, name) for name in rule.settled),
        has_twin=record.pk in with_twins(spec, [record.pk]),
        at=at,
    )
