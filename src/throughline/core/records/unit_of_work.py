"""
A unit of work: records that one transaction changes several times are read once and written once.

Theory of operation. A batch of the driver performs several actions on the same records, one after the other. Inside of
a unit of work ``operations.locked`` reads and locks a record when it is first wanted and hands out copies of it later;
what operations write is put off: the columns are remembered, and one statement per table writes them, with what search
knows, when the unit ends. The journal is not put off: who reacts to an entry needs its key.

Nobody must notice, so three things are looked after:

- *Statements that read what is put off.* Every statement of the connection passes ``_before``. One that names a table
  with writes put off has them written first, except when the ORM made it (it quotes the table and names each column)
  and none of its columns has changed. One that writes to a table of records, or to a table they are joined with, also
  makes the unit forget its copies. COPY passes by: it is for tables of logs and queues, not of records.
- *Savepoints.* What is put off inside of a savepoint that is rolled back must be forgotten, and locks taken there are
  gone. Django drops the hooks for the commit that were registered inside of such a savepoint; so each change of the
  unit registers one, and changes whose hook has vanished are taken back, the latest first.
- *Failure.* A constraint that refuses a row would have failed one action; put off, it fails for all. That is reported
  as ``WriteFailed``, and whoever opened the unit does the work again without one.

A record has one row version and its indexes one entry per batch instead of one per action: measured at a fifth of the
server's work and a quarter of ours in the import of 8,000 leads (ADR 0030).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db import DatabaseError, connection, models, transaction

from throughline.core.recordref import RecordRef
from throughline.core.records import bulk, search
from throughline.core.records.models import SearchRow
from throughline.core.records.spec import RecordSpec
from throughline.core.trying import require_test


class WriteFailed(Exception):
    """The database refused what was put off; the whole unit must be undone and done again without one."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A record as the transaction left it. ``columns``: changed and not yet written. Never changed, only replaced."""

    spec: RecordSpec
    record: Any
    columns: frozenset[str] = frozenset()


_Key = tuple[type[models.Model], int]
_Hook = Callable[[], None]


