"""Writes and reads of files: content goes in and comes out in chunks, so that no file has to fit into memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.files.events import FileBinned, FileDeleted, FileRestored, FileStored
from throughline.core.files.models import Blob, Chunk
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Refusal

CHUNK = 1024 * 1024
LARGEST = 512 * 1024 * 1024
"""Bytes of one file; larger ones are refused while they are read, before the database has them."""


@transaction.atomic
def store_file(
    *,
    content: BinaryIO,
    name: str,
    by: Actor,
    at: datetime,
    media_type: str = "application/octet-stream",
    about: RecordRef | None = None,
    largest: int | None = None,
) -> Blob:
    """
    Keep a file, of a record when ``about`` names one, and return it. The caller has checked that ``by`` may do so.

    Raises:
        Refusal: the file is empty or larger than ``largest`` bytes (``LARGEST`` where none is given); nothing was kept.
    """
    most = LARGEST if largest is None else min(largest, LARGEST)
    blob = Blob.objects.create(
        name=name[:255],
        media_type=media_type[:127],
        size=0,
        sha256=b"",
        created_at=at,
        created_by=by.label,
        owner_id=by.user_id,
        record_type=about.type if about else "",
        record_id=about.id if about else None,
    )
    digest = hashlib.sha256()
    for place, data in enumerate(_pieces(content)):
        digest.update(data)
        blob.size += len(data)
        if blob.size > most:
            raise Refusal("file_too_large", f"{name} is larger than {most // 1024**2} MB. Share it by a link.", "file")
        Chunk.objects.create(blob=blob, place=place, data=data)
    if not blob.size:
        raise Refusal("file_empty", f"{name} is empty. Choose another file.", "file")
    blob.sha256 = digest.digest()
    blob.save(update_fields=["size", "sha256"])
    event = FileStored(file=blob.pk, name=blob.name, size=blob.size, sha256=digest.hexdigest())
    journal.record(event, by=by, at=at, about=about or RecordRef("file", blob.pk))
    return blob


def _pieces(content: BinaryIO) -> Iterator[bytes]:
    while data := content.read(CHUNK):
        yield data


def read_file(blob: Blob) -> Iterator[bytes]:
    """
    Yield the content of a file, chunk by chunk. The caller has checked that the reader may see its record.

    Raises:
        ValueError: at the end, when the content is not what was stored.
    """
    digest = hashlib.sha256()
    for place in range(-(-blob.size // CHUNK)):
        data = bytes(Chunk.objects.values_list("data", flat=True).get(blob=blob, place=place))
        digest.update(data)
        yield data
    if digest.digest() != bytes(blob.sha256):
        raise ValueError(f"Expected the content of file {blob.pk} to be what was stored, but its digest differs.")


@transaction.atomic
def bin_file(*, blob: Blob, by: Actor, at: datetime) -> None:
    """Put a file into the bin. The caller has checked that ``by`` may do so."""
    _lay(blob, FileBinned(file=blob.pk, name=blob.name), by, at, binned=True)


@transaction.atomic
def restore_file(*, blob: Blob, by: Actor, at: datetime) -> None:
    """Bring a file back from the bin. The caller has checked that ``by`` may do so."""
    _lay(blob, FileRestored(file=blob.pk, name=blob.name), by, at, binned=False)


def _lay(blob: Blob, event: journal.JournalEvent, by: Actor, at: datetime, *, binned: bool) -> None:
    blob.deleted_at, blob.deleted_by = (at, by.label) if binned else (None, "")
    blob.save(update_fields=["deleted_at", "deleted_by"])
    journal.record(event, by=by, at=at, about=_about(blob))


def _about(blob: Blob) -> RecordRef:
    if blob.record_id is None:
        return RecordRef("file", blob.pk)
    return RecordRef(blob.record_type, blob.record_id)


@transaction.atomic
def delete_file(*, blob: Blob, by: Actor, at: datetime) -> None:
    """Remove a file for good; the journal keeps its name and digest."""
    event = FileDeleted(file=blob.pk, name=blob.name, sha256=bytes(blob.sha256).hex())
    journal.record(event, by=by, at=at, about=_about(blob))
    blob.delete()


def files_of(refs: Iterable[RecordRef]) -> list[Blob]:
    """Return the files of records that do not lie in the bin, the newest first. One query per record type."""
    by_type: dict[str, list[int]] = {}
    for ref in refs:
        by_type.setdefault(ref.type, []).append(ref.id)
    found = [
        blob
        for record_type, ids in by_type.items()
        for blob in Blob.objects.filter(record_type=record_type, record_id__in=ids, deleted_at=None)
    ]
    return sorted(found, key=lambda blob: (blob.created_at, blob.pk), reverse=True)
