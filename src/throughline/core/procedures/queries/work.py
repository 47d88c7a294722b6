"""The work list: what somebody has to do, in the order in which it is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from throughline.core.identity.models import RoleMembership, User
from throughline.core.procedures import charts
from throughline.core.procedures.models import WorkItem
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
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


def my_work(*, user: User, at: datetime, limit: int = 100, queues: bool = True) -> list[WorkRow]:
    """
    Return what is assigned to ``user`` and, with ``queues``, what waits in the queues of the roles they play.

    Items of queues are shown only where the person may see the record. Earliest due first, then the higher priority;
    items without a due moment come last.
    """
    wanted = Q(assignee=user)
    if queues:
        keys = list(RoleMembership.objects.filter(user=user).values_list("role__key", flat=True))
        waiting = Q(assignee=None, queue__in=keys)
        wanted |= waiting & seen_by(user, [spec.type for spec in registry.everything()])
    items = WorkItem.objects.filter(wanted, status="open", sandbox=False)
    return _rows(list(_in_order(items)[:limit]), user, at)


def work_of_record(*, record: RecordRef, user: User, at: datetime) -> list[WorkRow]:
    """Return the open work items of a record (whoever has them); the caller has checked that ``user`` may see it."""
    items = WorkItem.objects.filter(record_type=record.type, record_id=record.id, status="open", sandbox=False)
    return _rows(list(_in_order(items)), user, at)


def _in_order(items: QuerySet[WorkItem]) -> QuerySet[WorkItem]:
    ordered = items.order_by(F("due_at").asc(nulls_last=True), "-priority", "pk")
    return ordered.select_related("assignee", "case", "version__procedure").defer("case__state", "version__bpmn")


def _rows(items: Sequence[WorkItem], user: User, at: datetime) -> list[WorkRow]:
    ready = charts.running_many((item.version_id, item.case.process) for item in items)
    titles = record_titles([_ref(item) for item in items])
    return [_row(item, ready[(item.version_id, item.case.process)], titles, user, at) for item in items]


def _ref(item: WorkItem) -> RecordRef | None:
    return None if item.record_id is None else RecordRef(item.record_type, item.record_id)


def _row(item: WorkItem, running: charts.Running, titles: dict[RecordRef, str], user: User, at: datetime) -> WorkRow:
    work = running.chart.node(item.node).element.extensions.work_item
    record = _ref(item)
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
        assignee_name="" if item.assignee is None else item.assignee.name,
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


def record_titles(refs: Sequence[RecordRef | None]) -> dict[RecordRef, str]:
    """Return how people call these records; one query per record type. The caller has checked that they may be seen."""
    by_type: dict[str, set[int]] = {}
    for ref in refs:
        if ref is not None:
            by_type.setdefault(ref.type, set()).add(ref.id)
    titles: dict[RecordRef, str] = {}
    for record_type, keys in by_type.items():
        spec = registry.find(record_type)
        if spec is None:
            continue
        rows = spec.model._default_manager.filter(pk__in=keys).select_related(*spec.select_related)
        titles.update({RecordRef(record_type, row.pk): spec.title(row) for row in rows})
    return titles
