"""What the generic operations ask of a queue: what it is called, which role it belongs to, and who may keep it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import Role
from throughline.core.identity.operations import create_role
from throughline.core.keys import free_key
from throughline.core.procedures.models import WorkItem
from throughline.core.queues import events
from throughline.core.queues.feeding import feeding
from throughline.core.queues.models import Queue
from throughline.core.records import registry
from throughline.core.records.making import Columns, Row, make_records
from throughline.core.records.operations import create_record
from throughline.core.records.spec import Created
from throughline.core.records.text import clean, fold
from throughline.core.refusals import Refusal

KEY = re.compile(r"[a-z0-9][a-z0-9_-]*")
NAMED = 2
"""So many procedures are named in a refusal."""


def require_queues(by: Actor) -> None:
    """
    Go on only when the actor may keep queues: who plays a role decides what somebody sees.

    Raises:
        NotAllowed: as said.
    """
    user = access.user_of(by)
    if user is not None:
        access.require_ability(
            user, access.MANAGE_ROLES, otherwise="Your roles do not let you keep queues. Ask an administrator."
        )


def name_queue(queue: Queue) -> Sequence[str]:
    """Fill the sorted form of the name."""
    queue.name = clean(queue.name)
    queue.sort_name = fold(queue.name)
    if queue.role_id is None:
        queue.role = Role.objects.get(key=queue.key)
    return ("name", "sort_name")


def check_queue(queue: Queue) -> None:
    """
    Refuse a queue without a name.

    Raises:
        Refusal: as said.
    """
    if not queue.name:
        raise Refusal("nameless", "A queue needs a name.", "name")


def guard(queues: Sequence[Queue], by: Actor, _at: datetime) -> None:
    """
    Keep queues from who may not keep them, whatever else a role says, and those that are in use from the bin.

    Raises:
        NotAllowed: as said.
        Refusal: work waits in one that was put into the bin, or a published drawing names it.
    """
    require_queues(by)
    for queue in queues:
        if queue.deleted_at is not None:
            _require_idle(queue)


def _require_idle(queue: Queue) -> None:
    waiting = WorkItem.objects.filter(queue=queue.key, status=WorkItem.Status.OPEN, assignee=None, sandbox=False)
    if waiting.exists():
        raise Refusal("work_waits", f"Work waits in {queue.name}. Let somebody take it or reassign it first.")
    names = [each.name for each in feeding(queue.key)]
    if names:
        told = " and ".join(f"“{name}”" for name in names[:NAMED])
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        raise Refusal(
            "feeds_it", f"Steps of {told}{more} wait in {queue.name}. Publish them with another lane or queue first."
        )


# -- Making ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def create_queue(*, values: Mapping[str, Any], by: Actor, at: datetime) -> Queue:
    """
    Make a queue, and the role of its key where there is none: without rights, for people to play.

    Raises:
        NotAllowed: the actor may not keep queues.
        Refusal: it has no name, the key cannot be one, or another queue has it.
    """
    require_queues(by)
    name, given = clean(str(values.get("name") or "")), str(values.get("key") or "").strip()
    if not name:
        raise Refusal("nameless", "A queue needs a name.", "name")
    key = _checked(given) if given else free_key(Queue, _key_of(name))
    role_of(key, name, by=by, at=at)
    made: Queue = create_record(spec=registry.get("queue"), values={**values, "key": key}, by=by, at=at)
    return made


def _checked(key: str) -> str:
    _require_key(key)
    if other := Queue.objects.filter(key=key).first():
        where = " It lies in the bin; bring it back instead." if other.deleted_at else ""
        raise Refusal("queue_taken", f'The queue {other.name} has the key "{key}" already.{where}', "key")
    return key


def _require_key(key: str) -> None:
    if KEY.fullmatch(key) is None:
        raise Refusal("no_key", f'"{key}" cannot be a key. Use small letters, digits and hyphens.', "key")


def _key_of(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-") or "queue"


def role_of(key: str, name: str, *, by: Actor, at: datetime) -> Role:
    """Return the role of a key; where there is none it is made, without rights."""
    return Role.objects.filter(key=key).first() or create_role(key=key, name=name, permissions={}, by=by, at=at)


@transaction.atomic
def create_queues(rows: Sequence[Row], *, by: Actor, at: datetime) -> Created:
    """
    Make queues with their roles; rows whose external key is known are left alone.

    Raises:
        NotAllowed: the actor may not keep queues.
        Refusal: there cannot be one of them; nothing is written.
    """
    require_queues(by)
    for row in rows:
        if given := str(row.get("key") or "").strip():
            _require_key(given)
    return add_queues(rows, by=by, at=at)


def add_queues(rows: Sequence[Row], *, by: Actor, at: datetime) -> Created:
    """Make queues set-wise, in the transaction of the caller, who knows that the actor may; else ``create_queues``."""
    taken: set[str] = set()

    def derive(columns: Columns) -> None:
        name, given = clean(str(columns["name"] or "")), str(columns["key"] or "").strip()
        if not name:
            raise Refusal("nameless", "A queue needs a name.", "name")
        key = given or free_key(Queue, _key_of(name))
        if not given and key in taken:
            key = free_key(Queue, f"{key}-{columns['id']}")
        if key in taken:
            raise Refusal("queue_taken", f'Two queues cannot have the key "{key}".', "key")
        taken.add(key)
        role = role_of(key, name, by=by, at=at)
        columns.update(name=name, sort_name=fold(name), key=key, role_id=role.pk)

    def fact(columns: Columns) -> journal.JournalEvent:
        return events.QueueAdded(key=columns["key"], name=columns["name"])

    return make_records(registry.get("queue"), rows, derive=derive, fact=fact, by=by, at=at)
