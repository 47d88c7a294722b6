"""The work list: what somebody has to do, in the order in which it is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, F, Min, Q, QuerySet

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.procedures import charts
from throughline.core.procedures.models import Procedure, WorkItem
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.procedures.resting.queries import awake
from throughline.core.recordref import RecordRef
from throughline.core.records.titles import record_titles
from throughline.core.rows import counted_to
from throughline.flow.bpmn.extensions import FormField, Outcome


@dataclass(frozen=True, slots=True)
class WorkRow:
    """
    One work item with what its form shows; guidance, outcomes and fields are those of the case's version.

    ``mine``: it is assigned to the asker; otherwise it waits in ``queue``. ``clock`` says how ``due_at`` was counted.
    """

    id: int
    case: int
    token: int
    node: str
    title: str
    procedure: str
    procedure_name: str
    version: int
    record: RecordRef | None
    record_title: str
    assignee: int | None
    assignee_name: str
    queue: str
    mine: bool
    priority: int
    due_at: datetime | None
    overdue: bool
    clock: str
    offered_at: datetime
    guidance: str
    outcomes: tuple[Outcome, ...]
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class WorkFigures:
    """
    How much there is to do, counted in full however short the list is: what the person has that is overdue, due until
    the end of the day, and later or without a due moment; and what waits in the queues of the person's roles, up to
    ``COUNTED``.
    """

    overdue: int
    today: int
    later: int
    to_take: int


COUNTED = 10_000
"""So many items of queues are counted at most."""


def my_work(*, user: User, at: datetime, limit: int = 100, mine: bool = True, queues: bool = True) -> list[WorkRow]:
    """
    Return what is assigned to ``user`` (``mine``) and what waits in the queues of the roles they play (``queues``).

    Items of queues are shown only where the person may see the record. Earliest due first, then the higher priority;
    items without a due moment come last.
    """
    wanted = _in_order(_open(_wanted(user, mine=mine, queues=queues)))
    first = list(wanted.values_list("pk", flat=True)[:limit])  # cut before anything is joined to thousands
    return _rows(_in_order(WorkItem.objects.filter(pk__in=first)), user, at) if first else []


def find_work(*, work_item_id: int, user: User, at: datetime) -> WorkRow | None:
    """Return an open item that is assigned to ``user`` or waits in a queue of theirs, else None."""
    found = _rows(_open(_wanted(user)).filter(pk=work_item_id), user, at)
    return found[0] if found else None


def work_figures(*, user: User, at: datetime, day_ends_at: datetime) -> WorkFigures:
    """Return how much there is to do for ``user``. ``day_ends_at``: when the person's day is over (open)."""
    overdue, today = Q(due_at__lt=at), Q(due_at__gte=at, due_at__lt=day_ends_at)
    counted = _open(_wanted(user, queues=False)).aggregate(
        all=Count("pk"), overdue=Count("pk", filter=overdue), today=Count("pk", filter=today)
    )
    return WorkFigures(
        overdue=counted["overdue"],
        today=counted["today"],
        later=counted["all"] - counted["overdue"] - counted["today"],
        to_take=counted_to(_open(_wanted(user, mine=False)), COUNTED),
    )


def work_of_record(*, record: RecordRef, user: User, at: datetime, sandbox: bool = False) -> list[WorkRow]:
    """
    Return the open work items of a record (whoever has them); the caller has checked that ``user`` may see it.

    Whoever asks knows the record: its title is left empty. ``sandbox``: it is a test record.
    """
    return _rows(
        _in_order(_open(Q(record_type=record.type, record_id=record.id), sandbox=sandbox)), user, at, titled=False
    )


# -- Queues ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How much waits in a queue as far as the asker may see it, up to ``COUNTED``; and how much of that is late."""

    waiting: int
    late: int


def waiting_in(*, queue: str, user: User, at: datetime, limit: int) -> list[WorkRow]:
    """Return what waits in a queue and whose record ``user`` may see, whoever may take it; in the order of my work."""
    first = list(_in_order(_open(_waiting(user, [queue]))).values_list("pk", flat=True)[:limit])
    return _rows(_in_order(WorkItem.objects.filter(pk__in=first)), user, at) if first else []


