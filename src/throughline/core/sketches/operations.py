"""Bringing drawings in, answering their questions, making drafts of them, and taking that back."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.files.models import Blob
from throughline.core.files.operations import delete_file, read_file, store_file
from throughline.core.procedures import permits
from throughline.core.procedures.models import Case, Procedure, ProcedureVersion
from throughline.core.procedures.operations import create_procedure, save_draft
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.core.sketches.events import DrawingAccepted, DrawingForgotten, DrawingSent, DrawingTakenBack
from throughline.core.sketches.models import Backdrop, ImportedDrawing, Stage
from throughline.flow import bpmn
from throughline.flow.charts import UnreadableDrawing
from throughline.flow.charts.formats import (
    Form,
    Reading,
    as_procedure,
    calling,
    form_of,
    fullest_page,
    pages_of,
    read_drawing,
)

ABOUT = "drawing"
LARGEST = 20 * 1024 * 1024
"""Bytes of one drawing or picture."""
LONGEST_ANSWER = 200

_MEDIA = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a drawing is to become: a new procedure of this name, or the draft of one there is (``into``, its key)."""

    name: str
    record_type: str = ""
    into: str = ""


@transaction.atomic
def send_drawing(*, content: bytes, file_name: str, by: Actor, at: datetime, name: str = "") -> ImportedDrawing:
    """
    Take in a drawing and read it for the first time.

    Raises:
        NotAllowed: the person's roles do not let them draw procedures, or nobody in person is behind the actor.
        Refusal: it is too large, or no drawing that can be read; nothing was kept.
    """
    permits.require_design(by)
    owner = access.user_of(by)
    if owner is None:
        raise NotAllowed("A drawing belongs to whoever brings it. Sign in and bring it yourself.")
    file_name = PurePath(file_name).name or "drawing"
    if len(content) > LARGEST:
        raise Refusal("file_too_large", f"{file_name} is larger than {LARGEST // 1024**2} MB. Send one page.", "file")
    try:
        form = form_of(content, file_name)
        pages, page = pages_of(content, form), fullest_page(content, form)
        if form is not Form.PICTURE:
            read_drawing(content, form, page=page)
    except UnreadableDrawing as wrong:
        raise Refusal("unreadable_drawing", str(wrong), "file") from wrong
    blob = store_file(content=io.BytesIO(content), name=file_name, by=by, at=at, media_type=_media_type(content, form))
    found = ImportedDrawing.objects.create(
        name=name.strip() or PurePath(file_name).stem.replace("_", " ").strip() or file_name,
        file_name=file_name,
        file=blob,
        form=form.value,
        pages=list(pages),
        page=page,
        owner=owner,
        sent_at=at,
        sent_by_label=by.label,
    )
    event = DrawingSent(drawing=found.pk, file_name=file_name, form=form.value)
    journal.record(event, by=by, at=at, about=RecordRef(ABOUT, found.pk))
    return found


def _media_type(content: bytes, form: Form) -> str:
    if form is not Form.PICTURE:
        return "application/octet-stream"
    return next((media for head, media in _MEDIA.items() if content.startswith(head)), "image/svg+xml")


def content_of(drawing: ImportedDrawing) -> bytes:
    """Return the file of a drawing."""
    return b"".join(read_file(drawing.file))


def reading_of(drawing: ImportedDrawing) -> Reading:
    """
    Return what a drawing means with the answers that were given so far.

    Raises:
        Refusal: it is a picture, which means nothing by itself.
    """
    try:
        return read_drawing(content_of(drawing), Form(drawing.form), page=drawing.page, answers=drawing.answers)
    except UnreadableDrawing as wrong:
        raise Refusal("unreadable_drawing", str(wrong)) from wrong


def get_drawing(*, drawing_id: int, by: Actor) -> ImportedDrawing:
    """
    Return a drawing of the person behind the actor.

    Raises:
        NotFound: there is none of theirs.
    """
    return _own(drawing_id, by, lock=False)


@transaction.atomic
def answer_doubt(*, drawing_id: int, key: str, answer: str, by: Actor, at: datetime) -> ImportedDrawing:  # noqa: ARG001 - reviews are no business facts
    """
    Answer a question about a drawing; an empty answer opens it again.

    Raises:
        NotFound: there is no such drawing of the person behind the actor.
        Conflict: it was accepted already.
        Refusal: the drawing asks no such question, or the answer is none of its choices.
    """
    found = _open(drawing_id, by)
    doubt = next((each for each in reading_of(found).doubts if each.key == key), None)
    said = answer.strip()[:LONGEST_ANSWER]
    if doubt is None or (said and not doubt.free and said not in {choice.value for choice in doubt.choices}):
        raise Refusal("no_such_answer", "This question is not asked any more. Look at the drawing again.")
    found.answers = {name: value for name, value in found.answers.items() if name != key} | (
        {key: said} if said else {}
    )
    found.save(update_fields=["answers"])
    return found


