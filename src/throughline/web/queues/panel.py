"""What the page of a queue shows beyond that of any record: what waits, who takes it, what feeds it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.procedures.queries import WorkRow, queue_figures, waiting_in
from throughline.core.queues.feeding import Feeding, feeding
from throughline.core.queues.models import Queue
from throughline.core.queues.queries import Member, members
from throughline.core.records import registry
from throughline.core.records.queries import RecordPage
from throughline.web import moments
from throughline.web.answers import Asked
from throughline.web.records.columns import ways_to
from throughline.web.ways import way

SHOWN = 25
"""So much of what waits is listed on the page of a queue."""


def queue_panel(request: Asked, found: RecordPage) -> Mapping[str, Any]:
    """Return the panel of a queue's page: as far as the reader may see the records of what waits."""
    queue: Queue = found.record
    figures = queue_figures(queues=[queue.key], user=request.user, at=request.at)[queue.key]
    rows = waiting_in(queue=queue.key, user=request.user, at=request.at, limit=SHOWN)
    people = members(queue=queue, at=request.at)
    belongs = any(each.id == request.user.pk for each in people)
    is_kept = queue.deleted_at is None
    return {
        "template": "queues/_queue.html",
        "waiting": formats.number_format(figures.waiting, force_grouping=True),
        "late": formats.number_format(figures.late, force_grouping=True) if figures.late else "",
        "rows": [_line(row, request, belongs=belongs) for row in rows],
        "more": _("The first %(n)d, the earliest due first.") % {"n": SHOWN} if figures.waiting > len(rows) else "",
        "belongs": belongs,
        "next_url": reverse("web:queue_next", args=[queue.pk]) if belongs and rows and is_kept else "",
        "people": [_person(each) for each in people],
        "there": sum(not each.is_away for each in people),
        "people_url": reverse("web:queue_people", args=[queue.pk])
        if is_kept and access.allows(request.user, access.MANAGE_ROLES)
        else "",
        "feeding": [_feeding(each) for each in feeding(queue.key)],
    }


@cache
def _pages(record_type: str) -> Any:
    return ways_to(registry.get(record_type))


def _line(row: WorkRow, request: Asked, *, belongs: bool) -> dict[str, Any]:
    page = _pages(row.record.type)(row.record.id) if row.record else way("web:work_item", row.id)
    return {
        "title": row.title,
        "about": row.record_title,
        "procedure": row.procedure_name,
        "url": f"{page}#step-{row.id}" if row.record else page if belongs else "",
        "since": row.offered_at,
        "due_at": row.due_at,
        "tone": moments.tone(row.due_at, now=request.at) if row.due_at else "",
    }


def _person(each: Member) -> dict[str, Any]:
    return {"name": each.name, "is_away": each.is_away, "until": each.away_until}


def _feeding(each: Feeding) -> dict[str, Any]:
    lanes = list(dict.fromkeys(feed.lane for feed in each.feeds if feed.lane))
    return {
        "name": each.name,
        "url": way("web:procedure_live", each.key),
        "lanes": ", ".join(lanes),
        "only_watches": each.only_watches,
        "steps": [
            {"name": feed.step, "url": reverse("web:procedure_step", args=[each.key, feed.node])} for feed in each.feeds
        ],
    }
