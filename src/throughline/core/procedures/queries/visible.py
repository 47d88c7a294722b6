"""Narrowing rows about cases to the records that somebody may see, in the database."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import registry

UNBOUND = Q(record_id=None)
"""Cases without a record: everybody who may look at procedures sees them."""


def seen_by(user: User, record_types: Iterable[str]) -> Q:
    """
    Return the predicate, for rows with ``record_type`` and ``record_id``, of what ``user`` may see among these types.

    ``Q()`` when everything may be seen, so that no join is paid for. Types that are not installed are not seen.
    """
    found, everything, seen = UNBOUND, True, access.seen_of(user)
    for record_type in sorted({each for each in record_types if each}):
        spec = registry.find(record_type)
        if spec is None:
            everything = False
            continue
        visible = seen.those(spec)
        if visible == Q():
            found |= Q(record_type=record_type)
            continue
        everything = False
        records = spec.model._default_manager.filter(visible).values("pk")
        found |= Q(record_type=record_type, record_id__in=records)
    return Q() if everything else found
