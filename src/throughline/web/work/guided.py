"""A guided procedure on the page of a record: the next step, what was done, and where it left the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core.procedures.queries import Expected, Position, Strayed, Watched, watched
from throughline.web import moments
from throughline.web.answers import Asked
from throughline.web.parts import FormField, Outcome, Tone
from throughline.web.queues.named import NOBODY, queue_named
from throughline.web.ways import way
from throughline.web.work.steps import form_field, picture

DEPARTURES = {
    "skipped": gettext_lazy("left out"),
    "moved": gettext_lazy("moved by hand"),
    "unexpected": gettext_lazy("not expected then"),
    "wrong order": gettext_lazy("in the wrong order"),
    "late": gettext_lazy("late"),
    "wrong person": gettext_lazy("done by another person"),
}
"""Where a record left the drawing of a procedure that only watches, in words."""


@dataclass(frozen=True, slots=True)
class Next:
    """A step that is expected. ``url``: where somebody may say that it is done; empty for others."""

    title: str
    who: str
    queue: str
    queue_url: str
    due_at: datetime | None
    tone: Tone
    outcomes: tuple[Outcome, ...]
    fields: tuple[FormField, ...]
    prefix: str
    url: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A departure: what, at which step, when, by whom."""

    words: str
    title: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Guided:
    """One guided procedure of a record."""

    case: int
    name: str
    url: str
    is_over: bool
    next: tuple[Next, ...]
    done: tuple[tuple[str, str, datetime], ...]
    marks: tuple[Mark, ...]
    picture: SafeString


def guided(cases: Sequence[Position], request: Asked, *, may_edit: bool) -> list[Guided]:
    """Return the guided procedures among the cases of a record that the person may see."""
    found = watched(positions=cases, user=request.user, at=request.at)
    return [_shown(each, request, may_edit=may_edit) for each in found]


def _shown(each: Watched, request: Asked, *, may_edit: bool) -> Guided:
    position = each.position
    return Guided(
        case=position.case,
        name=position.procedure_name,
        url=way("web:procedure_live", position.procedure),
        is_over=position.ended_at is not None,
        next=tuple(_next(step, request, may_edit=may_edit) for step in each.expected),
        done=tuple((deed.title, deed.who, deed.at) for deed in each.done),
        marks=tuple(_mark(one) for one in each.strayed),
        picture=picture(position) if position.tokens else SafeString(""),
    )


def _next(step: Expected, request: Asked, *, may_edit: bool) -> Next:
    queue = NOBODY if step.who else queue_named(request, step.queue)
    return Next(
        title=step.title,
        who=step.who,
        queue=queue.name,
        queue_url=queue.url,
        due_at=step.due_at,
        tone=moments.tone(step.due_at, now=request.at) if step.due_at else "",
        outcomes=tuple(Outcome(each.value, each.label or each.value) for each in step.outcomes),
        fields=tuple(form_field(field, {}, {}) for field in step.fields),
        prefix=f"guided-{step.work_item}",
        url=reverse("web:work_completion", args=[step.work_item]) if step.mine or may_edit else "",
    )


def _mark(each: Strayed) -> Mark:
    words = str(DEPARTURES.get(each.kind, each.kind))
    if each.late_by is not None:
        words = _("%(length)s late") % {"length": moments.length(each.late_by)}
    if each.approved:
        words = _("%(words)s, with a reason") % {"words": words}
    return Mark(words, each.title, each.who, each.at)
