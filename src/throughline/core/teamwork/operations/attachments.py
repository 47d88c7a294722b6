"""Files of a record: whoever may change the record adds and removes them, whoever sees it reads them."""

from __future__ import annotations

import mimetypes
from datetime import datetime
from pathlib import PurePath
from typing import BinaryIO

from django.db import transaction

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.files.models import Blob
from throughline.core.files.operations import bin_file, restore_file, store_file
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.operations import locked
from throughline.core.refusals import NotFound, Refusal

LARGEST = 50 * 1024 * 1024
"""Bytes of one attached file."""

RUNNABLE = frozenset(
    [
        "apk",
        "app",
        "bat",
        "bin",
        "cmd",
        "com",
        "cpl",
        "dll",
        "dmg",
        "exe",
        "gadget",
        "hta",
        "inf",
        "ins",
        "iso",
        "jar",
        "js",
        "jse",
        "lnk",
        "msc",
        "msi",
        "msp",
        "mst",
        "pif",
        "ps1",
        "ps2",
        "reg",
        "scr",
        "sct",
        "sh",
        "sys",
        "vb",
        "vbe",
        "vbs",
        "ws",
        "wsc",
        "wsf",
        "wsh",
    ]
)
"""Endings of files that a click would run on somebody's machine."""


@transaction.atomic
def attach_file(*, record: RecordRef, content: BinaryIO, name: str, by: Actor, at: datetime) -> Blob:
    """
    Keep a file with a record and return it. Its type follows from its name, never from what the sender says.

    Raises:
        NotFound, NotAllowed: the actor may not change the record.
        Refusal: it has no name, is empty, too large, or of a kind that could run; nothing was kept.
    """
    _changeable(record, by)
    kept = PurePath(name.replace("\\", "/")).name.strip()
    if not kept:
        raise Refusal("file_unnamed", "The file has no name. Give it one and choose it again.", "file")
    ending = kept.rpartition(".")[2].lower()
    if ending in RUNNABLE:
        raise Refusal(
            "file_runs", f"Files that end with .{ending} can run programs and are not kept. Pack it into a ZIP.", "file"
        )
    media_type = mimetypes.guess_type(kept)[0] or "application/octet-stream"
    return store_file(content=content, name=kept, by=by, at=at, media_type=media_type, about=record, largest=LARGEST)


@transaction.atomic
def bin_attachment(*, file_id: int, by: Actor, at: datetime) -> Blob:
    """
    Put a file of a record into the bin, from where ``restore_attachment`` brings it back.

    Raises:
        NotFound, NotAllowed: there is none, or the actor may not change its record.
    """
    blob = _attached(file_id, by, binned=False)
    bin_file(blob=blob, by=by, at=at)
    return blob


@transaction.atomic
def restore_attachment(*, file_id: int, by: Actor, at: datetime) -> Blob:
    """
    Bring a file of a record back from the bin.

    Raises:
        NotFound, NotAllowed: it is not there, or the actor may not change its record.
    """
    blob = _attached(file_id, by, binned=True)
    restore_file(blob=blob, by=by, at=at)
    return blob


def _attached(file_id: int, by: Actor, *, binned: bool) -> Blob:
    blob = Blob.objects.exclude(record_id=None).filter(pk=file_id, deleted_at__isnull=not binned).first()
    if blob is None or blob.record_id is None:
        raise NotFound("There is no such file. Look at the record.")
    _changeable(RecordRef(blob.record_type, blob.record_id), by)
    return blob


def _changeable(record: RecordRef, by: Actor) -> None:
    spec = registry.find(record.type)
    if spec is None:
        raise NotFound("There is no such record. Look in the list.")
    locked(spec, [record.id], by=by, action=access.EDIT)
