"""Following, starring and having opened a record. One's own marks are no business facts: the journal is not told."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.queries import get_record
from throughline.core.refusals import NotFound, Refusal
from throughline.core.teamwork.models import Favourite, Follow, Mark

KEPT_VISITS = 50
"""So many records that somebody opened lately are remembered."""


@transaction.atomic
def follow(*, record: RecordRef, by: Actor, at: datetime) -> None:
    """
    Let the person behind the actor be told what happens to a record; following it already changes nothing.

    Raises:
        NotFound: the person may not see it.
    """
    _set(Follow, record, by, at)


@transaction.atomic
def unfollow(*, record: RecordRef, by: Actor, at: datetime) -> None:  # noqa: ARG001 - one's own mark
    """Stop being told; also of what one may not see any more."""
    _take(Follow, record, by)


@transaction.atomic
def star(*, record: RecordRef, by: Actor, at: datetime) -> None:
    """
    Put a record among the person's favourites; being there already changes nothing.

    Raises:
        NotFound: the person may not see it.
    """
    _set(Favourite, record, by, at)


@transaction.atomic
def unstar(*, record: RecordRef, by: Actor, at: datetime) -> None:  # noqa: ARG001 - one's own mark
    """Take a record from the person's favourites."""
    _take(Favourite, record, by)


_VISIT = """
WITH visited AS (
    INSERT INTO teamwork_visit (user_id, record_type, record_id, at) VALUES (%(user)s, %(type)s, %(id)s, %(at)s)
    ON CONFLICT (user_id, record_type, record_id) DO UPDATE SET at = EXCLUDED.at
)
DELETE FROM teamwork_visit WHERE id IN (
    SELECT id FROM teamwork_visit WHERE user_id = %(user)s ORDER BY at DESC OFFSET %(kept)s
)
"""


def remember_visit(*, record: RecordRef, by: Actor, at: datetime) -> None:
    """
    Remember that the person opened a record now, and forget what they opened long ago. One statement.

    The caller has checked that the person may see it.
    """
    values: dict[str, int | str | datetime] = {
        "user": _person(by),
        "type": record.type,
        "id": record.id,
        "at": at,
        "kept": KEPT_VISITS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_VISIT, values)


def _set(kind: type[Mark], record: RecordRef, by: Actor, at: datetime) -> None:
    user, spec = access.user_of(by), registry.find(record.type)
    if user is None or spec is None:
        raise NotFound("There is no such record. Look in the list.")
    get_record(spec=spec, user=user, record_id=record.id)
    kind._default_manager.get_or_create(user=user, record_type=record.type, record_id=record.id, defaults={"at": at})


def _take(kind: type[Mark], record: RecordRef, by: Actor) -> None:
    kind._default_manager.filter(user_id=_person(by), record_type=record.type, record_id=record.id).delete()


def _person(by: Actor) -> int:
    if by.user_id is None:
        raise Refusal("nobody", "Only people keep records for themselves. Sign in first.")
    return by.user_id
