"""Writes of the forecast: the snapshot of a day, and targets."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.company.queries import base_currency
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.crm.forecast import events
from throughline.crm.forecast.measuring import measure
from throughline.crm.forecast.models import Cell, Snapshot, Target
from throughline.crm.forecast.rules import month_of, tell


@transaction.atomic
def take_snapshot(*, by: Actor, at: datetime, cause: int | None = None) -> Snapshot:
    """
    Keep how all deals stand for the day of ``at``, and return it. The first of a day stays: asked again, it is given.

    Raises:
        NotAllowed: a person asks who may not set targets; the clock may.
    """
    user = access.user_of(by)
    if user is not None:
        access.require_ability(user, access.SET_TARGETS, otherwise="Your roles do not let you keep forecasts.")
    snapshot, is_new = Snapshot.objects.get_or_create(
        day=at.date(), defaults={"taken_at": at, "currency": base_currency()}
    )
    if not is_new:
        return snapshot
    cells = measure(at)
    Cell.objects.bulk_create(
        [
            Cell(
                snapshot=snapshot,
                owner_id=each.owner_id,
                team_id=each.team_id,
                pipeline=each.pipeline,
                category=each.category,
                month=each.month,
                currency=each.currency,
                deals=each.deals,
                amount=each.amount,
                weighted=each.weighted,
            )
            for each in cells
        ],
        batch_size=2_000,
    )
    told = tell((each.category, each.amount, each.weighted) for each in cells if each.currency == snapshot.currency)
    fact = events.ForecastTaken(
        day=snapshot.day.isoformat(),
        deals=sum(each.deals for each in cells),
        committed=f"{told.committed:f}",
        weighted=f"{told.weighted:f}",
        currency=snapshot.currency,
    )
    journal.record(fact, by=by, at=at, about=RecordRef("forecast", snapshot.pk), cause=cause)
    return snapshot


@transaction.atomic
def set_target(*, person_id: int, month: date, amount: Decimal, by: Actor, at: datetime) -> Target:
    """
    Say how much a person is to sell in a month, in the company's currency.

    Raises:
        NotAllowed: the actor may not set targets, or not of this person.
        NotFound: there is no such person.
        Refusal: it is less than nothing.
    """
    user = access.user_of(by)
    person = User.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        raise NotFound("There is no such colleague. Choose one from the list.")
    if user is not None:
        access.require_ability(user, access.SET_TARGETS, otherwise="Your roles do not let you set targets.")
        if not leads(user, person):
            raise NotAllowed(f"{person.name} is in none of your teams. Ask an administrator.")
    if amount < 0:
        raise Refusal("no_amount", "A target is 0 or above.", "amount")
    known = Target.objects.select_for_update().filter(person=person, month=month_of(month)).first()
    former = None if known is None else f"{known.amount:f}"
    target, _ = Target.objects.update_or_create(
        person=person, month=month_of(month), defaults={"amount": amount, "set_at": at, "set_by": by.label}
    )
    told = events.TargetSet(person=person.pk, month=target.month.isoformat(), former=former, amount=f"{amount:f}")
    journal.record(told, by=by, at=at, about=RecordRef("user", person.pk))
    return target


def leads(user: User, person: User) -> bool:
    """Return whether somebody sees the deals of a person by their team, or of everybody."""
    held = access.grants(user)
    if held.scope("deal", access.VIEW) is access.Scope.ALL:
        return True
    return person.teams.filter(pk__in=held.team_ids).exists()
