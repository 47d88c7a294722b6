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


def fetch(sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
    """Run a statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Row] = cursor.fetchall()
        return rows


def counted_to(found: QuerySet[Any], bound: int) -> int:
    """Return how many rows there are, at most ``bound``. One query; ``QuerySet.count`` builds it at twice the cost."""
    try:
        sql, params = found.order_by().values("pk")[:bound].query.sql_with_params()
    except EmptyResultSet:  # the conditions exclude each other: nothing needs to be asked
        return 0
    ((count,),) = fetch(f"SELECT count(*) FROM ({sql}) found", params)
    return int(count)


def expected(found: QuerySet[Any]) -> int:
    """Return how many rows the planner expects. One query, which reads none of them."""
    try:
        sql, params = found.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    ((plan,),) = fetch(f"EXPLAIN (FORMAT JSON) {sql}", params)
    told = msgspec.json.decode(plan) if isinstance(plan, str) else plan
    return int(told[0]["Plan"]["Plan Rows"])