@transaction.atomic
def map_lanes(*, drawing_id: int, roles: Mapping[str, str], by: Actor, at: datetime) -> ImportedDrawing:  # noqa: ARG001 - as above
    """
    Say which roles the lanes of a drawing are, by id of lane; an empty role leaves a lane to its name.

    Raises:
        NotFound, Conflict: as for ``answer_doubt``.
    """
    found = _open(drawing_id, by)
    lanes = {lane.id for lane in reading_of(found).lanes}
    found.roles = found.roles | {lane: role for lane, role in roles.items() if lane in lanes}
    found.save(update_fields=["roles"])
    return found


@transaction.atomic
def turn_to_page(*, drawing_id: int, page: int, by: Actor, at: datetime) -> ImportedDrawing:  # noqa: ARG001 - as above
    """
    Review another page of the file; answers belong to a page and are dropped.

    Raises:
        NotFound, Conflict: as for ``answer_doubt``.
        Refusal: there is no such page.
    """
    found = _open(drawing_id, by)
    if not 0 <= page < len(found.pages):
        raise Refusal("no_such_page", f"“{found.file_name}” has {len(found.pages)} pages. Choose one of them.")
    if page != found.page:
        found.page, found.answers, found.roles = page, {}, {}
        found.save(update_fields=["page", "answers", "roles"])
    return found


@transaction.atomic
def take_as_picture(*, drawing_id: int, by: Actor, at: datetime) -> ImportedDrawing:  # noqa: ARG001 - as above
    """
    Take a vector picture for what it looks like, to be traced, and leave what was read in it.

    Raises:
        NotFound, Conflict: as for ``answer_doubt``.
        Refusal: the file is no picture.
    """
    found = _open(drawing_id, by)
    if found.form != Form.SVG:
        raise Refusal("no_picture", f"“{found.file_name}” is no picture that could be traced.")
    found.form, found.pages, found.page, found.answers, found.roles = Form.PICTURE.value, [], 0, {}, {}
    found.file.media_type = "image/svg+xml"
    found.file.save(update_fields=["media_type"])
    found.save(update_fields=["form", "pages", "page", "answers", "roles"])
    return found


@transaction.atomic
def accept_drawing(*, drawing_id: int, key: str, purpose: Purpose, by: Actor, at: datetime) -> ProcedureVersion:
    """
    Make a drawing the draft of a procedure: of a new one called ``key``, or of the one that the purpose names.

    A picture becomes the backdrop of the draft instead; a new procedure then needs its first drawing from the caller.

    Raises:
        NotFound: there is no such drawing of the person behind the actor, or no such procedure.
        Conflict: it was accepted already.
        Refusal: the key is taken.
    """
    permits.require_design(by)
    found = _open(drawing_id, by)
    made = not purpose.into
    into = purpose.into or key
    if made:
        create_procedure(
            key=key, name=purpose.name, record_type=purpose.record_type, by=by, at=at, owner_id=found.owner_id
        )
    procedure = Procedure.objects.select_for_update().filter(key=into).first()
    if procedure is None:
        raise NotFound(f"There is no procedure “{into}”. Choose another, or make a new one.")
    standing = procedure.versions.filter(status=ProcedureVersion.Status.DRAFT).first()
    reading = reading_of(found)
    chart = as_procedure(
        reading.chart,
        key=into,
        name=procedure.name,
        record=purpose.record_type or procedure.record_type,
        roles=found.roles,
    )
    draft = save_draft(key=into, drawing=bpmn.write(chart), by=by, at=at, note=f"From {found.file_name}"[:200])
    found.stage, found.procedure, found.digest = Stage.ACCEPTED, procedure, draft.digest
    found.before = bytes(standing.bpmn) if standing is not None else None
    found.made_procedure, found.name, found.record_type = made, procedure.name, purpose.record_type
    found.ended_at, found.ended_by_label = at, by.label
    found.save()
    event = DrawingAccepted(drawing=found.pk, procedure=into, number=draft.number, left_open=len(reading.open_doubts))
    journal.record(event, by=by, at=at, about=RecordRef("procedure", procedure.pk))
    return draft


