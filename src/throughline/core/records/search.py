"""
Search over all record types: a slim table with a trigram index, written with the record, read under the asker's rights.

Parts of words are found (``LIKE`` over the folded text, served by the trigram index), all words must occur; when
nothing is found, words that lie near are tried (``vocabulary``). Rights are part of the query, so a count or a rank can
never tell of what is hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

import msgspec
from django.db import OperationalError, connection, transaction
from django.db.models import F, FloatField, Func, Q, QuerySet
from psycopg.errors import QueryCanceled

from throughline.core import access
from throughline.core.arrays import any_of, array_of
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.discretion import is_told_whole, tellable
from throughline.core.records.models import SearchDue, SearchRow
from throughline.core.records.spec import RecordSpec
from throughline.core.records.text import fold
from throughline.core.records.vocabulary import LEARN, Choices, near
from throughline.core.rows import fetch, rows_of

CANDIDATES = 300
"""So many matches are ranked; more are found only by typing more."""

PATIENCE_MS = 40
"""So long a way past the index is tried, where the planner prefers one, before the index is forced."""

BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off"
"""Leaves bitmaps of indexes as the only way."""
AS_PLANNED = "SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = on"

MANY = 500
"""From so many records on at once, search may learn of them later; and so many are fed at a time."""

_GIVEN = f"""
WITH given AS MATERIALIZED (SELECT * FROM jsonb_populate_recordset(null::records_search, %s::jsonb)),
    learned AS ({LEARN.format(source="given")})
"""
_INSERT = f"""{_GIVEN}
INSERT INTO records_search (record_type, record_id, owner_id, team_id, title, subtitle, text, touched_at)
SELECT record_type, record_id, owner_id, team_id, title, subtitle, text, touched_at
FROM given
ON CONFLICT (record_type, record_id) DO NOTHING
"""
_UPSERT = f"""{_GIVEN}
INSERT INTO records_search (record_type, record_id, owner_id, team_id, title, subtitle, text, touched_at)
SELECT given.record_type, given.record_id, given.owner_id, given.team_id, given.title, given.subtitle, given.text,
       given.touched_at
FROM given
LEFT JOIN records_search kept ON kept.record_type = given.record_type AND kept.record_id = given.record_id
WHERE (kept.owner_id, kept.team_id, kept.title, kept.subtitle, kept.text)
    IS DISTINCT FROM (given.owner_id, given.team_id, given.title, given.subtitle, given.text)
ON CONFLICT (record_type, record_id) DO UPDATE SET owner_id = excluded.owner_id, team_id = excluded.team_id,
    title = excluded.title, subtitle = excluded.subtitle, text = excluded.text, touched_at = excluded.touched_at
