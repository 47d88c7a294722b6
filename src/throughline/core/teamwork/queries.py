"""Reads of teamwork: comments and files of a record, whom one may mention, what one follows, stars and opened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from throughline.core import access
from throughline.core.files.models import Blob
from throughline.core.identity.models import User
from throughline.core.notify.queries import SHOWN_UNREAD, seen_by
from throughline.core.recordref import RecordRef
from throughline.core.records import RecordSpec, registry
from throughline.core.records.queries import get_record
from throughline.core.records.titles import record_titles
from throughline.core.refusals import NotFound
from throughline.core.rows import fetch_planned
from throughline.core.teamwork.mentions import Colleague
from throughline.core.teamwork.models import Comment, Favourite, Follow, Visit

SHOWN = 30
"""So many favourites and so many records opened lately are shown."""
OFFERED = 8
"""So many people are offered for a mention."""
ASKED = 40
"""So many whose name fits are asked whether they may see the record before the offer is cut."""


# -- Comments ----------------------------------------------------------------------------------------------------------


def colleagues() -> list[Colleague]:
    """Return everybody who works here. One query; no users are loaded."""
    rows = fetch_planned("SELECT id, name, email FROM identity_user WHERE is_active ORDER BY name, id")
    return [Colleague(key, name, email) for key, name, email in rows]


def key_of(comment_id: int) -> str:
    """Return the key of the messages that tell of a comment."""
    return f"comment:{comment_id}"


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as it stands; ``seen``: to whom it went and when each has seen it, for its author only."""

    comment: Comment
    mine: bool
    seen: list[tuple[str, datetime | None]]


def comments(*, ids: Sequence[int], user: User) -> dict[int, Said]:
    """
    Return comments by key, those taken back left out. The caller has checked that ``user`` sees their record.

    One query, and one for who has seen the person's own.
    """
    rows = Comment.objects.filter(pk__in=ids, deleted_at=None).select_related("author", "answers__author")
    found = list(rows) if ids else []
    seen = seen_by(keys=[key_of(row.pk) for row in found if row.author_id == user.pk])
    return {row.pk: Said(row, row.author_id == user.pk, seen.get(key_of(row.pk), [])) for row in found}


def get_comment(*, comment_id: int, user: User) -> Comment:
    """
    Return one comment.

    Raises:
        NotFound: it is gone, or its record is not for ``user`` to see.
    """
    found = Comment.objects.filter(pk=comment_id, deleted_at=None).select_related("author").first()
    spec = registry.find(found.record_type) if found is not None else None
    if found is None or spec is None:
        raise NotFound("This comment is gone. Look at the timeline again.")
    get_record(spec=spec, user=user, record_id=found.record_id)
    return found


def whom_to_mention(*, spec: RecordSpec, record_id: int, begins: str, user: User) -> list[Colleague]:
    """
    Return colleagues who may see a record and whose name has a word that begins so, by name; not the asker.

    Where two have one name, theirs is left out of what is to be written: the address stands instead.

    Raises:
        NotFound: the record is not for ``user`` to see.
    """
    record = get_record(spec=spec, user=user, record_id=record_id)
    wanted = begins.strip().casefold()
    there = colleagues()
    fitting = [each for each in there if each.key != user.pk and _begins(each, wanted)][:ASKED]
    people = User.objects.in_bulk([each.key for each in fitting])
    allowed = [each for each in fitting if access.can(people[each.key], access.VIEW, spec, record)]
    names = [each.name for each in there]
    return [
        each if names.count(each.name) == 1 else Colleague(each.key, each.email, each.email)
        for each in allowed[:OFFERED]
    ]


def _begins(colleague: Colleague, wanted: str) -> bool:
    name = colleague.name.casefold()
    return name.startswith(wanted) or any(word.startswith(wanted) for word in name.split())


# -- Files -------------------------------------------------------------------------------------------------------------


def files_of_record(*, record: RecordRef) -> tuple[list[Blob], list[Blob]]:
    """
    Return the files of a record and those of them in the bin, the newest first. One query.

    The caller has checked that the record may be seen.
    """
    rows = list(Blob.objects.raw(_FILES, [record.type, record.id]))
    return [row for row in rows if row.deleted_at is None], [row for row in rows if row.deleted_at is not None]


_FILES = "SELECT * FROM files_blob WHERE record_type = %s AND record_id = %s ORDER BY created_at DESC, id DESC"


def get_attachment(*, file_id: int, user: User) -> Blob:
    """
    Return a file of a record.

    Raises:
        NotFound: there is none, it lies in the bin, or its record is not for ``user`` to see.
    """
    blob = Blob.objects.filter(pk=file_id, deleted_at=None).exclude(record_id=None).first()
    spec = registry.find(blob.record_type) if blob is not None else None
    if blob is None or spec is None or blob.record_id is None:
        raise NotFound("There is no such file, or it is not yours to see. Look at the record.")
    get_record(spec=spec, user=user, record_id=blob.record_id)
    return blob


