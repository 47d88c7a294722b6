"""Taking the next one of a queue, and who belongs to it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.identity.queries import names_of_colleagues
from throughline.core.queues.models import Queue
from throughline.core.queues.operations import add_person, remove_person, take_next
from throughline.core.queues.queries import members
from throughline.core.records import registry
from throughline.core.records.queries import get_record
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice
from throughline.web.records.present import url_of


@require_POST
@signed_in
def take(request: Asked, queue_id: int) -> HttpResponse:
    """Take what is due first, and go there."""
    try:
        item = take_next(queue_id=queue_id, by=request.by, at=request.at)
    except (NotFound, NotAllowed):
        raise
    except Refusal as nothing:  # somebody else took the last one while the page stood open
        return done(request, url_of(registry.get("queue"), queue_id), nothing.message)
    spec = registry.find(item.record_type)
    if spec is None or item.record_id is None:
        to = reverse("web:work_item", args=[item.pk])
    else:
        to = f"{url_of(spec, item.record_id)}#step-{item.pk}"
    return done(request, to, _("“%(title)s” is yours.") % {"title": item.title})


def _queue(request: Asked, queue_id: int) -> Queue:
    """Return a queue whose people the reader may choose."""
    queue: Queue = get_record(spec=registry.get("queue"), user=request.user, record_id=queue_id)
    access.require_ability(
        request.user,
        access.MANAGE_ROLES,
        otherwise=_("Your roles do not let you look after people and teams. Ask an administrator."),
    )
    return queue


@signed_in
def people(request: Asked, queue_id: int) -> HttpResponse:
    """Show who belongs to a queue, or add somebody."""
    queue = _queue(request, queue_id)
    error = ""
    if request.method == "POST":
        try:
            return _add(request, queue)
        except (NotFound, NotAllowed):
            raise
        except Refusal as refusal:
            error = refusal.message
    return _page(request, queue, error)


def _add(request: Asked, queue: Queue) -> HttpResponse:
    chosen = request.POST.get("person", "")
    if not chosen.isdecimal():
        raise Refusal("nobody_chosen", _("Choose somebody to add."), "person")
    person = add_person(queue_id=queue.pk, user_id=int(chosen), by=request.by, at=request.at)
    said = _("%(name)s may take what waits in %(queue)s.") % {"name": person.name, "queue": queue.name}
    return done(request, reverse("web:queue_people", args=[queue.pk]), said)


def _page(request: Asked, queue: Queue, error: str) -> HttpResponse:
    there = members(queue=queue, at=request.at)
    known = {each.id for each in there}
    context = {
        "title": _("People of %(queue)s") % {"queue": queue.name},
        "queue": queue.name,
        "role": queue.role.name,
        "role_url": reverse("web:settings_role", args=[queue.role.key]),
        "url": url_of(registry.get("queue"), queue.pk),
        "people": [
            {
                "name": each.name,
                "is_away": each.is_away,
                "until": each.away_until,
                "remove_url": reverse("web:queue_person", args=[queue.pk, each.id]),
            }
            for each in there
        ],
        "others": [Choice(str(key), name) for key, name in names_of_colleagues() if key not in known],
        "error": error,
    }
    return render(request, "queues/people.html", context, status=422 if error else 200)


@require_POST
@signed_in
def remove(request: Asked, queue_id: int, user_id: int) -> HttpResponse:
    """Let somebody belong to a queue no more."""
    queue = _queue(request, queue_id)
    try:
        person = remove_person(queue_id=queue.pk, user_id=user_id, by=request.by, at=request.at)
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
        return _page(request, queue, refusal.message)
    said = _("%(name)s takes no more of what waits in %(queue)s.") % {"name": person.name, "queue": queue.name}
    return done(request, reverse("web:queue_people", args=[queue.pk]), said)
