"""Recognising people: the contact that an e-mail address or phone number belongs to, for many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import connection

from throughline.core.arrays import array_of
from throughline.core.rows import fetch

_PEOPLE = 7_461_002
_MANY = 200


Way = tuple[str, str]
"""A kind of address and an address in normal form."""


def ways_to_reach(row: Mapping[str, Any]) -> list[Way]:
    """Return by what a person is recognised, the surest first. Phone and mobile are one kind: people mix them up."""
    ways = [("email", row.get("email")), ("phone", row.get("mobile")), ("phone", row.get("phone"))]
    return [(kind, value) for kind, value in ways if value]


def lock_people(ways: Collection[Way]) -> None:
    """
    Let nobody else make the people who are reached so until the transaction ends.

    A few ways are locked each; for many the making of people as a whole is, because locks are counted.
    """
    with connection.cursor() as cursor:
        if len(ways) > _MANY:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PEOPLE])
            return
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s);"
            "SELECT pg_advisory_xact_lock(key) FROM (SELECT DISTINCT hashtextextended(text, 0) AS key "
            "FROM unnest(%s::text[]) AS text ORDER BY 1) AS keys",
            [_PEOPLE, [f"{kind}:{value}" for kind, value in ways]],
        )


_KNOWN = """
SELECT 'email', wanted, found.id FROM unnest(%s::text[]) wanted CROSS JOIN LATERAL (
    SELECT id FROM people_contact WHERE email = wanted AND email <> '' AND deleted_at IS NULL AND NOT sandbox
    ORDER BY email, id LIMIT 1
) found
UNION ALL
SELECT 'phone', wanted, least(by_phone.id, by_mobile.id) FROM unnest(%s::text[]) wanted
LEFT JOIN LATERAL (
    SELECT id FROM people_contact WHERE phone = wanted AND phone <> '' AND deleted_at IS NULL AND NOT sandbox
    ORDER BY phone, id LIMIT 1
) by_phone ON true
LEFT JOIN LATERAL (
    SELECT id FROM people_contact WHERE mobile = wanted AND mobile <> '' AND deleted_at IS NULL AND NOT sandbox
    ORDER BY mobile, id LIMIT 1
) by_mobile ON true
WHERE least(by_phone.id, by_mobile.id) IS NOT NULL
"""
# One look into an index for each address: for a long array the planner weighs every value, which takes as long again.
# That they are not empty follows from what is asked for, but the planner must read it: indexes leave empty ones out.


def known_people(ways: Iterable[Way]) -> dict[Way, int]:
    """Return the contact for each way to reach one, the oldest where several share it. One query."""
    wanted: dict[str, list[str]] = {"email": [], "phone": []}
    for kind, value in ways:
        wanted[kind].append(value)
    rows = fetch(_KNOWN, [array_of(wanted["email"]), array_of(wanted["phone"])])
    return {(kind, value): key for kind, value, key in rows}


def find_person(*, email: str = "", phone: str = "") -> int | None:
    """Return the contact who is reached so, or None. The values are in normal form."""
    ways = ways_to_reach({"email": email, "phone": phone})
    known = known_people(ways) if ways else {}
    return next((known[way] for way in ways if way in known), None)
