"""Writes of activities: planning, logging, completing. Each is about one or more records, whose clocks they move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.notify.operations import Message, notify_many
from throughline.core.recordref import RecordRef
from throughline.core.records import bulk, nextstep, operations, registry, search
from throughline.core.records.text import clean
from throughline.core.refusals import NotFound, Refusal
from throughline.crm.activities.events import ActivityCancelled, ActivityLogged, ActivityPlanned
from throughline.crm.activities.models import Activity, ActivityLink, Kind, Status

HAPPENED = (Status.DONE, Status.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewActivity:
    """
    An activity to be planned or logged.

    ``about``: the records it is about, at least one. ``done_at`` is set for what has happened; without it the activity
    is planned. ``key`` makes it once: a second one with the same key is not made (a step that is performed again).

    Raises:
        Refusal: the kind is unknown, it is about no record, or there is nothing to do or tell.
    """

    kind: str
    subject: str
    about: tuple[RecordRef, ...]
    body: str = ""
    direction: str = ""
    outcome: str = ""
    owner_id: int | None = None
    due_at: datetime | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    done_at: datetime | None = None
    duration_seconds: int | None = None
    participants: tuple[str, ...] = ()
    reminder_at: datetime | None = None
    thread_id: str = ""
    key: str = ""
    cause: int | None = None
    by: Actor | None = None
    sandbox: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no activity."""
        if self.kind not in Kind.values:
            known = ", ".join(Kind.values)
            raise Refusal("unknown_kind", f'"{self.kind}" is no kind of activity. Use {known}.', "kind")
        if not self.about:
            raise Refusal("about_nothing", "Say which record the activity is about.", "about")
        if not clean(self.subject):
            raise Refusal("no_subject", f"Say in a few words what the {self.kind.lower()} is about.", "subject")


@transaction.atomic
def log_activity(
    *,
    kind: str,
    subject: str,
    about: Sequence[RecordRef],
    by: Actor,
    at: datetime,
    body: str = "",
    direction: str = "",
    outcome: str = "",
    done_at: datetime | None = None,
    duration_seconds: int | None = None,
    participants: Sequence[str] = (),
) -> Activity:
    """
    Log what has happened with a customer, now unless ``done_at`` says when, and return it.

    Raises:
        NotFound: the actor may not see one of the records.
        Refusal: the kind is unknown, or there is nothing to tell.
    """
    new = NewActivity(
        kind=kind,
        subject=subject,
        about=tuple(about),
        body=body,
        direction=direction,
        outcome=outcome,
        done_at=done_at or at,
        duration_seconds=duration_seconds,
        participants=tuple(participants),
    )
    return create_activities(activities=[new], by=by, at=at)[0]


@transaction.atomic
def plan_activity(
    *,
    kind: str,
    subject: str,
    about: Sequence[RecordRef],
    by: Actor,
    at: datetime,
    due_at: datetime | None = None,
    start_at: datetime | None = None,
    end_at: datetime | None = None,
    owner_id: int | None = None,
    body: str = "",
    participants: Sequence[str] = (),
    reminder_at: datetime | None = None,
) -> Activity:
    """
    Plan a call, meeting or task, and return it. Without an owner it is the actor's own, another one is told;
    ``reminder_at`` is when the owner is reminded of it.

    Raises:
        NotFound: the actor may not see one of the records.
        Refusal: the kind is unknown, or there is nothing to do.
    """
    new = NewActivity(
        kind=kind,
        subject=subject,
        about=tuple(about),
        body=body,
        due_at=due_at or start_at,
        start_at=start_at,
        end_at=end_at,
        owner_id=owner_id,
        participants=tuple(participants),
        reminder_at=reminder_at,
    )
    made = create_activities(activities=[new], by=by, at=at)[0]
    if made.owner_id is not None and by.user_id is not None and made.owner_id != by.user_id:
        told = Message(
            user_id=made.owner_id,
            kind="assigned",
            title=f"{made.subject} is yours to do",
            about=RecordRef("activity", made.pk),
        )
        notify_many(messages=[told], by=by, at=at)
    return made


@transaction.atomic
def create_activities(*, activities: Sequence[NewActivity], by: Actor, at: datetime) -> list[Activity]:
    """
    Plan and log many activities, set-wise, and return them in order; those whose key is known come back as they are.

    Raises:
        NotFound: for any of the records; nothing was written.
    """
    _check_visible({ref for new in activities for ref in new.about}, by)
    known = _known([new.key for new in activities if new.key])
    fresh = [new for new in activities if new.key not in known]
    rows = _rows(fresh, by, at)
    Activity.objects.bulk_create(rows)
    ActivityLink.objects.bulk_create(
        ActivityLink(activity=row, record_type=ref.type, record_id=ref.id)
        for row, new in zip(rows, fresh, strict=True)
        for ref in dict.fromkeys(new.about)
    )
    search.feed(registry.get("activity"), rows)
    _move_clocks(fresh)
    nextstep.refresh(ref for new in fresh if new.done_at is None for ref in new.about)
    journal.record_many(_facts(rows, fresh, by), by=by, at=at)
    made = iter(rows)
    return [known[new.key] if new.key in known else next(made) for new in activities]


def _check_visible(refs: set[RecordRef], by: Actor) -> None:
    user = access.user_of(by)
    for record_type, ids in _by_type(refs).items():
        spec = registry.get(record_type)
        rows = spec.model._default_manager.filter(pk__in=ids)
        if user is not None:
            rows = rows.filter(access.visible(spec, user))
        if rows.count() != len(ids):
            raise NotFound(f"One of the {spec.plural.lower()} does not exist or is not yours to see. Look in the list.")


