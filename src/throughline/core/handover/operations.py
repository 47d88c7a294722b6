"""Writes of hand-overs: being away and back, handing open work over, taking it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.handover import events
from throughline.core.handover.models import Handover
from throughline.core.handover.queries import MANAGE_PEOPLE, handed_types, may_act_for, open_records
from throughline.core.identity.models import User
from throughline.core.identity.operations import (
    deactivate_user,
    end_absence,
    enter_absence,
    reactivate_user,
    set_competences,
)
from throughline.core.notify.operations import Message, notify_many
from throughline.core.procedures.models import WorkItem
from throughline.core.procedures.operations import reassign_work_items
from throughline.core.recordref import RecordRef
from throughline.core.records import RecordSpec, registry
from throughline.core.records.operations import Assignment, assign_records
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.teamwork.triggers import in_one_message


@transaction.atomic
def be_away(
    *,
    person_id: int,
    away_from: datetime,
    away_until: datetime,
    by: Actor,
    at: datetime,
    substitute_id: int | None = None,
) -> User:
    """
    Enter when a person is away and who stands in.

    Raises:
        NotFound, NotAllowed: there is no such person, or the actor may not act for them.
        Refusal: the times or the substitute cannot be.
    """
    person = _person(person_id, by)
    substitute = _colleague(substitute_id) if substitute_id is not None else None
    enter_absence(user=person, away_from=away_from, away_until=away_until, substitute=substitute, by=by, at=at)
    return person


@transaction.atomic
def be_back(*, person_id: int, by: Actor, at: datetime) -> User:
    """
    Say that a person is there again; who was not away stays as they are.

    Raises:
        NotFound, NotAllowed: there is no such person, or the actor may not act for them.
    """
    person = _person(person_id, by)
    end_absence(user=person, by=by, at=at)
    return person


@transaction.atomic
def know(*, person_id: int, competences: Sequence[str], capacity: int, by: Actor, at: datetime) -> User:
    """
    Say what a person knows and how much of a full load they take, for routing.

    Raises:
        NotFound, NotAllowed: there is no such person, or the actor may not act for them.
        Refusal: the share cannot be.
    """
    person = _person(person_id, by)
    set_competences(user=person, competences=competences, capacity=capacity, by=by, at=at)
    return person


@transaction.atomic
def hand_over(
    *, person_id: int, substitute_id: int, reason: str, by: Actor, at: datetime, leaving: bool = False
) -> Handover:
    """
    Give all that a person has open to somebody else, in one move, and return it.

    Records keep their team, work items their due moments. The substitute is told once. ``leaving`` hands over people,
    customers and all else that never closes, too, and closes the person's account, for which the actor must be allowed
    to manage people.

    Raises:
        NotFound, NotAllowed: there is no such person, or the actor may not act for them.
        Refusal: both are the same, the substitute is away, or there is nothing to hand over.
    """
    person, substitute = _person(person_id, by), _colleague(substitute_id)
    if person.pk == substitute.pk:
        raise Refusal("same_person", f"{person.name} cannot stand in for {person.name}. Choose somebody else.", "to")
    if _is_away(substitute, at):
        raise Refusal("substitute_away", f"{substitute.name} is away, too. Choose somebody who is there.", "to")
    if leaving:
        _require_to_manage(by)
    move = Handover(person=person, substitute=substitute, at=at, by=by.label, reason=reason[:300], leaving=leaving)
    move.records = {spec.type: held for spec in handed_types(leaving=leaving) if (held := _held(spec, person))}
    items = WorkItem.objects.filter(assignee=person, status="open", sandbox=False).order_by("pk")
    move.work_items = list(items.values_list("pk", flat=True))
    if not move.records and not move.work_items and not leaving:
        raise Refusal("nothing_to_hand", f"{person.name} has nothing open. There is nothing to hand over.")
    move.save()
    _give(move.records, move.work_items, to=substitute, reason=move.reason, by=by, at=at)
    event = events.HandoverMade(
        handover=move.pk,
        substitute=substitute.pk,
        reason=move.reason,
        leaving=leaving,
        records=_counts(move.records),
        work_items=len(move.work_items),
    )
    journal.record(event, by=by, at=at, about=RecordRef("user", person.pk))
    count = sum(_counts(move.records).values()) + len(move.work_items)
    what = "records and steps" if leaving else "open records and steps"
    _tell(substitute, f"You stand in for {person.name}: {count} {what} are yours now", move, by, at)
    if leaving:
        deactivate_user(user=person, by=by, at=at)
    return move


@transaction.atomic
def take_back_handover(*, handover_id: int, by: Actor, at: datetime) -> Handover:
    """
    Return what the substitute still has to the person, to its former team; what went on to others stays there.

    An account that was closed with the hand-over is opened again.

    Raises:
        NotFound, NotAllowed: there is no such hand-over, or the actor may not act for the person.
        Refusal: it was taken back before.
    """
    move = Handover.objects.select_for_update(of=("self",)).filter(pk=handover_id).first()
    if move is None:
        raise NotFound("There is no such hand-over. Look at the page of absences.")
    person = _person(move.person_id, by)
    if move.undone_at is not None:
        raise Refusal("taken_back_before", f"{move.undone_by} has taken this back already.")
    if move.leaving:
        _require_to_manage(by)
        reactivate_user(user=person, by=by, at=at)
    records = {kind: _still(kind, held, move.substitute_id) for kind, held in move.records.items()}
    items = WorkItem.objects.filter(pk__in=move.work_items, assignee=move.substitute_id, status="open")
    keys = list(items.order_by("pk").values_list("pk", flat=True))
    _give(records, keys, to=person, reason=f"Back from {move.substitute.name}", by=by, at=at)
    move.undone_at, move.undone_by = at, by.label
    move.save(update_fields=["undone_at", "undone_by"])
    event = events.HandoverTakenBack(handover=move.pk, records=_counts(records), work_items=len(keys))
    journal.record(event, by=by, at=at, about=RecordRef("user", person.pk))
    return move


# -- What moves --------------------------------------------------------------------------------------------------------

Held = list[list[int | None]]
"""Key and team of each record."""


def _held(spec: RecordSpec, person: User) -> Held:
    rows = open_records(spec, person)
    return [list(row) for row in rows.order_by("pk").values_list("pk", "team_id")]


def _still(record_type: str, held: Held, owner_id: int) -> Held:
    rows = registry.get(record_type).model._default_manager
    there = set(
        rows.filter(pk__in=[key for key, _ in held], owner=owner_id, deleted_at=None).values_list("pk", flat=True)
    )
    return [[key, team] for key, team in held if key in there]


def _counts(records: Mapping[str, Held]) -> dict[str, int]:
    return {kind: len(held) for kind, held in records.items() if held}


def _give(records: Mapping[str, Held], items: list[int], *, to: User, reason: str, by: Actor, at: datetime) -> None:
    """
    Assign records and work items. Whoever acts was allowed to act for the person as a whole (``may_act_for``), which
    may reach further than the single records do: so the company acts, on their word.
    """
    company = Actor.system(by.label)
    with in_one_message():
        for kind, held in sorted(records.items()):
            wishes = [Assignment(key, to.pk, team, reason) for key, team in held if key is not None]
            if wishes:
                assign_records(spec=registry.get(kind), assignments=wishes, by=company, at=at)
        if items:
            reassign_work_items(work_item_ids=items, to_user_id=to.pk, by=company, at=at)


def _tell(to: User, title: str, move: Handover, by: Actor, at: datetime) -> None:
    message = Message(user_id=to.pk, kind="handover", title=title, body=move.reason, key=f"handover:{move.pk}")
    notify_many(messages=[message], by=by, at=at)


# -- Who ---------------------------------------------------------------------------------------------------------------


def _person(person_id: int, by: Actor) -> User:
    person = User.objects.filter(pk=person_id).first()
    user = access.user_of(by)
    if person is None:
        raise NotFound("There is nobody of that name here. Look at the page of absences.")
    if user is not None and not may_act_for(user=user, person=person):
        raise NotAllowed(f"Only {person.name}, their managers and who manages people may do this.")
    return person


def _colleague(user_id: int) -> User:
    found = User.objects.filter(pk=user_id, is_active=True).first()
    if found is None:
        raise Refusal("unknown_substitute", "Choose a colleague who works here.", "to")
    return found


def _is_away(user: User, at: datetime) -> bool:
    return user.away_from is not None and user.away_from <= at and (user.away_until is None or user.away_until > at)


def _require_to_manage(by: Actor) -> None:
    user = access.user_of(by)
    if user is not None:
        access.require_ability(
            user, MANAGE_PEOPLE, otherwise="Only who manages people may close an account. Hand the work over first."
        )
