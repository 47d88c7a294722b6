"""My work: what waits for me, taking it, doing it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.procedures.operations import claim_work_item, complete_work_item
from throughline.core.procedures.queries import WorkRow, my_work, positions, work_of_record
from throughline.core.records import RecordRef, RecordSpec, registry
from throughline.core.records.queries import get_record, record_page
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.web import moments
from throughline.web.answers import Asked, done, parameters, signed_in, status_of
from throughline.web.parts import Metric, Tab, WorkGroup, WorkLine
from throughline.web.records.pages import frame, steps_context
from throughline.web.records.present import slug, url_of
from throughline.web.work.steps import next_step

SHOWN = 200
OF_THE_CARD = ("csrfmiddlewaretoken", "outcome", "record")
"""What a card sends beside the answers of its form."""
LOOKS_AGAIN = 6
"""After a step is done the page looks so often, a second apart, for the next one."""


@signed_in
def show_mine(request: Asked) -> HttpResponse:
    """Show the work list."""
    rows = my_work(user=request.user, at=request.at, limit=SHOWN)
    mine, to_take = [row for row in rows if row.mine], [row for row in rows if not row.mine]
    which = request.GET.get("show", "mine")
    home = reverse("web:my_work")
    context = {
        "tabs": (
            Tab(_("Mine"), "user", home, current=which != "queue"),
            Tab(_("To take"), "hand", f"{home}?show=queue", current=which == "queue"),
        ),
        "groups": _groups(request, to_take if which == "queue" else mine),
        "metrics": _metrics(request, mine, to_take),
        "summary": formats.date_format(timezone.localtime(request.at), "l j F Y"),
        "now": request.at,
    }
    return render(request, "work/my_work.html", context)


def _metrics(request: Asked, mine: list[WorkRow], to_take: list[WorkRow]) -> tuple[Metric, ...]:
    overdue = sum(row.overdue for row in mine)
    today = sum(_is_today(row, request) for row in mine)
    return (
        Metric(str(overdue), _("Overdue"), tone="late" if overdue else ""),
        Metric(str(today), _("Due today")),
        Metric(str(len(mine) - overdue - today), _("Later")),
        Metric(str(len(to_take)), _("To take")),
    )


def _is_today(row: WorkRow, request: Asked) -> bool:
    if row.due_at is None or row.overdue:
        return False
    return timezone.localtime(row.due_at).date() == timezone.localtime(request.at).date()


def _groups(request: Asked, rows: Iterable[WorkRow]) -> list[WorkGroup]:
    parted: dict[str, list[WorkLine]] = {_("Overdue"): [], _("Today"): [], _("Tomorrow"): [], _("Later"): []}
    for row in rows:
        parted[_when(row, request)].append(_line(row, request))
    return [WorkGroup(title, tuple(lines)) for title, lines in parted.items() if lines]


def _when(row: WorkRow, request: Asked) -> str:
    if row.overdue:
        return _("Overdue")
    if _is_today(row, request):
        return _("Today")
    tomorrow = timezone.localtime(request.at).date() + timedelta(days=1)
    if row.due_at is not None and timezone.localtime(row.due_at).date() == tomorrow:
        return _("Tomorrow")
    return _("Later")


def _line(row: WorkRow, request: Asked) -> WorkLine:
    return WorkLine(
        id=row.id,
        url=_url(row),
        title=row.title,
        about=row.record_title,
        procedure=row.procedure_name,
        who=row.assignee_name,
        due_at=row.due_at,
        tone=moments.tone(row.due_at, now=request.at) if row.due_at else "",
        claim_url=reverse("web:work_claim", args=[row.id]) if row.assignee is None else "",
    )


def _url(row: WorkRow) -> str:
    if row.record is None:
        return reverse("web:work_item", args=[row.id])
    return f"{url_of(registry.get(row.record.type), row.record.id)}#step-{row.id}"


@signed_in
def show_one(request: Asked, work_item_id: int) -> HttpResponse:
    """Show a step that belongs to no record."""
    row = _row(request, work_item_id)
    context = {"step": next_step(row, None, request, may_edit=False), "now": request.at}
    return render(request, "work/work_item.html", context)


def _row(request: Asked, work_item_id: int, record: RecordRef | None = None) -> WorkRow:
    rows = (
        work_of_record(record=record, user=request.user, at=request.at)
        if record
        else my_work(user=request.user, at=request.at, limit=SHOWN)
    )
    found = next((row for row in rows if row.id == work_item_id), None)
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
        if name not in ("csrfmiddlewaretoken", "outcome", "record")
    }
    try:
        item = complete_work_item(
            work_item_id=work_item_id, outcome=outcome, answers=answers, by=request.by, at=request.at
        )
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
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
        cases = positions(record=record, user=request.user, at=request.at)
        position = next((case for case in cases if case.case == row.case), None)
    else:
        may_edit = False
    names = {field.name for field in row.fields} | {"outcome"}
    sentence = "" if refusal.fields and set(refusal.fields) <= names else refusal.message
    step = next_step(row, position, request, may_edit=may_edit, given=answers, errors=refusal.fields, refusal=sentence)
    template = "work/_next_step.html" if request.headers.get("HX-Request") else "work/work_item.html"
    return render(request, template, {"step": step, "now": request.at}, status=status_of(refusal))


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