@dataclass(frozen=True, slots=True)
class PagePurpose:
    """What one page of a drawing is to become: a new procedure with this key and name."""

    page: int
    key: str
    name: str


@transaction.atomic
def accept_pages(
    *, drawing_id: int, purposes: Sequence[PagePurpose], record_type: str, by: Actor, at: datetime
) -> list[ProcedureVersion]:
    """
    Make drafts of several pages of a drawing at once, each that of a procedure of its own.

    A step that is called like another one of these pages calls the procedure that the page becomes. The page under
    review takes its answers and roles along; questions about the others stay open, for the editor.

    Raises:
        NotFound: there is no such drawing of the person behind the actor.
        Conflict: it was accepted already.
        Refusal: no page is chosen, a page is not there, or two of them, or a procedure there is, have the same key.
    """
    permits.require_design(by)
    found = _open(drawing_id, by)
    _require_pages(found, purposes)
    first = min(purposes, key=lambda each: (each.page != found.page, each.page))
    drafts: dict[str, ProcedureVersion] = {}
    for each in purposes:
        reading = _reading_of_page(found, each)
        others = {other.name: other.key for other in purposes if other is not each}
        roles = found.roles if each.page == found.page else {}
        chart = as_procedure(
            calling(reading.chart, others), key=each.key, name=each.name, record=record_type, roles=roles
        )
        create_procedure(key=each.key, name=each.name, record_type=record_type, by=by, at=at, owner_id=found.owner_id)
        draft = save_draft(key=each.key, drawing=bpmn.write(chart), by=by, at=at, note=f"From {found.file_name}"[:200])
        event = DrawingAccepted(
            drawing=found.pk, procedure=each.key, number=draft.number, left_open=len(reading.open_doubts)
        )
        journal.record(event, by=by, at=at, about=RecordRef("procedure", draft.procedure_id))
        drafts[each.key] = draft
    found.stage, found.made_procedure, found.before = Stage.ACCEPTED, True, None
    found.procedure, found.digest = drafts[first.key].procedure, drafts[first.key].digest
    found.others = [{"key": key, "digest": each.digest} for key, each in drafts.items() if key != first.key]
    found.name, found.record_type = first.name, record_type
    found.ended_at, found.ended_by_label = at, by.label
    found.save()
    return [drafts[each.key] for each in purposes]


def _require_pages(found: ImportedDrawing, purposes: Sequence[PagePurpose]) -> None:
    if not purposes:
        raise Refusal("no_pages", "Choose at least one page.", "pages")
    if any(not 0 <= each.page < len(found.pages) for each in purposes):
        raise Refusal("no_such_page", f"“{found.file_name}” has {len(found.pages)} pages. Choose among them.", "pages")
    keys = [each.key for each in purposes]
    if len(set(keys)) < len(keys):
        raise Refusal("same_name", "Two pages have the same name. Give each procedure one of its own.", "pages")


def _reading_of_page(found: ImportedDrawing, purpose: PagePurpose) -> Reading:
    answers = found.answers if purpose.page == found.page else {}
    try:
        return read_drawing(content_of(found), Form(found.form), page=purpose.page, answers=answers)
    except UnreadableDrawing as wrong:
        raise Refusal("unreadable_drawing", f"{purpose.name}: {wrong}") from wrong


@transaction.atomic
def take_back(*, drawing_id: int, by: Actor, at: datetime) -> ImportedDrawing:
    """
    Undo the accepting of a drawing: the draft that stood there before is back; a procedure made for it goes.

    The review is open again, with its answers.

    Raises:
        NotFound: there is no such drawing of the person behind the actor.
        Conflict: it was not accepted, or somebody has drawn on, or published it.
    """
    permits.require_design(by)
    found = _own(drawing_id, by, lock=True)
    if found.stage != Stage.ACCEPTED or found.procedure is None:
        raise Conflict("This drawing is not accepted, so there is nothing to take back.")
    procedure = Procedure.objects.select_for_update().get(pk=found.procedure.pk)
    draft = _untouched(procedure, found.digest)
    others = Procedure.objects.select_for_update().filter(key__in=[each["key"] for each in found.others])
    digests = {each["key"]: each["digest"] for each in found.others}
    for other in list(others):
        _untouched(other, digests[other.key]).delete()
        _forget_unused(other)
    event = DrawingTakenBack(drawing=found.pk, procedure=procedure.key)
    journal.record(event, by=by, at=at, about=RecordRef("procedure", procedure.pk))
    if found.before is not None:
        save_draft(key=procedure.key, drawing=bytes(found.before), by=by, at=at, note=draft.note)
    else:
        draft.delete()
    found.stage, found.procedure, found.digest, found.before = Stage.OPEN, None, "", None
    found.ended_at, found.ended_by_label, found.others = None, "", []
    found.save()
    if found.made_procedure:
        _forget_unused(procedure)
    return found