def _by_type(refs: Iterable[RecordRef]) -> dict[str, list[int]]:
    grouped: dict[str, list[int]] = {}
    for ref in refs:
        grouped.setdefault(ref.type, []).append(ref.id)
    return grouped


def _known(keys: Sequence[str]) -> dict[str, Activity]:
    return {row.external_id: row for row in Activity.objects.filter(external_id__in=keys)} if keys else {}


def _rows(activities: Sequence[NewActivity], by: Actor, at: datetime) -> list[Activity]:
    owners = [new.owner_id if new.owner_id is not None else (new.by or by).user_id for new in activities]
    homes = operations.home_teams({owner for owner in owners if owner is not None})
    return [
        Activity(
            owner_id=owner,
            team_id=homes.get(owner) if owner is not None else None,
            kind=new.kind,
            subject=clean(new.subject)[:300],
            body=new.body,
            direction=new.direction,
            outcome=new.outcome,
            status=_status(new),
            due_at=new.due_at,
            start_at=new.start_at,
            end_at=new.end_at,
            done_at=new.done_at,
            duration_seconds=new.duration_seconds,
            participants=list(new.participants),
            reminder_at=new.reminder_at,
            thread_id=new.thread_id,
            external_id=new.key,
            sandbox=new.sandbox,
            **bulk.stamp(new.by or by, at),
        )
        for new, owner in zip(activities, owners, strict=True)
    ]


def _status(new: NewActivity) -> Status:
    if new.done_at is None:
        return Status.PLANNED
    return Status.HELD if new.kind in (Kind.CALL, Kind.MEETING) else Status.DONE


def _facts(rows: Sequence[Activity], activities: Sequence[NewActivity], by: Actor) -> list[journal.Fact]:
    return [
        journal.Fact(_told(row), ref, new.cause, row.sandbox, by=new.by or by)
        for row, new in zip(rows, activities, strict=True)
        for ref in dict.fromkeys(new.about)
    ]


def _told(row: Activity) -> ActivityLogged | ActivityPlanned:
    if row.done_at is None:
        due_at = row.due_at.isoformat() if row.due_at else None
        return ActivityPlanned(activity=row.pk, kind=row.kind, subject=row.subject, due_at=due_at, owner=row.owner_id)
    return ActivityLogged(
        activity=row.pk,
        kind=row.kind,
        subject=row.subject,
        direction=row.direction,
        outcome=row.outcome,
        status=row.status,
        done_at=row.done_at.isoformat(),
        duration_seconds=row.duration_seconds,
    )


# -- Clocks of the records ---------------------------------------------------------------------------------------------


def _move_clocks(activities: Sequence[NewActivity]) -> None:
    done = [(ref, new.done_at) for new in activities if new.done_at for ref in new.about]
    _note_contact(done)


def _note_contact(moments: Sequence[tuple[RecordRef, datetime]]) -> None:
    """Move ``last_activity_at`` on, never back."""
    by_type: dict[str, dict[int, datetime]] = {}
    for ref, moment in moments:
        known = by_type.setdefault(ref.type, {})
        known[ref.id] = max(known.get(ref.id, moment), moment)
    for record_type, wanted in by_type.items():
        table = registry.get(record_type).model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{table}" kept SET last_activity_at = greatest(kept.last_activity_at, given.moment) '
                f"FROM unnest(%s::bigint[], %s::timestamptz[]) AS given (id, moment) WHERE kept.id = given.id",
                [list(wanted), list(wanted.values())],
            )


# -- Planned ones come true --------------------------------------------------------------------------------------------


@transaction.atomic
def complete_activity(
    *,
    activity_id: int,
    by: Actor,
    at: datetime,
    outcome: str = "",
    body: str | None = None,
    done_at: datetime | None = None,
    duration_seconds: int | None = None,
) -> Activity:
    """
    Log that a planned activity took place, and return it.

    Raises:
        NotFound: the actor may not see it.
        Refusal: it took place already, or was cancelled.
    """
    row = _planned(activity_id, by)
    row.done_at = done_at or at
    row.status = Status.HELD if row.kind in (Kind.CALL, Kind.MEETING) else Status.DONE
    row.outcome = outcome
    row.duration_seconds = duration_seconds
    row.body = row.body if body is None else body
    return _ended(row, by, at)


@transaction.atomic
def cancel_activity(*, activity_id: int, by: Actor, at: datetime, outcome: str = "") -> Activity:
    """
    Say that a planned activity did not take place (a no-show has an outcome), and return it.

    Raises:
        NotFound: the actor may not see it.
        Refusal: it took place already, or was cancelled.
    """
    row = _planned(activity_id, by)
    row.status, row.outcome = Status.NOT_HELD, outcome
    return _ended(row, by, at)


def _planned(activity_id: int, by: Actor) -> Activity:
    spec = registry.get("activity")
    row: Activity = operations.locked(spec, [activity_id], by=by, action=access.EDIT)[activity_id]
    if row.status != Status.PLANNED:
        raise Refusal("not_planned", f'"{row.subject}" is {row.status.lower()} already. Log a new one instead.')
    return row


def _ended(row: Activity, by: Actor, at: datetime) -> Activity:
    refs = [link.ref for link in row.links.all()]
    columns = {"status", "outcome", "done_at", "duration_seconds", "body"}
    operations.write_changes(spec=registry.get("activity"), changes=[operations.Change(row, columns)], by=by, at=at)
    if row.done_at is not None:
        _note_contact([(ref, row.done_at) for ref in refs])
        told: journal.JournalEvent = _told(row)
    else:
        told = ActivityCancelled(activity=row.pk, kind=row.kind, subject=row.subject, outcome=row.outcome)
    nextstep.refresh(refs)
    journal.record_many([journal.Fact(told, ref, sandbox=row.sandbox) for ref in refs], by=by, at=at)
    return row
