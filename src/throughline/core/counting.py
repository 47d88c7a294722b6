"""Counting what a query finds, up to a bound, at little more than what the database takes for it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def counted_to(found: QuerySet[Any], bound: int) -> int:
    """Return how many rows there are, at most ``bound``. One query; ``QuerySet.count`` builds it at twice the cost."""
    try:
        sql, params = found.order_by().values("pk")[:bound].query.sql_with_params()
    except EmptyResultSet:  # the conditions exclude each other: nothing needs to be asked
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) found", params)
        (row,) = cursor.fetchall()
        return int(row[0])
