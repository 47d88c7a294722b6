"""The page of a record: what to do next, what happened, and all that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from throughline.core.procedures.queries import Position, positions
from throughline.core.procedures.queries.overview import startable
from throughline.core.records import FieldType, RecordRef, RecordSpec
from throughline.core.records.merging.queries import survivor_of
from throughline.core.records.queries import RecordPage, get_record, record_page
from throughline.core.refusals import NotFound
from throughline.core.teamwork.operations import remember_visit
from throughline.core.teamwork.queries import get_comment
from throughline.insight.prediction.queries import outlooks
from throughline.web.activities.shown import may_be_about, plan_url, planned_context
from throughline.web.answers import Asked, signed_in
from throughline.web.duplicates.on_page import likely_same
from throughline.web.mined.outlook import words_of
from throughline.web.parts import Cell, Choice, Tab
from throughline.web.people.consents import consents_of_record
from throughline.web.promises.views import promises_context
from throughline.web.quality.words import quality_of
from throughline.web.records.filters import address
from throughline.web.records.panels import panel_context
from throughline.web.records.present import cell_of_shown, slug, url_of
from throughline.web.records.related import related_to
from throughline.web.records.resting import resting_words
from throughline.web.records.timeline import Cursor, tell
from throughline.web.records.verbs import verbs_of
from throughline.web.teamwork.files import files_context
from throughline.web.teamwork.marks import marks_context
from throughline.web.work.guided import guided
from throughline.web.work.steps import Waiting, next_step, waiting


@dataclass(frozen=True, slots=True)
class SectionShown:
    """A part of the details: a heading, the cells that say something, and those that do not."""

    title: str
    cells: list[Cell]
    empty: list[Cell]


@signed_in
def show(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Show a record's page; one that was merged into another leads there."""
    try:
        found = record_page(spec=spec, user=request.user, record_id=record_id)
    except NotFound:
        survivor = survivor_of(RecordRef(spec.type, record_id))
        if survivor is None:
            raise
        get_record(spec=spec, user=request.user, record_id=survivor)
        return redirect(url_of(spec, survivor))
    kind = request.GET.get("timeline", "")
    told = tell(spec, found.record, request, before=None, kind=kind)
    context = {
        "record": frame(found, kind),
        "sections": [
            _section(section.title, [cell_of_shown(shown) for shown in fields if shown.spec.name != "tags"])
            for section, fields in found.sections
        ],
        "timeline": told.items,
        "older_url": older_url(spec, record_id, told.older, kind),
        "related": related_to(spec, record_id, request),
        "verbs": verbs_of(found),
        "consents": consents_of_record(found, request),
        "quality": quality_of(request, found),
        "likely": likely_same(request, found),
        "now": request.at,
        **steps_context(request, found),
        **composing(request, found),
        **files_context(request, found),
        **panel_context(request, found),
        **marks_context(request, found),
        **promises_context(request, found),
        **planned_context(request, found),
    }
    remember_visit(record=RecordRef(spec.type, record_id), by=request.by, at=request.at)
    return render(request, "records/record.html", context)


def composing(request: Asked, found: RecordPage) -> dict[str, Any]:
    """Return what the composer begins with: an answer to the comment that ``?answer=`` names, else nothing."""
    context = {
        "people_url": reverse("web:whom_to_mention", args=[slug(found.spec), found.record.pk]),
        "plan_url": plan_url(request, found),
    }
    wanted = request.GET.get("answer", "")
    if not wanted.isdecimal():
        return context
    answered = get_comment(comment_id=int(wanted), user=request.user)
    return {
        **context,
        "answers": answered.pk,
        "note_body": f"@{answered.author.name} ",
        "answering": answered.author.name,
    }


def _section(title: str, cells: list[Cell]) -> SectionShown:
    filled = [cell for cell in cells if cell.is_filled]
    return SectionShown(title, filled, [cell for cell in cells if not cell.is_filled])


