"""Who looks after a procedure: its owner, the day of its next review, and whether publishing needs a second person."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q

from throughline.core import access, journal
from throughline.core.actions import ActionRequest, ActionResult
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.procedures import permits
from throughline.core.procedures.events import ProcedureStewarded, ReviewDue, ReviewSet
from throughline.core.procedures.models import Procedure
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.flow.values import from_python

LATEST = timedelta(days=366)
"""A review lies at most so far ahead; requirements ask for 3 to 6 months."""


@transaction.atomic
def set_stewardship(
    *, key: str, owner_id: int | None, review_on: date | None, needs_approval: bool, by: Actor, at: datetime
) -> Procedure:
    """
    Say who owns a procedure, when it is reviewed, and whether another person agrees before it is published.

    Raises:
        NotAllowed: the person behind the actor may not publish; or only the owner (or an administrator) may change
            the demand for a second person.
        NotFound: there is no such procedure or person.
        Refusal: the day lies in the past or too far ahead.
    """
    permits.require_publish(by)
    procedure = _locked(key)
    if needs_approval != procedure.needs_approval:
        _require_owner(procedure, by)
    if owner_id is not None and not User.objects.filter(pk=owner_id, is_active=True).exists():
        raise NotFound("There is no such person any more.")
    if review_on != procedure.review_on:
        _require_sensible(review_on, at)
    procedure.owner_id, procedure.needs_approval = owner_id, needs_approval
    procedure.review_on = review_on
    procedure.save(update_fields=["owner", "needs_approval", "review_on"])
    told = ProcedureStewarded(
        owner=owner_id, review_on=review_on.isoformat() if review_on else None, needs_approval=needs_approval
    )
    journal.record(told, by=by, at=at, about=_ref(procedure))
    return procedure


def _require_owner(procedure: Procedure, by: Actor) -> None:
    person = access.user_of(by)
    if person is None or procedure.owner_id in (None, person.pk) or access.allows(person, access.MANAGE_ROLES):
        return
    owner = procedure.owner.name if procedure.owner else "the owner"
    raise NotAllowed(f"Whether another person must agree is for {owner} to say. Ask them.")


def _require_sensible(day: date | None, at: datetime) -> None:
    today = _day_of(at)
    if day is not None and not today <= day <= today + LATEST:
        raise Refusal("wrong_day", "Choose a day from today to a year ahead.", "review_on")


@transaction.atomic
def open_review(*, key: str, why: str, by: Actor, at: datetime) -> None:
    """
    Have a procedure reviewed now, before its day: a figure has left its band, a field it uses has changed.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures.
        NotFound: there is no such procedure.
        Refusal: no reason is given.
    """
    permits.require_design(by)
    if not why.strip():
        raise Refusal("reason_missing", "Say why it should be looked at now.", "why")
    procedure = _locked(key)
    _tell(procedure, why.strip(), by, at)


def tell_due_reviews(*, at: datetime) -> int:
    """Tell the journal of every procedure whose day of review has come, once per day that was set; return how many."""
    today = _day_of(at)
    told = Q(review_told_for=F("review_on"))
    due = Procedure.objects.select_for_update(skip_locked=True).filter(review_on__lte=today).exclude(told)
    found = list(due.order_by("pk"))
    for procedure in found:
        _tell(procedure, f"Its review was due on {procedure.review_on:%-d %B %Y}.", Actor.system(), at)
        procedure.review_told_for = procedure.review_on
        procedure.save(update_fields=["review_told_for"])
    return len(found)


def _tell(procedure: Procedure, why: str, by: Actor, at: datetime) -> None:
    due = ReviewDue(procedure=procedure.key, name=procedure.name, owner=procedure.owner_id, why=why)
    journal.record(due, by=by, at=at, about=_ref(procedure))


def set_reviews(requests: Sequence[ActionRequest]) -> list[ActionResult]:
    """Perform ``procedure.set_review``: say when procedures are looked at again."""
    return [_set_review(request) for request in requests]


def _set_review(request: ActionRequest) -> ActionResult:
    key, days, months = (request.inputs.get(name) for name in ("procedure", "days", "months"))
    procedure = Procedure.objects.select_for_update().filter(key=key).first()
    if procedure is None:
        return ActionResult.failed(f"Expected a procedure “{key}”, but there is none.", code="no_procedure")
    span = days if months is None else months
    if (days is None) == (months is None) or not isinstance(span, Decimal) or not _is_whole(span):
        return ActionResult.failed("Expected a whole number of days or of months, but neither or both.", code="no_day")
    today = _day_of(request.at)
    day = today + timedelta(days=int(span)) if months is None else months_after(today, int(span))
    if request.sandbox:
        return ActionResult(from_python({"review_on": day}))
    procedure.review_on = day
    procedure.save(update_fields=["review_on"])
    journal.record(
        ReviewSet(review_on=day.isoformat()), by=request.by, at=request.at, about=_ref(procedure), cause=request.cause
    )
    return ActionResult(from_python({"review_on": day}))


def _is_whole(count: Decimal) -> bool:
    return count == count.to_integral_value() and 0 < count <= LATEST.days


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _locked(key: str) -> Procedure:
    procedure = Procedure.objects.select_for_update(of=("self",)).filter(key=key).first()
    if procedure is None:
        raise NotFound(f"There is no procedure “{key}”. Create it first.")
    return procedure


def _ref(procedure: Procedure) -> RecordRef:
    return RecordRef("procedure", procedure.pk)


def _day_of(moment: datetime) -> date:
    """Return the day of a moment, the same for everybody."""
    return moment.astimezone(UTC).date()