class UnitOfWork:
    """See the module. Belongs to one transaction of this thread."""

    def __init__(self) -> None:
        self._kept: dict[_Key, _Kept] = {}
        self._changes: list[tuple[_Hook, dict[_Key, _Kept | None]]] = []
        self._dirty: set[_Key] = set()
        self._specs: dict[type[models.Model], RecordSpec] = {}
        self._joined: dict[type[models.Model], frozenset[str]] = {}
        self._own_statement = False

    # -- What operations ask -------------------------------------------------------------------------------------------

    def lock(self, spec: RecordSpec, ids: Sequence[int], read: Callable[[list[int]], Iterable[Any]]) -> dict[int, Any]:
        """
        Return private copies of records by key; those not held yet are read and locked by ``read``.

        Records that do not exist or lie in the bin are left out.
        """
        self._take_back()
        unknown = [key for key in ids if (spec.model, key) not in self._kept]
        if unknown:
            self._know(spec)
            if any(key[0]._meta.db_table in self._joined[spec.model] for key in self._dirty):
                self.flush()
            with self._unwatched():
                rows = list(read(unknown))
            self._replace({(spec.model, row.pk): _Kept(spec, row) for row in rows})
        found = (self._kept.get((spec.model, key)) for key in ids)
        return {kept.record.pk: _twin(kept.record) for kept in found if kept and kept.record.deleted_at is None}

    def put_off(self, spec: RecordSpec, records: Mapping[int, tuple[Any, set[str]]]) -> None:
        """Take over locked records by key, each with the columns in which it differs from what is stored."""
        self._take_back()
        self._forget_joined(spec.model._meta.db_table)
        changed: dict[_Key, _Kept] = {}
        for key, (record, columns) in records.items():
            _normalize(record, columns)
            before = self._kept.get((spec.model, key))
            changed[(spec.model, key)] = _Kept(
                spec, record, frozenset(columns) | (before.columns if before else frozenset())
            )
        self._know(spec)
        self._replace(changed)

    def find(self, spec: RecordSpec, ids: Iterable[int], relations: Sequence[str]) -> dict[int, Any]:
        """Return held records by key, for reading only; those whose ``relations`` are not at hand are left out."""
        self._take_back()
        found: dict[int, Any] = {}
        for key in ids:
            kept = self._kept.get((spec.model, key))
            if kept is not None and all(name in kept.record._state.fields_cache for name in relations):
                found[key] = kept.record
        return found

    def flush(self) -> None:
        """
        Write what is put off.

        Raises:
            WriteFailed: the database refuses it.
        """
        self._take_back()
        by_model: dict[type[models.Model], dict[_Key, _Kept]] = {}
        for key in sorted(self._dirty, key=lambda each: (each[0]._meta.db_table, each[1])):
            by_model.setdefault(key[0], {})[key] = self._kept[key]
        for dirty in by_model.values():
            self._replace({key: _Kept(kept.spec, kept.record) for key, kept in dirty.items()})
            try:
                with self._unwatched():
                    _write(list(dirty.values()))
            except DatabaseError as problem:
                raise WriteFailed(str(problem)) from problem

    def _know(self, spec: RecordSpec) -> None:
        if spec.model not in self._specs:
            self._specs[spec.model], self._joined[spec.model] = spec, _joined_tables(spec)

    # -- Keeping true --------------------------------------------------------------------------------------------------

    def _replace(self, changed: Mapping[_Key, _Kept | None]) -> None:
        """Change what is held, in a way that a savepoint's end can take back."""

        def hook() -> None:
            """Stand in the connection's list as long as the savepoint stands."""

        transaction.on_commit(hook)
        self._changes.append((hook, {key: self._kept.get(key) for key in changed}))
        self._set(changed)

    def _set(self, changed: Mapping[_Key, _Kept | None]) -> None:
        for key, kept in changed.items():
            if kept is None:
                self._kept.pop(key, None)
            else:
                self._kept[key] = kept
            if kept is not None and kept.columns:
                self._dirty.add(key)
            else:
                self._dirty.discard(key)

    def _take_back(self) -> None:
        """Take back changes that belong to savepoints which have been rolled back."""
        if not self._changes:
            return
        standing = {id(entry[1]) for entry in connection.run_on_commit}
        while self._changes and id(self._changes[-1][0]) not in standing:
            self._set(self._changes.pop()[1])

    @contextmanager
    def _unwatched(self) -> Iterator[None]:
        self._own_statement = True
        try:
            yield
        finally:
            self._own_statement = False

    def _before(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        """See to it that a statement finds what it would find without a unit of work."""
        if self._kept and not self._own_statement:
            self._look_at(str(sql))
        return execute(sql, params, many, context)

    def _look_at(self, sql: str) -> None:
        only_reads = sql.lstrip()[:6].upper() == "SELECT"
        for model in list(self._specs):
            table = model._meta.db_table
            if table in sql and (not only_reads or self._reads_what_is_put_off(model, sql)):
                self.flush()
                if not only_reads:
                    self._forget(model)
            elif not only_reads and any(joined in sql for joined in self._joined[model]):
                self._forget(model)
        if SearchRow._meta.db_table in sql:
            self.flush()

    def _reads_what_is_put_off(self, model: type[models.Model], sql: str) -> bool:
        self._take_back()
        columns = {name for key in self._dirty if key[0] is model for name in self._kept[key].columns}
        table = model._meta.db_table
        made_by_orm = sql.count(table) == sql.count(f'"{table}"')
        return bool(columns) and (not made_by_orm or any(f'"{name}"' in sql for name in columns))

    def _forget_joined(self, table: str) -> None:
        """Forget copies that are joined with rows of a table which is about to change."""
        for model, joined in list(self._joined.items()):
            if table in joined:
                self._forget(model)

    def _forget(self, model: type[models.Model]) -> None:
        """Forget copies; the rows stay locked and are read again when they are wanted."""
        mine = [key for key in self._kept if key[0] is model]
        if not mine:
            return
        self.flush()
        self._replace(dict.fromkeys(mine))


_current: ContextVar[UnitOfWork | None] = ContextVar("unit_of_work", default=None)


def current() -> UnitOfWork | None:
    """Return the unit of work of this transaction, if one is open."""
    return _current.get()


@contextmanager
def unit_of_work() -> Iterator[UnitOfWork]:
    """
    Put off writes of records until the block ends; the caller's transaction must be undone if it raises.

    Raises:
        RuntimeError: there is no transaction, or a unit is open already.
        WriteFailed: the database refuses what was put off.
    """
    if not connection.in_atomic_block or _current.get() is not None:
        raise RuntimeError("Expected a transaction without a unit of work, but there is none or it has one.")
    unit = UnitOfWork()
    token = _current.set(unit)
    try:
        with connection.execute_wrapper(unit._before):
            yield unit
            unit.flush()
    finally:
        _current.reset(token)


# -- Writing -----------------------------------------------------------------------------------------------------------


def write_records(spec: RecordSpec, changes: Sequence[tuple[Any, set[str]]]) -> None:
    """
    Write columns of locked records and what search knows of them, or put that off if a unit of work is open.

    Raises:
        TouchesReal: somebody tries a draft, and one of them is no test record.
    """
    together: dict[int, tuple[Any, set[str]]] = {}
    for record, columns in changes:
        require_test(RecordRef(spec.type, record.pk), sandbox=record.sandbox)
        known = together.get(record.pk)
        together[record.pk] = (record, columns if known is None else columns | known[1])
    unit = current()
    if unit is not None:
        unit.put_off(spec, together)
    else:
        _write([_Kept(spec, record, frozenset(columns)) for record, columns in together.values()])


def _write(dirty: Sequence[_Kept]) -> None:
    """Write records of one type; those that point elsewhere now are read again, with what they point at."""
    spec = dirty[0].spec
    bulk.update_many(
        spec.model,
        [
            {"id": kept.record.pk, **{name: getattr(kept.record, name) for name in sorted(kept.columns)}}
            for kept in dirty
        ],
    )
    told = search.rests_on(spec)
    heard = [kept for kept in dirty if told is None or told & kept.columns]
    links = {f"{path.partition('__')[0]}_id" for path in spec.related}
    whole: list[Any] = []
    parts: list[int] = []
    for kept in heard:
        if _is_whole(kept, links):
            whole.append(kept.record)
        else:
            parts.append(kept.record.pk)
    search.feed(spec, whole)
    search.feed_ids(spec, parts)


def _is_whole(kept: _Kept, links: Collection[str]) -> bool:
    """Whether what a record points at now came with it."""
    at_hand = kept.record._state.fields_cache
    return kept.columns.isdisjoint(links) and all(
        link.removesuffix("_id") in at_hand or getattr(kept.record, link) is None for link in links
    )


# -- Copies ------------------------------------------------------------------------------------------------------------


def _twin(record: Any) -> Any:
    """Return a copy that can be changed without changing the record; the records it points at are shared."""
    twin: Any = object.__new__(type(record))
    twin.__dict__.update(record.__dict__)
    for name, value in record.__dict__.items():
        if type(value) in (list, dict):
            twin.__dict__[name] = value.copy()
    twin._state = models.base.ModelState()
    twin._state.db, twin._state.adding = record._state.db, False
    twin._state.fields_cache = record._state.fields_cache.copy()
    return twin


def _normalize(record: Any, columns: Iterable[str]) -> None:
    """Give changed columns the form in which the database would give them back."""
    for name in columns:
        value = record.__dict__.get(name)
        if isinstance(value, datetime):
            record.__dict__[name] = value.astimezone(UTC)
        elif isinstance(value, Decimal):
            field = record._meta.get_field(name)
            record.__dict__[name] = value.quantize(Decimal(1).scaleb(-(getattr(field, "decimal_places", None) or 0)))
        elif isinstance(value, str) and type(value) is not str:
            record.__dict__[name] = str.__str__(value)
        elif isinstance(value, (list, dict, tuple)):
            record.__dict__[name] = msgspec.json.decode(msgspec.json.encode(value))


def _joined_tables(spec: RecordSpec) -> frozenset[str]:
    """Return the tables whose rows hang on copies of records."""
    tables = set()
    for path in spec.select_related:
        model: Any = spec.model
        for step in path.split("__"):
            model = model._meta.get_field(step).related_model
            tables.add(model._meta.db_table)
    return frozenset(tables)