# -- Marks -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Marks:
    """What a person keeps of a record, and how many follow it."""

    follows: bool
    starred: bool
    muted: bool
    followers: int


_MARKS = """
SELECT EXISTS (SELECT FROM teamwork_follow WHERE user_id = %s AND record_type = %s AND record_id = %s),
       EXISTS (SELECT FROM teamwork_favourite WHERE user_id = %s AND record_type = %s AND record_id = %s),
       EXISTS (SELECT FROM notify_mute WHERE user_id = %s AND record_type = %s AND record_id = %s),
       (SELECT count(*) FROM teamwork_follow WHERE record_type = %s AND record_id = %s)
"""


def marks_of(*, record: RecordRef, user: User) -> Marks:
    """Return what the person keeps of a record. One query; the caller has checked that it may be seen."""
    ((follows, starred, muted, count),) = fetch_planned(_MARKS, [*3 * (user.pk, *record), *record])
    return Marks(follows, starred, muted, count)


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that somebody follows, starred or opened, as far as they still see it."""

    record: RecordRef
    title: str
    at: datetime


def favourites(*, user: User) -> list[Kept]:
    """Return the records a person has starred and may still see, in the order they were starred."""
    return _kept(user, Favourite.objects.filter(user=user).order_by("at", "id")[:SHOWN])


def opened_lately(*, user: User) -> list[Kept]:
    """Return the records a person opened and may still see, the latest first."""
    return _kept(user, Visit.objects.filter(user=user).order_by("-at", "id")[:SHOWN])


def followed(*, user: User, limit: int = 200) -> list[Kept]:
    """Return the records a person follows and may still see, the latest followed first."""
    return _kept(user, Follow.objects.filter(user=user).order_by("-at", "-id")[:limit])


def _kept(user: User, marks: Iterable[Favourite | Visit | Follow]) -> list[Kept]:
    rows = [(mark.record, mark.at) for mark in marks]
    titles = record_titles(seen(refs=[ref for ref, _ in rows], user=user))
    return [Kept(ref, titles[ref], at) for ref, at in rows if ref in titles]


def seen(*, refs: Iterable[RecordRef], user: User) -> list[RecordRef]:
    """Return those of the records that the person may see and that do not lie in the bin; one query per type."""
    by_type: dict[str, list[int]] = {}
    for ref in refs:
        by_type.setdefault(ref.type, []).append(ref.id)
    found: list[RecordRef] = []
    for record_type, ids in by_type.items():
        spec = registry.find(record_type)
        if spec is not None:
            rows = spec.model._default_manager.filter(access.visible(spec, user), pk__in=ids, deleted_at=None)
            found.extend(RecordRef(record_type, key) for key in rows.values_list("pk", flat=True))
    return found


def followers(*, refs: Iterable[RecordRef]) -> dict[RecordRef, list[int]]:
    """Return the keys of active people who follow the records. One query."""
    wanted = sorted(set(refs))
    if not wanted:
        return {}
    found: dict[RecordRef, list[int]] = {}
    rows = fetch_planned(_FOLLOWERS, [[ref.type for ref in wanted], [ref.id for ref in wanted]])
    for record_type, record_id, user_id in rows:
        found.setdefault(RecordRef(record_type, record_id), []).append(user_id)
    return found


_FOLLOWERS = """
SELECT f.record_type, f.record_id, f.user_id FROM unnest(%s::text[], %s::bigint[]) AS r (type, id)
JOIN teamwork_follow f ON f.record_type = r.type AND f.record_id = r.id
JOIN identity_user u ON u.id = f.user_id AND u.is_active ORDER BY f.id
"""


# -- The frame of every page -------------------------------------------------------------------------------------------

STARRED = 8
"""So many favourites stand in the navigation."""


@dataclass(frozen=True, slots=True)
class AtHand:
    """What the frame of every page shows of a person: how many messages wait, and the first favourites."""

    unread: int
    favourites: list[Kept]


_AT_HAND = """
SELECT (SELECT count(*) FROM (SELECT 1 FROM notify_notification
                              WHERE user_id = %s AND read_at IS NULL AND NOT quiet AND NOT sandbox LIMIT %s) u),
       (SELECT coalesce(json_agg(json_build_array(record_type, record_id, at) ORDER BY at, id), '[]')
        FROM teamwork_favourite WHERE user_id = %s)::text
"""


def at_hand(*, user: User) -> AtHand:
    """Return what the frame of a page shows. One query; two more for each type of record among the favourites."""
    ((unread, starred),) = fetch_planned(_AT_HAND, [user.pk, SHOWN_UNREAD, user.pk])
    rows = [(RecordRef(kind, key), datetime.fromisoformat(at)) for kind, key, at in json.loads(starred)]
    titles = record_titles(seen(refs=[ref for ref, _ in rows], user=user)) if rows else {}
    kept = [Kept(ref, titles[ref], at) for ref, at in rows if ref in titles]
    return AtHand(int(unread), kept[:STARRED])
