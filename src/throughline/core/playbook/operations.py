"""Confirming that a playbook was read and understood."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.playbook.events import PlaybookRead
from throughline.core.playbook.models import Reading
from throughline.core.playbook.queries import book
from throughline.core.procedures.models import Procedure
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotAllowed, Refusal


@transaction.atomic
def confirm_reading(
    *, procedure: str, number: int, role: str, answers: Mapping[str, str], by: Actor, at: datetime
) -> Reading:
    """
    Note that the person behind the actor has read a playbook as it is told to ``role`` and answered its short check.

    ``answers`` are by the keys of its questions. With a wrong one among them the try is counted, and the reading stays
    unconfirmed.

    Raises:
        NotAllowed: nobody in person is behind the actor.
        NotFound: there is no such procedure or version.
        Refusal: a question was not answered; nothing was kept.
    """
    user = access.user_of(by)
    if user is None:
        raise NotAllowed("A playbook is read by people. Sign in and read it yourself.")
    told = book(procedure=procedure, user=user, role=role, version=number)
    missing = [each.key for each in told.questions if not answers.get(each.key)]
    if missing:
        raise Refusal("check_open", "Answer each question first.", fields=dict.fromkeys(missing, "Choose one."))
    reading, _ = Reading.objects.select_for_update().get_or_create(
        user=user, procedure=Procedure.objects.get(key=procedure), role=role, number=number
    )
    reading.tries += 1
    if any(answers[each.key] != each.answer for each in told.questions):
        reading.save(update_fields=["tries"])
        return reading
    reading.parts = {part.id: part.digest for part in told.parts}
    reading.confirmed_at = at
    reading.save()
    event = PlaybookRead(procedure=procedure, number=number, role=role, tries=reading.tries)
    journal.record(event, by=by, at=at, about=RecordRef("procedure", reading.procedure_id))
    return reading
