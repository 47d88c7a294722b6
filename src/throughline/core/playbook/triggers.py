"""Whoever has read a playbook is told when a version is published that says something new to them."""

from __future__ import annotations

from collections.abc import Sequence

from throughline.core.identity.models import User
from throughline.core.journal import Recorded
from throughline.core.notify.operations import Message, notify_many
from throughline.core.playbook.models import Reading
from throughline.core.playbook.queries import book
from throughline.core.procedures.models import Procedure
from throughline.core.recordref import RecordRef

PUBLISHED = "procedure.published"
PLACE = "playbook"
"""What the messages are about; their place is the key of the procedure."""


def tell(entries: Sequence[Recorded]) -> None:
    """Tell the readers of former versions what they have to read again."""
    for entry in entries:
        if entry.event == PUBLISHED and not entry.sandbox:
            _tell_readers(entry)


def _tell_readers(entry: Recorded) -> None:
    procedure = Procedure.objects.filter(pk=entry.about.id).first()
    if procedure is None:
        return
    rows = Reading.objects.filter(procedure=procedure, user__is_active=True).exclude(confirmed_at=None)
    read = set(rows.order_by().values_list("user_id", "role"))
    people = User.objects.in_bulk({user for user, _ in read})
    messages = {}
    for user_id, role in sorted(read):
        told = book(procedure=procedure.key, user=people[user_id], role=role)
        if told.changed or told.gone:
            messages[user_id] = Message(
                user_id=user_id,
                kind="playbook",
                title=f"The playbook of {procedure.name} has changed: read what is new",
                about=RecordRef(PLACE, procedure.pk),
                place=procedure.key,
                key=f"playbook:{procedure.pk}:{entry.id}",
            )
    notify_many(messages=list(messages.values()), by=entry.by, at=entry.at)


LISTENERS = (tell,)
"""What wiring.py tells the journal to call."""
