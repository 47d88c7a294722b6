"""Who may draw, publish and repair, and who may do what with a case beyond seeing its record."""

from __future__ import annotations

from collections.abc import Sequence

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import RoleMembership, User
from throughline.core.procedures.models import Case, WorkItem
from throughline.core.procedures.naming import queue_name
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.models import Record
from throughline.core.records.operations import locked
from throughline.core.refusals import NotAllowed, NotFound

NAMED = 3
"""So many people are named in a refusal."""


def require_design(by: Actor) -> None:
    """
    Go on only when the actor may draw procedures and change decision tables.

    Programs without a person behind them may: whoever set them up was allowed to.

    Raises:
        NotAllowed: the person's roles do not let them; the sentence names who can.
    """
    _require(by, access.DESIGN_PROCEDURES, "draw procedures and change decision tables")


def require_publish(by: Actor) -> None:
    """
    Go on only when the actor may let drawings and decision tables run, or retire them; see ``require_design``.

    Raises:
        NotAllowed: the person's roles do not let them; the sentence names who can.
    """
    _require(by, access.PUBLISH_PROCEDURES, "publish or retire procedures and decision tables")


def require_override(by: Actor) -> None:
    """
    Go on only when the actor may publish despite failing test cases; see ``require_design``.

    Raises:
        NotAllowed: the person's roles do not let them; the sentence names who can.
    """
    _require(by, access.OVERRIDE_TESTS, "publish despite failing test cases")


def who_may_override() -> str:
    """Return the sentence that says who may publish despite failing test cases."""
    names = [user.name for user in access.people_with(access.OVERRIDE_TESTS)[:NAMED]]
    return f"{' or '.join(names)} may publish despite it, with a reason." if names else ""


def require_operation(by: Actor) -> None:
    """
    Go on only when the actor may look after running procedures as a whole; see ``require_design``.

    Raises:
        NotAllowed: the person's roles do not let them; the sentence names who can.
    """
    _require(by, access.REPAIR_PROCEDURES, "look after running procedures")


def _require(by: Actor, ability: str, what: str) -> None:
    user = access.user_of(by)
    if user is not None and not access.allows(user, ability):
        raise NotAllowed(f"Your roles do not let you {what}. {_whom_to_ask(ability)}")


def _whom_to_ask(ability: str) -> str:
    names = [user.name for user in access.people_with(ability)[:NAMED]]
    return f"Ask {' or '.join(names)}." if names else "Ask an administrator for a role that does."


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
    whose = item.assignee.name if item.assignee is not None else f"the queue {queue_name(item.queue)}"
    raise NotAllowed(f"This step belongs to {whose}. Ask them, or have it reassigned.")


def require_change(records: Sequence[RecordRef | None], by: Actor) -> None:
    """
    Go on only when the actor may change all the records. Programs without a person behind them may, without a query.

    Raises:
        NotFound: one does not exist, or the person may not see it.
        NotAllowed: one may be seen but not changed; the sentence names whom to ask.
    """
    if access.user_of(by) is None:
        return
    ids: dict[str, list[int]] = {}
    for ref in records:
        if ref is not None:
            ids.setdefault(ref.type, []).append(ref.id)
    for record_type, keys in ids.items():
        locked(registry.get(record_type), keys, by=by, action=access.EDIT)


def is_in_queue(user: User, queue: str) -> bool:
    """Say whether the person plays the role that a queue is made of."""
    return bool(queue) and RoleMembership.objects.filter(user=user, role__key=queue).exists()


def require_repair(case: Case, by: Actor) -> None:
    """
    Go on only when the actor may repair the case: the ability ``REPAIR_PROCEDURES``, or the right to change the record.

    Raises:
        NotFound: the person may not even see the record.
        NotAllowed: the person sees it but may not repair it.
    """
    user = access.user_of(by)
    if user is None or access.allows(user, access.REPAIR_PROCEDURES):
        return
    spec, record = registry.find(case.record_type), record_of(case)
    if spec is None or record is None:
        raise NotAllowed(f"Your roles do not let you repair this case. {_whom_to_ask(access.REPAIR_PROCEDURES)}")
    if not access.can(user, access.VIEW, spec, record):
        raise NotFound("There is no such case any more.")
    access.require(by, access.EDIT, spec, record)
