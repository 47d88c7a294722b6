"""Recognising people: the contact that an e-mail address or phone number belongs to, for many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from throughline.core.rows import fetch

_PEOPLE = 7_461_002
_MANY = 200


def ways_to_reach(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return by what a person is recognised, the surest first. Phone and mobile are one kind: people mix them up."""
    ways = [("email", row.get("email")), ("phone", row.get("mobile")), ("phone", row.get("phone"))]
    return [(kind, value) for kind, value in ways if value]


def lock_people(rows: Iterable[Mapping[str, Any]]) -> None:
    """
    Let nobody else make the same people until the transaction ends.

    A few rows lock what they are recognised by; many rows lock the making of people as a whole, because locks are
    counted.
    """
    keys = sorted({f"{kind}:{value}" for row in rows for kind, value in ways_to_reach(row)})
    with connection.cursor() as cursor:
        if len(keys) > _MANY:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PEOPLE])
            return
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_PEOPLE])
        cursor.execute(
            "SELECT pg_advisory_xact_lock(key) FROM (SELECT DISTINCT hashtextextended(text, 0) AS key "
            "FROM unnest(%s::text[]) AS text ORDER BY 1) AS keys",
            [keys],
        )


_KNOWN = """
SELECT 'email', email, min(id) FROM people_contact
WHERE email = ANY(%(emails)s::text[]) AND email <> '' AND deleted_at IS NULL AND NOT sandbox GROUP BY email
UNION ALL
SELECT 'phone', number, min(id) FROM (
    SELECT id, phone AS number FROM people_contact
    WHERE phone = ANY(%(phones)s::text[]) AND phone <> '' AND deleted_at IS NULL AND NOT sandbox
    UNION ALL
    SELECT id, mobile FROM people_contact
    WHERE mobile = ANY(%(phones)s::text[]) AND mobile <> '' AND deleted_at IS NULL AND NOT sandbox
) AS reached GROUP BY number
"""
# That they are not empty follows from the arrays, but the planner looks into short ones only, and the indexes leave
# empty ones out.


def known_people(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    """Return the contact for each way to reach one, the oldest where several share it. One query."""
    ways = {way for row in rows for way in ways_to_reach(row)}
    wanted = {
        "emails": [value for kind, value in ways if kind == "email"],
        "phones": [value for kind, value in ways if kind == "phone"],
    }
    return {(kind, value): key for kind, value, key in fetch(_KNOWN, wanted)}


def find_person(*, email: str = "", phone: str = "") -> int | None:
    """Return the contact who is reached so, or None. The values are in normal form."""
    row = {"email": email, "phone": phone}
    known = known_people([row]) if email or phone else {}
    return next((known[way] for way in ways_to_reach(row) if way in known), None)
