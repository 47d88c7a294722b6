"""Files of a record: adding, reading, looking at pictures, the bin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core.files.models import Blob, Chunk
from throughline.core.files.operations import read_file
from throughline.core.records import RecordRef, RecordSpec, registry
from throughline.core.records.queries import RecordPage
from throughline.core.refusals import NotFound, Refusal
from throughline.core.teamwork import operations, queries
from throughline.core.teamwork.operations.attachments import LARGEST
from throughline.web.answers import Asked, done, signed_in
from throughline.web.records.present import slug, url_of

PICTURES: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("image/png", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    ("image/jpeg", lambda head: head.startswith(b"\xff\xd8\xff")),
    ("image/gif", lambda head: head[:6] in (b"GIF87a", b"GIF89a")),
    ("image/webp", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
)
"""Pictures that may be shown inside a page, told by what they are and not by what they are called."""

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
"""With these a file of a stranger does nothing in a browser."""


@dataclass(frozen=True, slots=True)
class FileShown:
    """A file in words, with what may be done with it."""

    name: str
    size: str
    by: str
    at: datetime
    url: str
    preview_url: str
    bin_url: str
    restore_url: str


def files_context(request: Asked, found: RecordPage) -> dict[str, Any]:
    """Return the files of a record as its page shows them. One query."""
    spec, record, may_edit = found.spec, found.record, found.can["edit"]
    ref = RecordRef(spec.type, record.pk)
    kept, binned = queries.files_of_record(record=ref)
    return {
        "files": [_shown(blob, may_edit=may_edit) for blob in kept],
        "binned_files": [_shown(blob, may_edit=may_edit) for blob in binned] if may_edit else [],
        "upload_url": reverse("web:record_files", args=[slug(spec), record.pk]) if may_edit else "",
        "largest": filesizeformat(LARGEST),
    }


def _shown(blob: Blob, *, may_edit: bool) -> FileShown:
    args = [blob.pk]
    looks_like_picture = blob.media_type in dict(PICTURES)
    return FileShown(
        name=blob.name,
        size=filesizeformat(blob.size),
        by=blob.created_by,
        at=blob.created_at,
        url=reverse("web:file", args=args),
        preview_url=reverse("web:file_preview", args=args) if looks_like_picture else "",
        bin_url=reverse("web:file_bin", args=args) if may_edit else "",
        restore_url=reverse("web:file_restore", args=args) if may_edit else "",
    )


@require_POST
@signed_in
def add(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Keep the files that were sent with a record."""
    sent = [each for each in request.FILES.getlist("file") if isinstance(each, UploadedFile)]
    if not sent:
        raise Refusal("no_file", _("Choose a file first."), "file")
    for file in sent:
        operations.attach_file(
            record=RecordRef(spec.type, record_id),
            content=cast("BinaryIO", file),
            name=file.name or "",
            by=request.by,
            at=request.at,
        )
    names = ", ".join(str(file.name) for file in sent)
    return done(request, f"{url_of(spec, record_id)}#files-title", _("Added: %(names)s") % {"names": names})


@signed_in
def read(request: Asked, file_id: int) -> HttpResponse:
    """Hand a file out, to be kept and not opened here."""
    return _answer(queries.get_attachment(file_id=file_id, user=request.user), as_attachment=True)


@signed_in
def preview(request: Asked, file_id: int) -> HttpResponse:
    """Show a picture; what only calls itself one is not shown."""
    blob = queries.get_attachment(file_id=file_id, user=request.user)
    media_type = picture_type(blob)
    if not media_type:
        raise NotFound(_("There is nothing to look at here. Download the file instead."))
    return _answer(blob, as_attachment=False, media_type=media_type)


def picture_type(blob: Blob) -> str:
    """Return what kind of picture the content of a file is, empty for anything else."""
    first = Chunk.objects.filter(blob=blob, place=0).values_list("data", flat=True).first()
    head = bytes(first)[:16] if first is not None else b""
    return next((media_type for media_type, fits in PICTURES if fits(head)), "")


def _answer(blob: Blob, *, as_attachment: bool, media_type: str = "application/octet-stream") -> HttpResponse:
    kind = blob.media_type if as_attachment else media_type
    answer: HttpResponseBase = StreamingHttpResponse(read_file(blob), content_type=kind)
    answer["Content-Length"] = str(blob.size)
    answer["Content-Disposition"] = content_disposition_header(as_attachment, blob.name) or "attachment"
    for name, value in SAFE.items():
        answer[name] = value
    return cast("HttpResponse", answer)


@require_POST
@signed_in
def put_into_bin(request: Asked, file_id: int) -> HttpResponse:
    """Put a file into the bin; the note that says so can undo it."""
    blob = operations.bin_attachment(file_id=file_id, by=request.by, at=request.at)
    undo_url = reverse("web:file_restore", args=[blob.pk])
    messages.success(request, _("“%(name)s” is in the bin.") % {"name": blob.name}, extra_tags=undo_url)
    return redirect(_home(blob))


@require_POST
@signed_in
def restore(request: Asked, file_id: int) -> HttpResponse:
    """Bring a file back from the bin."""
    blob = operations.restore_attachment(file_id=file_id, by=request.by, at=request.at)
    return done(request, _home(blob), _("“%(name)s” is back.") % {"name": blob.name})


def _home(blob: Blob) -> str:
    return f"{url_of(registry.get(blob.record_type), blob.record_id or 0)}#files-title"
