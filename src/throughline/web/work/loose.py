"""Loose ends: what is open and has no owner, or nothing next. Each is mended where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.identity.queries import names_of_colleagues
from throughline.core.records import RecordRef, RecordSpec, registry
from throughline.core.records.operations import Assignment, assign_records
from throughline.core.records.queries import get_record
from throughline.core.records.unattended import CARED_FOR, Unattended, unattended
from throughline.core.refusals import NotFound, Refusal
from throughline.crm.activities.operations import plan_activity
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice
from throughline.web.records.present import slug, url_of

KINDS = ("Call", "Meeting", "Task", "Email")


@dataclass(frozen=True, slots=True)
class Loose:
    """A record without owner or next step, with the form that mends it; ``error`` is why it was not mended."""

    row: Unattended
    url: str
    mend_url: str
    needs_owner: bool
    needs_next: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class LooseGroup:
    """The loose ends of one type; ``more`` says how many there are beyond those shown."""

    title: str
    icon: str
    lines: tuple[Loose, ...]
    count: int


@signed_in
def show(request: Asked) -> HttpResponse:
    """Show what nobody looks after."""
    return _page(request)


def _page(request: Asked, refused: RecordRef | None = None, refusal: Refusal | None = None) -> HttpResponse:
    groups = [
        _group(request, spec, refused, refusal)
        for spec in registry.everything()
        if spec.type in CARED_FOR and access.can(request.user, access.VIEW, spec)
    ]
    context = {
        "groups": [group for group in groups if group.lines],
        "people": [Choice(str(key), name) for key, name in names_of_colleagues()],
        "kinds": KINDS,
        "now": request.at,
    }
    return render(request, "work/loose_ends.html", context, status=refusal.status if refusal else 200)


def _group(request: Asked, spec: RecordSpec, refused: RecordRef | None, refusal: Refusal | None) -> LooseGroup:
    rows, count = unattended(spec=spec, user=request.user)
    lines = tuple(
        Loose(
            row=row,
            url=url_of(spec, row.id),
            mend_url=reverse("web:loose_end", args=[slug(spec), row.id]),
            needs_owner=not row.owner,
            needs_next=not row.has_next and spec.type != "promise",
            error=refusal.message if refusal is not None and refused == RecordRef(spec.type, row.id) else "",
        )
        for row in rows
    )
    return LooseGroup(str(spec.plural), spec.icon, lines, count)


@require_POST
@signed_in
def mend(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Give a record an owner, a dated next step, or both; all or nothing."""
    if spec.type not in CARED_FOR:
        raise NotFound(_("There is nothing to mend here. Look at the record's page."))
    get_record(spec=spec, user=request.user, record_id=record_id)
    try:
        _mend(request, spec, record_id)
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        return _page(request, RecordRef(spec.type, record_id), refusal)
    return done(request, reverse("web:loose_ends"), _("Mended."))


@transaction.atomic
def _mend(request: Asked, spec: RecordSpec, record_id: int) -> None:
    owner, due, what = (request.POST.get(name, "").strip() for name in ("owner", "due_at", "what"))
    owner_id = int(owner) if owner.isdecimal() else None
    if owner_id is None and not due:
        raise Refusal("nothing_mended", _("Choose who has it, or what is next and until when."))
    if owner_id is not None:
        assignments = [Assignment(record_id, owner_id=owner_id, reason=_("It had nobody"))]
        assign_records(spec=spec, assignments=assignments, by=request.by, at=request.at)
    if due or what:
        due_at = local_moment(due)
        if due_at is None:
            raise Refusal("no_due", _("Until when? Choose a day and a time."), "due_at")
        kind = request.POST.get("kind", "")
        plan_activity(
            kind=kind if kind in KINDS else "Task",
            subject=what,
            about=[RecordRef(spec.type, record_id)],
            due_at=due_at,
            owner_id=owner_id or _owner_of(spec, record_id),
            by=request.by,
            at=request.at,
        )


def _owner_of(spec: RecordSpec, record_id: int) -> int | None:
    found: int | None = spec.model._default_manager.values_list("owner_id", flat=True).get(pk=record_id)
    return found


def local_moment(text: str) -> datetime | None:
    """Return the moment that a form sends in the reader's time zone, None when it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return timezone.make_aware(moment) if moment.tzinfo is None else moment