"""

_DUE = "INSERT INTO records_search_due (record_type, ids) SELECT %s, part::bigint[] FROM unnest(%s::text[]) part"


@dataclass(frozen=True, slots=True)
class Hit:
    """A found record as the list of results shows it."""

    ref: RecordRef
    title: str
    subtitle: str
    label: str


_ALWAYS = frozenset({"owner_id", "team_id", "tags", "custom", "deleted_at", "sandbox"})


def rests_on(spec: RecordSpec) -> frozenset[str] | None:
    """
    Return the columns of a type's own table on which rests what search knows of its records, None where it is not said.

    A write of other columns need not be told to search.
    """
    if len(spec.derived) < 3:
        return None
    first = {path.partition("__")[0] for each in spec.derived for path in each.reads}
    return _ALWAYS | {each.attname for each in spec.model._meta.concrete_fields if {each.name, each.attname} & first}


def feed(spec: RecordSpec, records: Iterable[Any]) -> None:
    """
    Write what search knows of these records, in the transaction of their change.

    ``spec.related`` must have been followed. Records in the bin or of the sandbox are taken out. Rows that say what
    they said before are left alone: the index of their words is most of what a write costs.
    """
    if not spec.in_search:
        return
    rows, gone = [], []
    for record in records:
        if record.deleted_at is not None or record.sandbox:
            gone.append(record.pk)
        else:
            rows.append(_row(spec, record))
    if gone:
        SearchRow.objects.filter(record_type=spec.type, record_id__in=gone).delete()
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT, [msgspec.json.encode(rows).decode()])


def feed_ids(spec: RecordSpec, ids: Sequence[int]) -> None:
    """Write what search knows of records given by key; one query reads them. Many perhaps later: ``fed_behind``."""
    if not spec.in_search or not ids:
        return
    if len(ids) >= MANY and _may_wait.get():
        parts = [array_of(ids[begin : begin + MANY]) for begin in range(0, len(ids), MANY)]
        with connection.cursor() as cursor:
            cursor.execute(_DUE, [spec.type, parts])
    else:
        found = spec.model._default_manager.filter(any_of("pk", ids)).select_related(*spec.related)
        feed(spec, found.iterator(2000) if len(ids) > MANY else found)  # few are not worth a cursor of the server


_may_wait: ContextVar[bool] = ContextVar("_may_wait", default=False)


@contextmanager
def fed_behind() -> Iterator[None]:
    """
    Let search learn of the many records that are made in the block some time after they are committed (``feed_due``).

    Writing the words of a record into their index takes the database longer than the record with everything else.
    Which records search does not know yet is written in the transaction that makes them, so none is forgotten.
    """
    before = _may_wait.set(True)
    try:
        yield
    finally:
        _may_wait.reset(before)


@transaction.atomic
def feed_due() -> int:
    """
    Let search learn of up to ``MANY`` records that waited for it, the first ones first; return how many those were.

    What search has heard of a record meanwhile is newer and stays. The records are locked, so that none is put into the
    bin between being read and being told of.
    """
    due = SearchDue.objects.select_for_update(skip_locked=True).order_by("pk").first()
    if due is None:
        return 0
    spec = registry.find(due.record_type)
    if spec is not None and spec.in_search:
        found = spec.model._default_manager.filter(any_of("pk", due.ids), deleted_at=None, sandbox=False)
        records = found.select_related(*spec.related).order_by("pk").select_for_update(of=("self",), no_key=True)
        rows = [_row(spec, record) for record in records]
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, [msgspec.json.encode(rows).decode()])
    due.delete()
    return len(due.ids)


def _row(spec: RecordSpec, record: Any) -> dict[str, Any]:
    title, subtitle = spec.title(record), spec.subtitle(record)
    words = (title, record.number, *spec.words(record), *record.tags)
    return {
        "record_type": spec.type,
        "record_id": record.pk,
        "owner_id": record.owner_id,
        "team_id": access.POOL if record.owner_id is None and record.team_id is None else record.team_id,
        "title": title,
        "subtitle": subtitle,
        "text": fold(" ".join(dict.fromkeys(word for word in words if word))),
        "touched_at": record.updated_at.isoformat(),
    }


def search(*, user: User, text: str, types: Sequence[str] = (), limit: int = 20) -> list[Hit]:
    """
    Return the records that ``user`` may see and that contain all words of ``text``, the best first.

    ``types`` narrows to these record types. When nothing contains the words, those that lie near are tried with them.
    """
    words = fold(text).split()[:8]
    arms = access.search_arms(_specs(types), user)
    if not words or not arms:
        return []
    choices: list[Choices] = [(word,) for word in words]
    found = _tellable(_containing(arms, choices), user, choices)
    if not found:
        meant = near(words)
        if meant != choices:
            found, choices = _tellable(_containing(arms, meant), user, meant), meant
    nearest = [first for first, *_others in choices]
    found.sort(key=lambda match: (_rank(match, nearest), -match.touched))
    return [_hit(match) for match in found[:limit]]


def _tellable(found: list[_Match], user: User, words: Sequence[Choices]) -> list[_Match]:
    """Leave out what was found by words that the person may not read, and what may not be said below titles."""
    for kind in {match.record_type for match in found}:
        spec = registry.get(kind)
        if not is_told_whole(spec, user):
            ids = [match.record_id for match in found if match.record_type == kind]
            told = tellable(spec, user, ids, words)
            found = [
                match._replace(subtitle=told[match.record_id]) if match.record_type == kind else match
                for match in found
                if match.record_type != kind or match.record_id in told
            ]
    return found


class _Match(NamedTuple):
    """What ranking and showing a row of the table need; ``touched`` in seconds of the epoch."""

    record_type: str
    record_id: int
    title: str
    subtitle: str
    touched: float


_TOUCHED = Func(F("touched_at"), template="extract(epoch from %(expressions)s)::float8", output_field=FloatField())


def _matches(rows: QuerySet[SearchRow]) -> QuerySet[SearchRow, Any]:
    return rows.values_list("record_type", "record_id", "title", "subtitle", _TOUCHED)[:CANDIDATES]


def _containing(arms: Sequence[Q], words: Sequence[Choices]) -> list[_Match]:
    """
    Return rows with one of the choices for each word, in the planner's way or, when that takes too long, by the index.

    With a LIMIT the planner likes to go through the table in the hope of enough matches soon. For somebody who sees a
    part of the table and looks for what lies outside of it, the hope is vain: measured at 2,000,000 rows it takes a
    second. So it is given a moment. What it would do by the index anyway is done so at once.
    """
    rows = SearchRow.objects.all()
    for choices in words:
        rows = rows.filter(reduce(or_, [Q(text__contains=choice) for choice in choices]))
    planned = _matches(rows.filter(reduce(or_, arms)))
    if max(min(map(len, choices)) for choices in words) < SHORTEST_IN_INDEX:
        return _read(planned) or []
    if not _goes_by_index(planned):
        found = _read(planned, f"SET LOCAL statement_timeout = {PATIENCE_MS}", "SET LOCAL statement_timeout = 0")
        if found is not None:
            return found
    return _read(_one_by_one(rows, arms), BY_INDEX, AS_PLANNED) or []


SHORTEST_IN_INDEX = 3
"""Shorter words have no trigram of their own."""
INDEX = "records_search_words"


def _goes_by_index(rows: QuerySet[SearchRow, Any]) -> bool:
    sql, params = rows.query.sql_with_params()
    return any(INDEX in line for (line,) in fetch(f"EXPLAIN (COSTS OFF) {sql}", params))


def _one_by_one(rows: QuerySet[SearchRow], arms: Sequence[Q]) -> QuerySet[SearchRow, Any]:
    """
    Return what asks arm by arm and ends with the one that fills the answer: the words are gone through in each anew.

    What two arms let through comes twice.
    """
    one, *others = [_matches(rows.filter(arm)) for arm in arms]
    return one.union(*others, all=True)[:CANDIDATES] if others else one


def _read(rows: QuerySet[SearchRow, Any], first: str = "", afterwards: str = "") -> list[_Match] | None:
    """
    Return the rows, each once, read under settings that hold for this statement only; None when they bound its time and
    it took longer.
    """
    is_inside = connection.in_atomic_block  # else the settings end with the transaction
    sql, params = rows.query.sql_with_params()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            statements = (first, sql, afterwards if is_inside else "")
            cursor.execute("; ".join(each for each in statements if each), params)
            found = [_Match(*row) for row in dict.fromkeys(rows_of(cursor))]
    except OperationalError as slow:
        if isinstance(slow.__cause__, QueryCanceled):
            return None
        raise
    return found


def _specs(types: Sequence[str]) -> list[RecordSpec]:
    return [spec for spec in registry.everything() if spec.in_search and (not types or spec.type in types)]


def _rank(match: _Match, words: Sequence[str]) -> int:
    """Return 0 for a title that begins with the words, 1 where its words do, 2 where it contains them, else 3."""
    title = fold(match.title)
    if title.startswith(" ".join(words)):
        return 0
    if all(f" {word}" in f" {title}" for word in words):
        return 1
    return 2 if all(word in title for word in words) else 3


def _hit(match: _Match) -> Hit:
    label = registry.get(match.record_type).label
    return Hit(RecordRef(match.record_type, match.record_id), match.title, match.subtitle, label)
