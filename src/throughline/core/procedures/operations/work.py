"""What people do with work items: do them, take them, give them to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.procedures import charts, permits, setwise
from throughline.core.procedures.events import WorkAssigned, WorkCompleted
from throughline.core.procedures.forms import read_answers
from throughline.core.procedures.inbox import Order, enqueue
from throughline.core.procedures.models import WorkItem
from throughline.core.procedures.resting.queries import rests
from throughline.core.records import nextstep
from throughline.core.refusals import NotFound, Refusal
from throughline.flow import values
from throughline.flow.engine import commands as cmd


@transaction.atomic
def complete_work_item(
    *, work_item_id: int, outcome: str, by: Actor, at: datetime, answers: Mapping[str, Any] | None = None
) -> WorkItem:
    """
    Say that a human step is done, how it ended, and what was filled in.

    The item is closed at once; the case goes on when a worker drains the inbox. ``outcome`` is one of the outcomes
    that the chart offers (empty if it offers none), ``answers`` the form's values by field name.

    Raises:
        NotFound: there is no such item, or the person may not see its record.
        NotAllowed: it is somebody else's.
        Refusal: it has been done or withdrawn already, or answers are missing or not understood (``fields``).
    """
    item = _open_item(work_item_id)
    permits.require_work(item, by)
    node = charts.running(item.version_id, item.case.process).chart.node(item.node)
    variables = read_answers(node.element.extensions.work_item, outcome, answers or {})
    _close(item, outcome, variables, by, at)
    done = WorkCompleted(case=item.case_id, node=item.node, title=item.title, outcome=outcome)
    entry = journal.record(done, by=by, at=at, about=permits.about(item), sandbox=item.sandbox)
    person = None if by.user_id is None else str(by.user_id)
    enqueue([Order(item.case_id, cmd.CompleteWork(item.token, variables, person), by, at, entry.id)])
    return item


def _close(item: WorkItem, outcome: str, variables: Mapping[str, Any], by: Actor, at: datetime) -> None:
    item.status, item.closed_at, item.closed_by_label = WorkItem.Status.DONE, at, by.label
    item.outcome = outcome
    item.save(update_fields=["status", "closed_at", "closed_by_label", "outcome"])
    answers = values.dumps(dict(variables))  # numbers with all their digits, which the ORM's JSON would lose
    setwise.execute("UPDATE procedures_workitem SET answers = %s::jsonb WHERE id = %s", [answers, item.pk])
    nextstep.refresh([permits.about(item)])


def _open_item(work_item_id: int) -> WorkItem:
    item = (
        WorkItem.objects.select_for_update(of=("self",))
        .select_related("case", "assignee")
        .defer("case__state")
        .filter(pk=work_item_id)
        .first()
    )
    if item is None:
        raise NotFound("There is no such work item any more.")
    if item.status == WorkItem.Status.DONE:
        raise Refusal("already_done", f"{item.closed_by_label} has done this step already. Look at the next one.")
    if item.status == WorkItem.Status.WITHDRAWN:
        raise Refusal("withdrawn", "The procedure has gone on without this step. Look at the next one.")
    if rests(item.case_id):
        raise Refusal("rests", "The record of this step lies in the bin. Bring it back first; the step comes with it.")
    return item


@transaction.atomic
def claim_work_item(*, work_item_id: int, by: Actor, at: datetime) -> WorkItem:
    """
    Take a work item out of its queue.

    Raises:
        NotFound, NotAllowed: see ``complete_work_item``.
        Refusal: somebody else has it already, or no person is behind the actor.
    """
    item = _open_item(work_item_id)
    user = permits.require_work(item, by)
    if user is None:
        raise Refusal("nobody", "Only a person can take a step. Assign it to somebody instead.")
    if item.assignee is not None and item.assignee_id != user.pk:
        raise Refusal("already_taken", f"{item.assignee.name} has taken this step. Choose another one.")
    _assign([item], user, by, at)
    return item


@transaction.atomic
def release_work_item(*, work_item_id: int, by: Actor, at: datetime) -> WorkItem:
    """
    Put a work item back into its queue.

    Raises:
        NotFound, NotAllowed: see ``complete_work_item``.
        Refusal: it has no queue, so nobody would find it.
    """
    item = _open_item(work_item_id)
    permits.require_work(item, by)
    if not item.queue:
        raise Refusal("no_queue", "This step has no queue to go back to. Reassign it to somebody instead.")
    _assign([item], None, by, at)
    return item


@transaction.atomic
def reassign_work_items(*, work_item_ids: Sequence[int], to_user_id: int, by: Actor, at: datetime) -> int:
    """
    Give open work items to somebody, and return how many changed hands; those already closed are left alone.

    Raises:
        NotFound: there is no such person.
        NotAllowed: the actor may not do one of the items; nothing was changed.
    """
    user = User.objects.filter(pk=to_user_id, is_active=True).first()
    if user is None:
        raise NotFound("Nobody of that name works here any more. Choose somebody else.")
    items = list(
        WorkItem.objects.select_for_update(of=("self",))
        .select_related("assignee")
        .filter(pk__in=work_item_ids, status=WorkItem.Status.OPEN)
        .order_by("pk")
    )
    for item in items:
        permits.require_work(item, by)
    return _assign(items, user, by, at)


def _assign(items: Sequence[WorkItem], user: User | None, by: Actor, at: datetime) -> int:
    """Change the assignee of items, let the new one see the records, and leave an entry for each."""
    changed = [item for item in items if item.assignee_id != (user.pk if user else None)]
    facts = [
        journal.Fact(
            WorkAssigned(
                case=item.case_id,
                node=item.node,
                title=item.title,
                was=item.assignee_id,
                now=user.pk if user else None,
            ),
            permits.about(item),
            sandbox=item.sandbox,
        )
        for item in changed
    ]
    if not changed:
        return 0
    claimed_at = at if user is not None else None
    WorkItem.objects.filter(pk__in=[item.pk for item in changed]).update(assignee=user, claimed_at=claimed_at)
    for item in changed:
        item.assignee, item.claimed_at = user, claimed_at
    if user is not None:
        parts = [
            access.Part(user.pk, permits.about(item), f"You have the step “{item.title}” to do.")
            for item in changed
            if item.record_id is not None
        ]
        access.take_part_many(parts=parts, at=at)
    journal.record_many(facts, by=by, at=at)
    return len(changed)
