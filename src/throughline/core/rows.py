"""
Reading rows past the ORM, for the few statements that every page begins with.

Building a query and the objects of its rows takes several times what the database takes to answer it. Where a page asks
the same small question each time, the question is written as SQL and answered with tuples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

import msgspec
import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, QuerySet
from django.db.models.expressions import Func
from django.db.models.fields import BooleanField
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)
Row = tuple[Any, ...]
Statement = tuple[str, Sequence[Any]]
"""A query and its parameters."""


def fetch(sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
    """Run a statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Row] = cursor.fetchall()
        return rows


def rows_of(cursor: Any) -> list[Row]:
    """Return the rows of the one among several statements that gives some."""
    while cursor.description is None:
        cursor.nextset()
    rows: list[Row] = cursor.fetchall()
    return rows


def fetch_planned(sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
    """
    Run a statement that is asked again and again, and return its rows: the server plans it once for a connection.

    For a few rows of tables of which the best way in does not depend on the parameters: planning takes the server three
    times as long there as answering. Columns are to be named, since a kept plan cannot give another number of them.
    """
    with _planning_once() as cursor:
        cursor.execute(sql, params)
        rows: list[Row] = cursor.fetchall()
        return rows


class _PlannedOnce(psycopg.Cursor[Row]):
    """A cursor that binds on the server and has statements prepared at once."""

    def execute(self, query: Any, params: Any = None, **asked: Any) -> Any:
        """Run a statement by its kept plan."""
        return super().execute(query, params, **{**asked, "prepare": True})

    def _send_query_prepared(self, name: bytes, pgq: Any, **asked: Any) -> None:
        self._query = pgq  # the driver keeps it of other statements only, and Django's log of statements reads it
        super()._send_query_prepared(name, pgq, **asked)


NEVER_BY_ITSELF = 2**31
"""The driver prepares what it has seen so often; Django switches that off, and with it preparing what asks for it."""


def _planning_once() -> CursorWrapper:
    """Return such a cursor, counted and guarded as Django's own."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        driver: Any = connection.connection
        if driver.prepare_threshold is None:
            driver.prepare_threshold = NEVER_BY_ITSELF
        cursor: CursorWrapper = connection._prepare_cursor(_PlannedOnce(driver))  # type: ignore[attr-defined]
        return cursor


class Loader(Generic[M]):
    """How rows of a table become loaded objects, for statements that are written once. Links are not followed."""

    def __init__(self, model: type[M]) -> None:
        self._model = model
        self._names = [each.attname for each in model._meta.concrete_fields]

    def __len__(self) -> int:
        """Return how many columns an object is made of."""
        return len(self._names)

    def columns(self, alias: str) -> str:
        """Return the columns that an object is made of, of the table under a name."""
        return ", ".join(f'{alias}."{each.column}"' for each in self._model._meta.concrete_fields)

    @cached_property
    def _readers(self) -> list[tuple[int, Callable[[Any, Any, Any], Any]]]:
        """How values become those of their fields, by place; only for fields that say how."""
        fields: Sequence[Any] = self._model._meta.concrete_fields
        return [(place, read) for place, each in enumerate(fields) for read in each.get_db_converters(connection)]

    def loaded(self, row: Sequence[Any]) -> M:
        """Return the object whose columns a row begins with."""
        values = list(row[: len(self._names)])
        for place, read in self._readers:
            values[place] = read(values[place], None, connection)
        return self._model.from_db(connection.alias, self._names, values)


class Whole(Generic[M]):
    """
    Rows of one table as loaded objects, by a statement that is written and planned once.

    ``ending`` is what follows its FROM; ``beside`` names further attributes, each with its SQL.
    The ORM builds a query anew each time it is asked, which takes ten times as long as making the object of a row.
    Links are not followed: each is read when it is asked for.
    """

    def __init__(self, model: type[M], ending: str, beside: Mapping[str, str] | None = None) -> None:
        self._model, self._ending, self._beside = model, ending, beside or {}

    def fetch(self, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[M]:
        """Return what the statement finds with these parameters."""
        return [self._loaded(row) for row in fetch_planned(self._sql, params)]

    @cached_property
    def _loader(self) -> Loader[M]:
        return Loader(self._model)

    @cached_property
    def _sql(self) -> str:
        table = f'"{self._model._meta.db_table}"'
        columns = ", ".join([self._loader.columns(table), *self._beside.values()])
        return f"SELECT {columns} FROM {table} {self._ending}"

    def _loaded(self, row: Row) -> M:
        made = self._loader.loaded(row)
        made.__dict__.update(zip(self._beside, row[len(self._loader) :], strict=True))
        return made


class Followed(Generic[M]):
    """
    Objects of a table by key, with what they point at: a query that the ORM compiles once and the server plans once.

    ``links`` are followed as by ``select_related``.
    """

    def __init__(self, model: type[M], links: Sequence[str]) -> None:
        query = model._default_manager.select_related(*links).filter(pk=0).order_by().query
        compiler: Any = query.get_compiler(connection.alias)
        self._sql, _key = compiler.as_sql()
        select, info = compiler.select, compiler.klass_info
        first, last = info["select_fields"][0], info["select_fields"][-1] + 1
        self._model, self._own = model, slice(first, last)
        self._names = [column.target.attname for column, _told, _alias in select[first:last]]
        populators: Any = get_related_populators  # its declared type is that of a later version
        self._pointed_at = populators(info, select, connection.alias)
        self._compiler, self._converters = compiler, compiler.get_converters([column for column, _, _ in select])

    def get(self, key: int) -> M | None:
        """Return the object with this key, or None. One query."""
        rows: Any = fetch_planned(self._sql, [key])
        if self._converters:
            rows = self._compiler.apply_converters(rows, self._converters)
        for row in rows:
            found = self._model.from_db(connection.alias, self._names, row[self._own])
            for each in self._pointed_at:
                each.populate(row, found)
            return found
        return None


def counted_to(found: QuerySet[Any], bound: int) -> int:
    """Return how many rows there are, at most ``bound``. One query; ``QuerySet.count`` builds it at twice the cost."""
    asked = compiled(found.order_by().values("pk"))
    return 0 if asked is None else rows_up_to(bound, asked)


def rows_up_to(bound: int, asked: Statement) -> int:
    """Return how many rows a query gives, at most ``bound``. One statement."""
    sql, params = asked
    ((count,),) = fetch(f"SELECT count(*) FROM ({sql} LIMIT %s) found", [*params, bound])
    return int(count)


def expected_each(asked: Sequence[Statement]) -> list[int]:
    """Return how many rows the planner expects of each query. One statement."""
    if not asked:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "; ".join(f"EXPLAIN (FORMAT JSON) {sql}" for sql, _ in asked),
            [param for _, params in asked for param in params],
        )
        return [_next_plan(cursor) for _ in asked]


def _next_plan(cursor: Any) -> int:
    ((plan,),) = cursor.fetchall()
    cursor.nextset()
    told = msgspec.json.decode(plan) if isinstance(plan, str) else plan
    return int(told[0]["Plan"]["Plan Rows"])


def keys_up_to(bound: int, asked: Sequence[Statement]) -> list[list[int] | None]:
    """
    Return the keys that each query finds, ascending and each once; None where more than ``bound`` rows have one. One
    statement. More keys than wanted do not leave the database.
    """
    if not asked:
        return []
    lists = ", ".join(_UP_TO.format(sql) for sql, _ in asked)
    (row,) = fetch(f"SELECT {lists}", [param for _, params in asked for param in (bound, *params, bound + 1)])
    return list(row)


_UP_TO = """
(SELECT CASE WHEN count(*) <= %s THEN coalesce(array_agg(DISTINCT key ORDER BY key), '{{}}') END
 FROM ({} LIMIT %s) AS found(key))"""


def compiled(found: QuerySet[Any, Any]) -> Statement | None:
    """Return a query as SQL, None when its conditions exclude each other and nothing needs to be asked."""
    try:
        return found.query.sql_with_params()
    except EmptyResultSet:
        return None


# -- Gaps --------------------------------------------------------------------------------------------------------------

_MARK = "/*gap*/"
_HERE = object()


class _Gap(Func):
    """A condition that is to be filled in."""

    output_field = BooleanField()
    conditional = True

    def as_sql(self, *_: Any, **__: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Write the mark, with a parameter that tells between which others it stands."""
        return _MARK, [_HERE]


class Gapped:
    """
    A query that the ORM compiles once, with one more condition that is written as SQL each time it is asked.

    ``columns`` are the expressions it selects; ``loaded`` makes of rows as the driver gives them those that the query
    would give.
    """

    def __init__(self, found: QuerySet[Any, Any]) -> None:
        """
        Compile ``found``, a query of values (``values_list``).

        Raises:
            EmptyResultSet: its conditions exclude each other, and nothing needs to be asked.
        """
        compiler = found.filter(_Gap()).query.get_compiler(connection.alias)
        sql, params = compiler.as_sql()
        self._before, self._after = sql.split(_MARK)
        at = next(place for place, each in enumerate(params) if each is _HERE)
        self._first, self._last = tuple(params[:at]), tuple(params[at + 1 :])
        self._compiler, self._converters = compiler, compiler.get_converters([each for each, _, _ in compiler.select])
        self.columns: list[Statement] = [told for _, told, _ in compiler.select]

    @property
    def has_values(self) -> bool:
        """Whether parameters stand in it beside those of the condition."""
        return bool(self._first or self._last)

    def filled(self, condition: Statement) -> Statement:
        """Return the query under a condition."""
        sql, params = condition
        return f"{self._before}{sql}{self._after}", (*self._first, *params, *self._last)

    def loaded(self, rows: list[Row]) -> list[Row]:
        """Return the rows with the values that the query's fields make of them."""
        if not self._converters:
            return rows
        return [tuple(row) for row in self._compiler.apply_converters(rows, self._converters)]
