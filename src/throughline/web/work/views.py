"""My work: what waits for me, taking it, doing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from typing import Self

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.company.queries import find_company
from throughline.core.procedures.operations import claim_work_item, complete_work_item
from throughline.core.procedures.queries import (
    WorkFigures,
    WorkRow,
    find_work,
    my_work,
    positions,
    queue_figures,
    work_figures,
    work_of_record,
)
from throughline.core.records import RecordRef, RecordSpec, registry
from throughline.core.records.queries import get_record, record_page
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.crm.promises.queries import mine as promised
from throughline.insight.prediction.models import Outlook
from throughline.insight.prediction.queries import outlooks
from throughline.web import moments
from throughline.web.activities.shown import planned_by
from throughline.web.answers import Asked, done, parameters, signed_in
from throughline.web.mined.outlook import note_of
from throughline.web.parts import Metric, Tab, WorkGroup, WorkLine
from throughline.web.promises.views import shown
from throughline.web.queues.named import queues_named
from throughline.web.records.columns import ways_to
from throughline.web.records.pages import frame, steps_context
from throughline.web.records.present import slug, url_of
from throughline.web.ways import way, ways
from throughline.web.work.steps import next_step

SHOWN = 100
OF_THE_CARD = ("csrfmiddlewaretoken", "outcome", "record")
"""What a card sends beside the answers of its form."""
LOOKS_AGAIN = 6
"""After a step is done the page looks so often, a second apart, for the next one."""


@signed_in
def show_mine(request: Asked) -> HttpResponse:
    """Show the work list: what the person has, or what they could take."""
    days = _Days.of(request.at)
    figures = work_figures(user=request.user, at=request.at, day_ends_at=days.today_ends_at)
    which = "queue" if request.GET.get("show") == "queue" else "mine"
    is_queue = which == "queue"
    rows = my_work(user=request.user, at=request.at, limit=SHOWN, mine=not is_queue, queues=is_queue)
    home = way("web:my_work")
    groups = _queues(request, rows) if is_queue else _groups(request, rows, days)
    context = {
        "tabs": (
            Tab(_("Mine"), "user", home, current=not is_queue),
            Tab(_("To take"), "hand", f"{home}?show=queue", current=is_queue),
        ),
        "groups": groups,
        "sample_url": way("web:sample") if not groups and access.allows(request.user, access.MANAGE_ROLES) else "",
        "setup_url": _setup_url(request) if not groups else "",
        "metrics": _metrics(figures),
        "shown": _shown(len(rows), figures.to_take if is_queue else figures.overdue + figures.today + figures.later),
        "promises": [] if is_queue else shown(promised(user=request.user), request),
        "planned": [] if is_queue else planned_by(request),
        "planned_url": f"{way('web:record_list', 'activities')}?owner=me&status=Planned",
        "from_work": True,
        "summary": formats.date_format(timezone.localtime(request.at), "l j F Y"),
        "now": request.at,
    }
    return render(request, "work/my_work.html", context)


def _setup_url(request: Asked) -> str:
    """Return where the company is set up, for those who may, until somebody has said that it is done."""
    if not access.allows(request.user, access.MANAGE_ROLES):
        return ""
    company = find_company()
    return "" if company is not None and company.ended_at is not None else way("web:setup")


def _metrics(figures: WorkFigures) -> tuple[Metric, ...]:
    return (
        Metric(_figure(figures.overdue), _("Overdue"), tone="late" if figures.overdue else ""),
        Metric(_figure(figures.today), _("Due today")),
        Metric(_figure(figures.later), _("Later")),
        Metric(_figure(figures.to_take), _("To take")),
    )


def _figure(number: int) -> str:
    return formats.number_format(number, force_grouping=True)


def _shown(shown: int, there_are: int) -> str:
    if shown >= there_are:
        return ""
    words = {"shown": _figure(shown), "all": _figure(there_are)}
    return _("The first %(shown)s of %(all)s, the earliest due first.") % words


@dataclass(frozen=True, slots=True)
class _Days:
    """When the reader's today and tomorrow are over (open)."""

    today_ends_at: datetime
    tomorrow_ends_at: datetime

    @classmethod
    def of(cls, at: datetime) -> Self:
        zone = timezone.get_current_timezone()
        today = at.astimezone(zone).date()
        return cls(*(datetime.combine(today + timedelta(days=days), time(), zone) for days in (1, 2)))


def _groups(request: Asked, rows: Sequence[WorkRow], days: _Days) -> list[WorkGroup]:
    parted: dict[str, list[WorkLine]] = {_("Overdue"): [], _("Today"): [], _("Tomorrow"): [], _("Later"): []}
    overdue, today, tomorrow, later = parted.values()
    line = _line(request, outlooks(cases=[row.case for row in rows]))
    for row in rows:
        if row.overdue:
            lines = overdue
        elif row.due_at is not None and row.due_at < days.today_ends_at:
            lines = today
        elif row.due_at is not None and row.due_at < days.tomorrow_ends_at:
            lines = tomorrow
        else:
            lines = later
        lines.append(line(row))
    return [WorkGroup(title, tuple(lines)) for title, lines in parted.items() if lines]