def queue_figures(*, queues: Sequence[str], user: User, at: datetime) -> dict[str, QueueFigures]:
    """Return how much waits in each queue, of what ``user`` may see. One query per queue, after one for the types."""
    found = {}
    for queue in queues:
        counted = _in_order(_open(_waiting(user, [queue])))[:COUNTED].aggregate(
            waiting=Count("pk"), late=Count("pk", filter=Q(due_at__lt=at))
        )
        found[queue] = QueueFigures(counted["waiting"], counted["late"])
    return found


def next_in_queue(*, queue: str, user: User) -> int | None:
    """
    Return what is due first of what waits in a queue and ``user`` may see, locked until the caller's transaction ends.

    What others are taking at this moment is passed over.
    """
    waiting = _in_order(_open(_waiting(user, [queue]))).select_for_update(of=("self",), skip_locked=True)
    return waiting.values_list("pk", flat=True).first()


def _wanted(user: User, *, mine: bool = True, queues: bool = True) -> Q:
    wanted = Q(assignee=user) if mine else Q(pk__in=[])
    keys = [role.key for role in access.grants(user).roles] if queues else []
    if not keys:
        return wanted
    return wanted | _waiting(user, keys)


def _waiting(user: User, queues: Sequence[str]) -> Q:
    """Return the predicate of what waits in queues and whose record the person may see."""
    types = Procedure.objects.order_by().values_list("record_type", flat=True).distinct()
    return Q(assignee=None, queue__in=queues) & seen_by(user, types)


def _open(wanted: Q, *, sandbox: bool = False) -> QuerySet[WorkItem]:
    return WorkItem.objects.filter(wanted, awake(), status="open", sandbox=sandbox)


def _in_order(items: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
    return items.order_by(F("due_at").asc(nulls_last=True), "-priority", "pk")


class _Item(NamedTuple):
    """What a row needs of a work item; the names are the paths to it."""

    pk: int
    case_id: int
    case__process: str
    token: int
    node: str
    title: str
    version_id: int
    record_type: str
    record_id: int | None
    assignee_id: int | None
    assignee__name: str | None
    queue: str
    priority: int
    due_at: datetime | None
    clock: str
    offered_at: datetime

    @property
    def record(self) -> RecordRef | None:
        return None if self.record_id is None else RecordRef(self.record_type, self.record_id)


def _rows(found: QuerySet[WorkItem], user: User, at: datetime, *, titled: bool = True) -> list[WorkRow]:
    items = [_Item(*row) for row in found.values_list(*_Item._fields)]
    ready = charts.running_many((item.version_id, item.case__process) for item in items)
    titles = record_titles([item.record for item in items]) if titled else {}
    return [_row(item, ready[(item.version_id, item.case__process)], titles, user, at) for item in items]


def _row(item: _Item, running: charts.Running, titles: dict[RecordRef, str], user: User, at: datetime) -> WorkRow:
    work = running.chart.node(item.node).element.extensions.work_item
    record = item.record
    return WorkRow(
        id=item.pk,
        case=item.case_id,
        token=item.token,
        node=item.node,
        title=item.title,
        procedure=running.key,
        procedure_name=running.name,
        version=running.number,
        record=record,
        record_title="" if record is None else titles.get(record, ""),
        assignee=item.assignee_id,
        assignee_name=item.assignee__name or "",
        queue=item.queue,
        mine=item.assignee_id == user.pk,
        priority=item.priority,
        due_at=item.due_at,
        overdue=item.due_at is not None and item.due_at < at,
        clock=item.clock,
        offered_at=item.offered_at,
        guidance="" if work is None else work.guidance,
        outcomes=() if work is None else work.outcomes,
        fields=() if work is None else work.fields,
    )


def next_due(record_type: str, keys: Sequence[int]) -> dict[int, datetime]:
    """Return when the next open work item of each record is due (a source of ``records.nextstep``)."""
    rows = WorkItem.objects.filter(record_type=record_type, record_id__in=keys, status="open", sandbox=False)
    rows = rows.filter(awake()).exclude(due_at=None)
    return dict(rows.values_list("record_id").annotate(first=Min("due_at")).order_by())
