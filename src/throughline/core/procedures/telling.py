"""Telling the owners of procedures of incidents: one message per procedure and step at most every so often."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.notify.operations import Message, notify_many
from throughline.core.procedures import charts, setwise
from throughline.core.recordref import RecordRef

_UNTOLD = """
WITH untold AS (
    SELECT id FROM procedures_incident WHERE status = 'open' AND told_at IS NULL AND opened_at <= %s AND NOT sandbox
    ORDER BY id LIMIT 10000 FOR UPDATE SKIP LOCKED
), told AS (
    UPDATE procedures_incident i SET told_at = %s FROM untold WHERE i.id = untold.id
    RETURNING i.version_id, i.node, i.message
)
SELECT p.id, p.name, p.owner_id, t.version_id, t.node, count(*), min(t.message)
FROM told t JOIN procedures_procedureversion v ON v.id = t.version_id
    JOIN procedures_procedure p ON p.id = v.procedure_id
GROUP BY p.id, p.name, p.owner_id, t.version_id, t.node ORDER BY p.id, t.node
"""


@transaction.atomic
def tell_owners(*, at: datetime) -> int:
    """
    Tell the owner of each procedure of the incidents that nobody was told of yet; return how many messages are new.

    A procedure without an owner who works here has the people told who may repair it. In an hour nobody is told twice
    of the same step.
    """
    rows = setwise.fetch(_UNTOLD, [at, at])
    if not rows:
        return 0
    ready = charts.running_many((row[3], "") for row in rows)
    owners = _working({row[2] for row in rows if row[2] is not None})
    messages = [
        Message(
            user_id=user,
            kind="incident",
            title=_title(name, ready[(version, "")].label(node) if node else "", count),
            body=message,
            about=RecordRef("procedure", procedure),
            key=f"incident:{procedure}:{node}:{at:%Y%m%d%H}",
        )
        for procedure, name, owner, version, node, count, message in rows
        for user in ([owner] if owner in owners else _repairers())
    ]
    return notify_many(messages=messages, by=Actor.system(), at=at)


def _title(procedure: str, step: str, count: int) -> str:
    what = "1 case cannot go on" if count == 1 else f"{count} cases cannot go on"
    return f"{procedure}: {what} at “{step}”" if step else f"{procedure}: {what}"


def _working(users: Iterable[int]) -> set[int]:
    wanted = sorted(users)
    return {row[0] for row in setwise.fetch("SELECT id FROM identity_user WHERE is_active AND id = ANY(%s)", [wanted])}


def _repairers() -> list[int]:
    return [user.pk for user in access.people_with(access.REPAIR_PROCEDURES)]