def _queues(request: Asked, rows: Sequence[WorkRow]) -> list[WorkGroup]:
    """Return what waits in each queue of the reader, the one with what is due first on top."""
    parted: dict[str, list[WorkLine]] = {}
    line = _line(request, outlooks(cases=[row.case for row in rows]))
    for row in rows:
        parted.setdefault(row.queue, []).append(line(row))
    named = queues_named(request, parted)
    figures = queue_figures(queues=list(parted), user=request.user, at=request.at)
    return [
        WorkGroup(
            named[key].name,
            tuple(lines),
            url=named[key].url,
            note=_("%(n)s waiting") % {"n": _figure(figures[key].waiting)},
            late=_("%(n)s overdue") % {"n": _figure(figures[key].late)} if figures[key].late else "",
            next_url=reverse("web:queue_next", args=[named[key].id]) if named[key].id is not None else "",
        )
        for key, lines in parted.items()
    ]


def _line(request: Asked, expected: Mapping[int, Outlook]) -> Callable[[WorkRow], WorkLine]:
    """Return what makes a line of a work item."""
    claims, pages = ways("web:work_claim"), cache(lambda record_type: ways_to(registry.get(record_type)))

    def made(row: WorkRow) -> WorkLine:
        page = pages(row.record.type)(row.record.id) if row.record else way("web:work_item", row.id)
        return WorkLine(
            id=row.id,
            url=f"{page}#step-{row.id}" if row.record else page,
            title=row.title,
            about=row.record_title,
            procedure=row.procedure_name,
            who=row.assignee_name,
            due_at=row.due_at,
            tone=moments.tone(row.due_at, now=request.at) if row.due_at else "",
            claim_url=claims(row.id) if row.assignee is None else "",
            outlook=note_of(expected.get(row.case), request.at),
        )

    return made


@signed_in
def show_one(request: Asked, work_item_id: int) -> HttpResponse:
    """Show a step that belongs to no record."""
    row = _row(request, work_item_id)
    context = {"step": next_step(row, None, request, may_edit=False), "now": request.at}
    return render(request, "work/work_item.html", context)


def _row(request: Asked, work_item_id: int, record: RecordRef | None = None) -> WorkRow:
    if record:
        spec = registry.get(record.type)
        known = get_record(spec=spec, user=request.user, record_id=record.id)
        rows = work_of_record(record=record, user=request.user, at=request.at, sandbox=known.sandbox)
        found = next((row for row in rows if row.id == work_item_id), None)
    else:
        found = find_work(work_item_id=work_item_id, user=request.user, at=request.at)
    if found is None:
        raise NotFound(_("This step is done, or it is not yours. Look at My work."))
    return found


@require_POST
@signed_in
def claim(request: Asked, work_item_id: int) -> HttpResponse:
    """Take a step out of its queue."""
    item = claim_work_item(work_item_id=work_item_id, by=request.by, at=request.at)
    return done(request, _home(item.record_type, item.record_id), _("“%(title)s” is yours.") % {"title": item.title})


@require_POST
@signed_in
def complete(request: Asked, work_item_id: int) -> HttpResponse:
    """Do a step. Refused answers come back in its card, each with a sentence at its field."""
    sent = request.POST
    outcome = sent.get("outcome", "")
    answers = {
        name: value
        for name, value in parameters(sent).items()
        if name not in ("csrfmiddlewaretoken", "outcome", "record", "guided")
    }
    try:
        item = complete_work_item(
            work_item_id=work_item_id, outcome=outcome, answers=answers, by=request.by, at=request.at
        )
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
        if "guided" in sent:  # a step that is only watched has no card to come back to
            raise
        return _again(request, work_item_id, answers, refusal)
    said = _("“%(title)s” is done.") % {"title": item.title}
    if not request.headers.get("HX-Request"):
        return done(request, _home(item.record_type, item.record_id), said)
    spec = registry.find(item.record_type)
    again = reverse("web:record_steps", args=[slug(spec), item.record_id]) if spec and item.record_id else ""
    return render(request, "work/_done.html", {"done_text": said, "again_url": again, "looks": LOOKS_AGAIN})


def _again(request: Asked, work_item_id: int, answers: dict[str, str], refusal: Refusal) -> HttpResponse:
    record = RecordRef.parse(request.POST["record"]) if request.POST.get("record") else None
    row = _row(request, work_item_id, record)
    position = None
    if record is not None:
        spec = registry.get(record.type)
        found = get_record(spec=spec, user=request.user, record_id=record.id)
        may_edit = access.can(request.user, access.EDIT, spec, found)
        cases = positions(record=record, user=request.user, at=request.at, sandbox=found.sandbox)
        position = next((case for case in cases if case.case == row.case), None)
    else:
        may_edit = False
    names = {field.name for field in row.fields} | {"outcome"}
    sentence = "" if refusal.fields and set(refusal.fields) <= names else refusal.message
    step = next_step(row, position, request, may_edit=may_edit, given=answers, errors=refusal.fields, refusal=sentence)
    template = "work/_next_step.html" if request.headers.get("HX-Request") else "work/work_item.html"
    return render(request, template, {"step": step, "now": request.at}, status=refusal.status)


def _home(record_type: str, record_id: int | None) -> str:
    spec = registry.find(record_type)
    return reverse("web:my_work") if spec is None or record_id is None else url_of(spec, record_id)


@signed_in
def show_steps(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Show the next steps of a record, the part of its page that is swapped after a step was done."""
    found = record_page(spec=spec, user=request.user, record_id=record_id)
    looks = int(request.GET.get("looks", "0")) if request.GET.get("looks", "").isdecimal() else 0
    context = {"record": frame(found), "now": request.at, **steps_context(request, found)}
    moving = looks > 1 and not context["steps"]
    url = reverse("web:record_steps", args=[slug(spec), record_id])
    context |= {"again_url": url if moving else "", "looks": looks - 1}
    return render(request, "work/_steps.html", context)
