"""Activities: planned or logged on the page of a record, and what became of planned ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.identity.queries import names_of_colleagues
from throughline.core.records import RecordRef, RecordSpec, registry
from throughline.core.records.queries import get_record
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.crm.activities import operations
from throughline.crm.activities.models import Activity, Direction, Kind
from throughline.crm.activities.queries import subjects_of
from throughline.web.activities.shown import may_be_about
from throughline.web.answers import Asked, done, signed_in
from throughline.web.deals.reading import whole
from throughline.web.parts import Choice
from throughline.web.records.present import url_of
from throughline.web.work.loose import local_moment

TO_PLAN = (Kind.TASK, Kind.CALL, Kind.MEETING, Kind.EMAIL, Kind.MESSAGE)
TO_LOG = (Kind.CALL, Kind.MEETING, Kind.EMAIL, Kind.MESSAGE, Kind.NOTE)
USUAL, HOUR = timedelta(days=1), 9
"""When something is planned for if nobody says otherwise: so much later, at this hour."""
LONGEST = 60 * 24 * 7
"""Minutes that an activity takes at most."""


def _reminders() -> tuple[tuple[str, str], ...]:
    """Return how many minutes before somebody may be reminded, in words."""
    return (
        ("", _("No reminder")),
        ("0", _("At that moment")),
        ("10", _("10 minutes before")),
        ("60", _("An hour before")),
        ("1440", _("A day before")),
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """What a form says, read; ``starts_at`` is when it happens or happened, or until when it is to be done."""

    kind: str
    subject: str
    starts_at: datetime
    minutes: int
    participants: tuple[str, ...]

    @property
    def seconds(self) -> int | None:
        """How long it takes, None when nobody says."""
        return self.minutes * 60 or None


@signed_in
def create(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Show the form of an activity about a record, planned or (``?do=log``) as it was; or keep what it says."""
    if not may_be_about(spec):
        raise NotFound(_("Plan it on the page of the record that it is about."))
    record = get_record(spec=spec, user=request.user, record_id=record_id)
    if not access.can(request.user, access.CREATE, registry.get("activity")):
        raise NotAllowed(_("Your roles do not let you plan activities."))
    given = request.POST if request.method == "POST" else request.GET
    is_log = given.get("do") == "log"
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            (_log if is_log else _plan)(request, RecordRef(spec.type, record_id))
        except NotFound:
            raise
        except Refusal as told:
            refusal = told
        else:
            return done(request, url_of(spec, record_id), _("Logged.") if is_log else _("Planned."))
    context = {
        "title": spec.title(record),
        "back_url": url_of(spec, record_id),
        "is_log": is_log,
        "error": refusal.message if refusal and not refusal.fields else "",
        "errors": refusal.fields if refusal else {},
        **_form(request, given, is_log=is_log),
    }
    return render(request, "activities/new.html", context, status=refusal.status if refusal else 200)


def _form(request: Asked, given: Mapping[str, Any], *, is_log: bool) -> dict[str, Any]:
    """Return what stands in the form: what was sent, else what is usual."""
    owner = given.get("owner", "") or str(request.user.pk)
    kinds, kind = (TO_LOG if is_log else TO_PLAN), given.get("kind", "")
    return {
        **{name: given.get(name, "") for name in ("subject", "body", "minutes", "participants", "outcome")},
        "kinds": _choices([(each.value, str(each.label)) for each in kinds], kind),
        "directions": _choices([("", _("Not said")), *_directions()], given.get("direction", "")),
        "people": _choices([(str(key), name) for key, name in names_of_colleagues()], owner),
        "reminders": _choices(_reminders(), given.get("reminder", "")),
        "starts_at": given.get("starts_at", "") or _written(request.at if is_log else _usual(request.at)),
    }


def _directions() -> list[tuple[str, str]]:
    words = {Direction.IN: _("They came to us"), Direction.OUT: _("We went to them")}
    return [(each.value, words[each]) for each in Direction]


def _choices(offered: Sequence[tuple[str, str]], chosen: str) -> list[Choice]:
    return [Choice(value, label, chosen=value == chosen) for value, label in offered]


def _usual(at: datetime) -> datetime:
    return timezone.localtime(at + USUAL).replace(hour=HOUR, minute=0)


