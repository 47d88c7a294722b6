"""
Tamper evidence: closed stretches of the journal are sealed by digests that chain to one another.

Theory of operation. One sealer at a time (advisory lock) takes the entries after the last segment's end, in reading
order and below the oldest running transaction, so that no entry can appear later inside a sealed stretch. The
segment's digest is SHA-256 over the previous digest and the canonical form of every entry; it does not contain
personal values, only their salted digests, so erasure leaves the chain whole. Changing, adding or removing a sealed
entry breaks the digest of its segment; recomputing it breaks every later one, of which copies lie in backups and in
what was handed out. The order ``(era, txid, id)`` is inside the digest through the sequence only: restoring a backup
keeps the columns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from throughline.core.journal.models import Entry, PersonalValues, Segment
from throughline.core.journal.read import Cursor, follow
from throughline.core.journal.writing import personal_digest

_GENESIS = bytes(32)
_LOCK = 7_461_001
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the journal no longer is what was sealed. ``entry_id`` is None when the segment as a whole differs."""

    segment: int
    entry_id: int | None
    message: str


@transaction.atomic
def seal(*, at: datetime) -> Segment | None:
    """Close everything that can be closed into one segment; return it, or None when there was nothing to close."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    last = Segment.objects.order_by("-number").first()
    digest, count, end = hashlib.sha256(bytes(last.digest) if last else _GENESIS), 0, _end(last)
    for batch, end_of_batch in _batches(end):
        _feed(digest, batch)
        count, end = count + len(batch), end_of_batch
    if not count:
        return None
    number = last.number + 1 if last else 1
    return Segment.objects.create(
        number=number,
        era=end.era,
        txid=end.txid,
        last_id=end.id,
        entries=count,
        digest=digest.digest(),
        sealed_at=at,
    )


def verify() -> list[Broken]:
    """Recompute every segment and every personal digest and return what does not agree; empty when all is whole."""
    broken: list[Broken] = []
    previous, start = _GENESIS, Cursor()
    for segment in Segment.objects.order_by("number").iterator():
        end = _end(segment)
        digest, count = hashlib.sha256(previous), 0
        for batch in _stretch(start, end):
            _feed(digest, batch)
            count += len(batch)
            broken.extend(_wrong_personal_values(segment.number, batch))
        if count != segment.entries:
            broken.append(
                Broken(segment.number, None, f"Expected {segment.entries} sealed entries, but there are {count}.")
            )
        elif digest.digest() != bytes(segment.digest):
            broken.append(Broken(segment.number, None, "Expected the sealed entries, but at least one was changed."))
        previous, start = bytes(segment.digest), end
    return broken


def _end(segment: Segment | None) -> Cursor:
    return Cursor(segment.era, segment.txid, segment.last_id) if segment else Cursor()


def _batches(start: Cursor) -> Iterator[tuple[list[Entry], Cursor]]:
    while True:
        batch, end = follow(after=start, limit=_BATCH)
        if not batch:
            return
        yield batch, end
        start = end


_STRETCH = """
SELECT * FROM journal_entry
WHERE (era, txid, id) > (%s::smallint, %s::text::xid8, %s::bigint)
  AND (era, txid, id) <= (%s::smallint, %s::text::xid8, %s::bigint)
ORDER BY era, txid, id LIMIT %s
"""


def _stretch(start: Cursor, end: Cursor) -> Iterator[list[Entry]]:
    while True:
        bounds = [start.era, str(start.txid), start.id, end.era, str(end.txid), end.id, _BATCH]
        batch = list(Entry.objects.raw(_STRETCH, bounds))
        if not batch:
            return
        yield batch
        last = batch[-1]
        start = Cursor(last.era, last.txid, last.pk)


def _feed(digest: Any, entries: Iterable[Entry]) -> None:
    for entry in entries:
        digest.update(hashlib.sha256(_canonical(entry)).digest())


def _canonical(entry: Entry) -> bytes:
    fields = (
        entry.pk,
        entry.at.astimezone(UTC).isoformat(),
        entry.event,
        entry.actor_kind,
        entry.actor_id,
        entry.actor_label,
        entry.record_type,
        entry.record_id,
        entry.data,
        entry.cause_id,
        entry.depth,
        entry.sandbox,
        bytes(entry.digest).hex() if entry.digest is not None else None,
    )
    return msgspec.json.encode(fields, order="deterministic")


def _wrong_personal_values(segment: int, entries: list[Entry]) -> Iterator[Broken]:
    digests = {entry.pk: bytes(entry.digest) for entry in entries if entry.digest is not None}
    for kept in PersonalValues.objects.filter(entry_id__in=digests):
        if personal_digest(bytes(kept.salt), kept.values) != digests[kept.entry_id]:
            yield Broken(segment, kept.entry_id, "Expected the personal values that were written, but they differ.")
