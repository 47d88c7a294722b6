"""Writes of queues beside those of any record: taking the next one, and who belongs to one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from throughline.core.access import staff
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.procedures import permits
from throughline.core.procedures.models import WorkItem
from throughline.core.procedures.operations import claim_work_item
from throughline.core.procedures.queries.work import next_in_queue
from throughline.core.queues.models import Queue
from throughline.core.records import registry
from throughline.core.records.queries import get_record
from throughline.core.refusals import NotAllowed, NotFound, Refusal


@transaction.atomic
def take_next(*, queue_id: int, by: Actor, at: datetime) -> WorkItem:
    """
    Take what is due first of what waits in a queue, as far as the person may see the records, and return it.

    Two who take at once get two different ones.

    Raises:
        NotFound: there is no such queue, or the person may not see it.
        NotAllowed: the person does not belong to it.
        Refusal: nothing waits there that they may see, or no person is behind the actor.
    """
    user = _person(by)
    queue: Queue = get_record(spec=registry.get("queue"), user=user, record_id=queue_id)
    if not permits.is_in_queue(user, queue.key):
        raise NotAllowed(f"You do not belong to {queue.name}. Ask an administrator to add you.")
    first = next_in_queue(queue=queue.key, user=user)
    if first is None:
        raise Refusal("nothing_waits", f"Nothing waits in {queue.name} for you now. Look again later.")
    return claim_work_item(work_item_id=first, by=by, at=at)


def _person(by: Actor) -> User:
    user = None if by.user_id is None else User.objects.filter(pk=by.user_id, is_active=True).first()
    if user is None:
        raise Refusal("nobody", "Only a person can take a step. Assign it to somebody instead.")
    return user


@transaction.atomic
def add_person(*, queue_id: int, user_id: int, by: Actor, at: datetime) -> User:
    """
    Let somebody take what waits in a queue: they play its role from now on, with all that it lets people do.

    Raises:
        NotFound, NotAllowed: there is no such queue or person, or the actor may not change roles.
    """
    return staff.give_role(user_id=user_id, role_id=_queue(queue_id).role_id, by=by, at=at)


@transaction.atomic
def remove_person(*, queue_id: int, user_id: int, by: Actor, at: datetime) -> User:
    """
    Let somebody take no more of what waits in a queue; what they have taken stays theirs.

    Raises:
        NotFound, NotAllowed: there is no such queue or person, or the actor may not change roles.
        Refusal: nobody would be left who may change roles.
    """
    return staff.take_role(user_id=user_id, role_id=_queue(queue_id).role_id, by=by, at=at)


def _queue(queue_id: int) -> Queue:
    queue = Queue.objects.filter(pk=queue_id, deleted_at=None).first()
    if queue is None:
        raise NotFound("There is no such queue any more. Look at the list of queues.")
    return queue