def _untouched(procedure: Procedure, digest: str) -> ProcedureVersion:
    draft = procedure.versions.filter(status=ProcedureVersion.Status.DRAFT).first()
    if draft is None or draft.digest != digest:
        raise Conflict("The draft was changed or published since. Go back in the editor instead.")
    return draft


def _forget_unused(procedure: Procedure) -> None:
    """Let a procedure go that was made for a drawing and has neither versions nor cases."""
    if not procedure.versions.exists() and not Case.objects.filter(version__procedure=procedure).exists():
        Backdrop.objects.filter(procedure=procedure).delete()
        procedure.delete()


@transaction.atomic
def forget_drawing(*, drawing_id: int, by: Actor, at: datetime) -> None:
    """
    Throw a drawing away that has not become anything.

    Raises:
        NotFound: there is no such drawing of the person behind the actor.
        Conflict: it was accepted.
    """
    found = _open(drawing_id, by)
    blob = found.file
    event = DrawingForgotten(drawing=found.pk, file_name=found.file_name)
    journal.record(event, by=by, at=at, about=RecordRef(ABOUT, found.pk))
    found.delete()
    delete_file(blob=blob, by=by, at=at)


# -- Pictures to trace -------------------------------------------------------------------------------------------------


@transaction.atomic
def lay_behind(*, procedure: str, content: bytes, file_name: str, by: Actor, at: datetime) -> Backdrop:
    """
    Lay a picture behind the canvas of a procedure's draft, in place of the one that lies there.

    Raises:
        NotAllowed: the person's roles do not let them draw procedures.
        NotFound: there is no such procedure.
        Refusal: it is no picture, or too large.
    """
    permits.require_design(by)
    found = Procedure.objects.select_for_update().filter(key=procedure).first()
    if found is None:
        raise NotFound(f"There is no procedure “{procedure}”. Look in the library.")
    if len(content) > LARGEST:
        raise Refusal("file_too_large", f"{file_name} is larger than {LARGEST // 1024**2} MB. Make it smaller.", "file")
    media_type = next((media for head, media in _MEDIA.items() if content.startswith(head)), "")
    if not media_type and b"<svg" in content[:2000]:
        media_type = "image/svg+xml"
    if not media_type:
        raise Refusal("no_picture", "This is no picture. Choose a PNG, JPEG, GIF, WebP or SVG file.", "file")
    remove_backdrop(procedure=procedure, by=by, at=at)
    blob = store_file(content=io.BytesIO(content), name=file_name, by=by, at=at, media_type=media_type)
    return Backdrop.objects.create(procedure=found, file=blob, laid_at=at, laid_by_label=by.label)


@transaction.atomic
def remove_backdrop(*, procedure: str, by: Actor, at: datetime) -> None:
    """
    Take the picture behind a procedure's canvas away, if one lies there.

    Raises:
        NotAllowed: the person's roles do not let them draw procedures.
    """
    permits.require_design(by)
    for backdrop in Backdrop.objects.select_related("file").filter(procedure__key=procedure):
        blob = backdrop.file
        backdrop.delete()
        if not ImportedDrawing.objects.filter(file=blob).exists():
            delete_file(blob=blob, by=by, at=at)


def backdrop_of(*, procedure: str) -> Backdrop | None:
    """Return what lies behind the canvas of a procedure, if anything."""
    return Backdrop.objects.select_related("file").filter(procedure__key=procedure).first()


def picture_of(blob: Blob) -> bytes:
    """Return the content of a picture."""
    return b"".join(read_file(blob))


# -- Whose -------------------------------------------------------------------------------------------------------------


def _own(drawing_id: int, by: Actor, *, lock: bool) -> ImportedDrawing:
    rows = ImportedDrawing.objects.select_related("file", "procedure", "owner")
    if lock:
        rows = rows.select_for_update(of=("self",))
    user = access.user_of(by)
    found = rows.filter(pk=drawing_id, owner=user).first() if user is not None else None
    if found is None:
        raise NotFound("There is no such drawing of yours. Look at the list of your drawings.")
    return found


def _open(drawing_id: int, by: Actor) -> ImportedDrawing:
    permits.require_design(by)
    found = _own(drawing_id, by, lock=True)
    if found.stage != Stage.OPEN:
        raise Conflict("This drawing was accepted. Take that back first.")
    return found
