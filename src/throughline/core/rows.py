"""
Reading rows past the ORM, for the few statements that every page begins with.

Building a query and the objects of its rows takes several times what the database takes to answer it. Where a page asks
the same small question each time, the question is written as SQL and answered with tuples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

Row = tuple[Any, ...]
Statement = tuple[str, Sequence[Any]]
"""A query and its parameters."""


def fetch(sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
    """Run a statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Row] = cursor.fetchall()
        return rows


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