@signed_in
def older(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Show an older stretch of the timeline."""
    record = get_record(spec=spec, user=request.user, record_id=record_id)
    kind = request.GET.get("timeline", "")
    told = tell(spec, record, request, before=Cursor.read(request.GET.get("before", "")), kind=kind)
    context = {
        "timeline": told.items,
        "older_url": older_url(spec, record_id, told.older, kind),
        "now": request.at,
        "record": None,
    }
    return render(request, "records/_timeline.html", context)


def older_url(spec: RecordSpec, record_id: int, than: Cursor | None, kind: str) -> str:
    """Return the address of the next, older stretch; empty at the end."""
    if than is None:
        return ""
    base = reverse("web:record_timeline", args=[slug(spec), record_id])
    return f"{base}?{address({'before': str(than), 'timeline': kind})}"


def frame(found: RecordPage, timeline_kind: str = "") -> dict[str, Any]:
    """Return what the head and the parts of a record's page need."""
    spec, record = found.spec, found.record
    args = [slug(spec), record.pk]
    url = reverse("web:record", args=args)
    by_name = {shown.spec.name: shown for _, fields in found.sections for shown in fields}
    reach = [
        Cell(shown.value, "email" if shown.spec.type is FieldType.EMAIL else "phone")
        for shown in by_name.values()
        if shown.spec.type in (FieldType.EMAIL, FieldType.PHONE) and shown.value
    ]
    return {
        "title": found.title,
        "subtitle": found.subtitle,
        "number": record.number,
        "version": record.version,
        "plural": spec.plural,
        "list_url": reverse("web:record_list", args=args[:1]),
        "url": url,
        "edit_url": reverse("web:record_edit", args=args) if found.can["edit"] else "",
        "delete_url": reverse("web:record_bin", args=args),
        "tags_url": reverse("web:record_tags", args=args),
        "note_url": reverse("web:record_notes", args=args),
        "may_log": may_be_about(spec),
        "can_edit": found.can["edit"],
        "can_delete": found.can["delete"],
        "tags": record.tags,
        "why": found.why,
        "reach": _first_of_each(reach),
        "timeline_tabs": [
            Tab(label, "", f"{url}?{address({'timeline': kind})}#timeline-title", current=kind == timeline_kind)
            for kind, label in (
                ("", _("All")),
                ("contact", _("Contact")),
                ("team", _("Team")),
                ("procedure", _("Procedure")),
            )
        ],
    }


def _first_of_each(cells: list[Cell]) -> list[Cell]:
    found: dict[str, Cell] = {}
    for cell in cells:
        found.setdefault(cell.kind, cell)
    return list(found.values())


def steps_context(request: Asked, found: RecordPage) -> dict[str, Any]:
    """Return the next steps of a record, or what it waits for, or which procedures could be started."""
    ref = RecordRef(found.spec.type, found.record.pk)
    cases = positions(record=ref, user=request.user, at=request.at, sandbox=found.record.sandbox)
    steps = [
        next_step(row, position, request, may_edit=found.can["edit"])
        for position in cases
        for row in position.next_steps
    ]
    running = {position.procedure for position in cases if position.ended_at is None}
    acting = [position for position in cases if not position.is_guided]
    return {
        "steps": steps,
        "guided": guided(cases, request, may_edit=found.can["edit"]),
        "waiting": _waiting(acting) if not steps else None,
        "outlook": [words_of(each, request.at) for each in outlooks(cases=[case.case for case in cases]).values()],
        "startable": [Choice(key, name) for key, name in startable(record_type=found.spec.type) if key not in running]
        if found.can["edit"] and not found.record.sandbox
        else [],
        "trial": trial_of(found, acting),
        "start_url": reverse("web:record_cases", args=[slug(found.spec), found.record.pk]),
        "resting": resting_words(sum(position.ended_at is None for position in cases)),
    }


def trial_of(found: RecordPage, cases: list[Position]) -> dict[str, str] | None:
    """Return what the banner of a test record says, None for a real one."""
    if not found.record.sandbox:
        return None
    key = cases[0].procedure if cases else ""
    return {"url": reverse("web:procedure_trial", args=[key]) if key else reverse("web:procedures")}


def _waiting(cases: list[Position]) -> Waiting | None:
    return next((shown for position in cases if (shown := waiting(position)) is not None), None)
