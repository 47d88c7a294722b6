"""Who may do what with a case: what people need beyond seeing its record."""

from __future__ import annotations

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import RoleMembership, User
from throughline.core.procedures.models import Case, WorkItem
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.models import Record
from throughline.core.refusals import NotAllowed, NotFound

REPAIR = "procedures.repair"
"""The ability to retry, skip, move and cancel steps of any case."""


def record_of(subject: Case | WorkItem) -> Record | None:
    """Return the record a case travels with, or None when it has none (any more)."""
    spec = registry.find(subject.record_type)
    if spec is None or subject.record_id is None:
        return None
    record: Record | None = spec.model._default_manager.filter(pk=subject.record_id).first()
    return record


def about(subject: Case | WorkItem) -> RecordRef:
    """Return what journal entries about a case are about: its record, or the case itself."""
    if subject.record_id is not None:
        return RecordRef(subject.record_type, subject.record_id)
    return RecordRef("case", subject.pk if isinstance(subject, Case) else subject.case_id)


def require_work(item: WorkItem, by: Actor) -> User | None:
    """
    Go on only when the actor may do this work item: it is theirs, or it waits in a queue of theirs, or they may change
    its record. Programs without a person behind them may.

    Raises:
        NotFound: the person may not even see the record.
        NotAllowed: it is somebody else's; the sentence says whose.
    """
    user = access.user_of(by)
    if user is None or item.assignee_id == user.pk:
        return user
    if item.assignee_id is None and is_in_queue(user, item.queue):
        return user
    spec, record = registry.find(item.record_type), record_of(item)
    if spec is not None and record is not None:
        if access.can(user, access.EDIT, spec, record):
            return user
        if not access.can(user, access.VIEW, spec, record):
            raise NotFound("There is no such work item any more.")
    elif item.assignee_id is None and not item.queue:
        return user
    whose = item.assignee.name if item.assignee is not None else f"the queue {item.queue}"
    raise NotAllowed(f"This step belongs to {whose}. Ask them, or have it reassigned.")


def is_in_queue(user: User, queue: str) -> bool:
    """Say whether the person plays the role that a queue is made of."""
    return bool(queue) and RoleMembership.objects.filter(user=user, role__key=queue).exists()


def require_repair(case: Case, by: Actor) -> None:
    """
    Go on only when the actor may repair the case: the ability ``procedures.repair``, or the right to change the record.

    Raises:
        NotFound: the person may not even see the record.
        NotAllowed: the person sees it but may not repair it.
    """
    user = access.user_of(by)
    if user is None or access.allows(user, REPAIR):
        return
    spec, record = registry.find(case.record_type), record_of(case)
    if spec is None or record is None:
        raise NotAllowed("Your roles do not let you repair this case. Ask an administrator.")
    if not access.can(user, access.VIEW, spec, record):
        raise NotFound("There is no such case any more.")
    access.require(by, access.EDIT, spec, record)
