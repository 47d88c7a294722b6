"""Small changes of records: the column of a board, tags, notes, the bin, starting a procedure, many at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core.procedures.operations import start_case
from throughline.core.records import RecordRef, RecordSpec, registry
from throughline.core.records.operations import (
    Tagging,
    delete_records,
    restore_records,
    tag_records,
    update_record,
)
from throughline.core.records.queries import record_page
from throughline.core.refusals import Refusal
from throughline.core.teamwork.operations import add_comment
from throughline.crm.activities.operations import log_activity
from throughline.web.activities.shown import may_be_about
from throughline.web.answers import Asked, done, signed_in
from throughline.web.records.lists import board_page
from throughline.web.records.pages import composing, frame, older_url
from throughline.web.records.present import slug, url_of
from throughline.web.records.timeline import tell

SUBJECT = 120
"""So much of a note's first line is its subject."""

KINDS = ("Note", "Call", "Meeting")
COMMENT = "Comment"


@require_POST
@signed_in
def move(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Put a record into another column of the board. Refused or not, the board comes back as it is."""
    refusal: Refusal | None = None
    version = request.POST.get("version", "")
    try:
        update_record(
            spec=spec,
            record_id=record_id,
            values={spec.board_column: request.POST.get("to", "")},
            by=request.by,
            at=request.at,
            version=int(version) if version.isdecimal() else None,
        )
    except Refusal as told:
        refusal = told
    if not request.headers.get("HX-Request"):
        if refusal is not None:
            raise refusal
        query = request.GET.urlencode()
        return redirect(f"{reverse('web:record_board', args=[slug(spec)])}{'?' + query if query else ''}")
    sentence = refusal.message if refusal else _("Moved to %(column)s.") % {"column": _column_label(spec, request)}
    context = {
        "page": board_page(request, spec),
        "now": request.at,
        "sentence": sentence,
        "tone": "error" if refusal else "success",
    }
    return render(request, "records/_moved.html", context, status=refusal.status if refusal else 200)


def _column_label(spec: RecordSpec, request: Asked) -> str:
    choice = spec.field(spec.board_column).choice(request.POST.get("to", "")) if spec.board_column else None
    return str(choice.label) if choice else ""


@require_POST
@signed_in
def tag(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Put a tag on a record or take one off."""
    error, sent = "", request.POST
    try:
        tagging = Tagging(record_id, add=_words(sent.get("add", "")), remove=_words(sent.get("remove", "")))
        tag_records(spec=spec, taggings=[tagging], by=request.by, at=request.at)
    except Refusal as refusal:
        error = refusal.message
    if not request.headers.get("HX-Request"):
        if error:
            raise Refusal("not_tagged", error)
        return redirect(url_of(spec, record_id))
    found = record_page(spec=spec, user=request.user, record_id=record_id)
    context = {"record": frame(found), "tag_error": error}
    return render(request, "records/_tags.html", context, status=422 if error else 200)


def _words(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@require_POST
@signed_in
def note(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Say something about a record to colleagues, or log a note, call or meeting."""
    body = request.POST.get("body", "").strip()
    found = record_page(spec=spec, user=request.user, record_id=record_id)
    error = ""
    try:
        _log(request, RecordRef(spec.type, record_id), body)
    except Refusal as refusal:
        error = refusal.message
    if not request.headers.get("HX-Request"):
        if error:
            raise Refusal("not_logged", error)
        return done(request, url_of(spec, record_id), _("Saved."))
    context: dict[str, Any] = {
        "record": frame(found),
        "now": request.at,
        "note_error": error,
        **composing(request, found),
    }
    if error:
        again = {"note_body": body, "answers": request.POST.get("answers", "")}
        return render(request, "records/_composer.html", context | again, status=422)
    told = tell(spec, found.record, request, before=None, kind="")
    older = older_url(spec, record_id, told.older, "")
    return render(request, "records/_noted.html", context | {"timeline": told.items, "older_url": older})


def _log(request: Asked, ref: RecordRef, body: str) -> None:
    if not body:
        raise Refusal("empty_note", _("Write a few words about what happened."), "body")
    kind = request.POST.get("kind", COMMENT)
    if kind == COMMENT or not may_be_about(registry.get(ref.type)):
        answers = request.POST.get("answers", "")
        answered = int(answers) if answers.isdecimal() else None
        add_comment(record=ref, body=body, answers=answered, by=request.by, at=request.at)
        return
    log_activity(
        kind=kind if kind in KINDS else "Note",
        subject=body.splitlines()[0][:SUBJECT],
        body=body,
        about=[ref],
        by=request.by,
        at=request.at,
    )


@require_POST
@signed_in
def start(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Start a procedure for a record."""
    record_page(spec=spec, user=request.user, record_id=record_id)
    procedure = request.POST.get("procedure", "")
    start_case(procedure=procedure, record=RecordRef(spec.type, record_id), by=request.by, at=request.at)
    return done(request, url_of(spec, record_id), _("Started. The first step appears in a moment."))


@require_POST
@signed_in
def put_into_bin(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Put a record into the bin; the note that says so can undo it."""
    found = record_page(spec=spec, user=request.user, record_id=record_id)
    delete_records(spec=spec, ids=[record_id], by=request.by, at=request.at)
    undo_url = reverse("web:record_restore", args=[slug(spec), record_id])
    messages.success(request, _("“%(title)s” is in the bin.") % {"title": found.title}, extra_tags=undo_url)
    return redirect(reverse("web:record_list", args=[slug(spec)]))


@require_POST
@signed_in
def restore(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Bring a record back from the bin."""
    restore_records(spec=spec, ids=[record_id], by=request.by, at=request.at)
    return done(request, url_of(spec, record_id), _("Back from the bin."))