def _written(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def _plan(request: Asked, about: RecordRef) -> None:
    given, sent = _read(request, TO_PLAN), request.POST
    takes = timedelta(minutes=given.minutes)
    has_times = given.kind in (Kind.CALL, Kind.MEETING)
    owner, before = sent.get("owner", ""), sent.get("reminder", "")
    operations.plan_activity(
        kind=given.kind,
        subject=given.subject,
        body=sent.get("body", "").strip(),
        about=[about],
        due_at=given.starts_at,
        start_at=given.starts_at if has_times else None,
        end_at=given.starts_at + takes if has_times and takes else None,
        owner_id=_colleague(owner),
        participants=given.participants,
        reminder_at=given.starts_at - timedelta(minutes=int(before)) if before.isdecimal() else None,
        by=request.by,
        at=request.at,
    )


def _log(request: Asked, about: RecordRef) -> None:
    given, sent = _read(request, TO_LOG), request.POST
    if given.starts_at > request.at:
        raise Refusal("not_yet", _("This has not happened yet. Plan it instead."), "starts_at")
    direction = sent.get("direction", "")
    operations.log_activity(
        kind=given.kind,
        subject=given.subject,
        body=sent.get("body", "").strip(),
        direction=direction if direction in Direction.values else "",
        outcome=sent.get("outcome", "").strip()[:120],
        about=[about],
        done_at=given.starts_at,
        duration_seconds=given.seconds,
        participants=given.participants,
        by=request.by,
        at=request.at,
    )


def _read(request: Asked, kinds: Sequence[Kind]) -> _Given:
    sent = request.POST
    starts_at = local_moment(sent.get("starts_at", ""))
    if starts_at is None:
        raise Refusal("no_moment", _("When? Choose a day and a time."), "starts_at")
    kind = sent.get("kind", "")
    others = (part.strip()[:254] for part in sent.get("participants", "").split(","))
    return _Given(
        kind=kind if kind in kinds else kinds[0],
        subject=sent.get("subject", ""),
        starts_at=starts_at,
        minutes=_minutes(sent.get("minutes", "")),
        participants=tuple(part for part in others if part),
    )


def _minutes(text: str) -> int:
    try:
        minutes = whole(text, _("Minutes"))
    except Refusal as refused:
        raise Refusal(refused.code, refused.message, "minutes") from refused
    if not 0 <= minutes <= LONGEST:
        raise Refusal("no_minutes", _("Say how many minutes, up to a week."), "minutes")
    return minutes


def _colleague(key: str) -> int | None:
    if not key:
        return None
    if key not in {str(known) for known, _name in names_of_colleagues()}:
        raise Refusal("unknown_person", _("Choose a colleague who works here."), "owner")
    return int(key)


@require_POST
@signed_in
def complete(request: Asked, activity_id: int) -> HttpResponse:
    """Say that a planned activity took place, with what came of it."""
    minutes = _minutes(request.POST.get("minutes", ""))
    activity = operations.complete_activity(
        activity_id=activity_id,
        outcome=request.POST.get("outcome", "").strip()[:120],
        duration_seconds=minutes * 60 or None,
        by=request.by,
        at=request.at,
    )
    return done(request, _home(request, activity), _("“%(what)s” is done.") % {"what": activity.subject})


@require_POST
@signed_in
def cancel(request: Asked, activity_id: int) -> HttpResponse:
    """Say that a planned activity did not take place, and why."""
    outcome = request.POST.get("outcome", "").strip()[:120]
    activity = operations.cancel_activity(activity_id=activity_id, outcome=outcome, by=request.by, at=request.at)
    return done(request, _home(request, activity), _("“%(what)s” did not take place.") % {"what": activity.subject})


def _home(request: Asked, activity: Activity) -> str:
    """Return where somebody goes on: where they came from."""
    came_from = request.POST.get("from", "")
    if came_from == "work":
        return reverse("web:my_work")
    if came_from == "activity":
        return url_of(registry.get("activity"), activity.pk)
    refs = subjects_of(activities=[activity]).get(activity.pk, [])
    return url_of(registry.get(refs[0].type), refs[0].id) if refs else reverse("web:my_work")
