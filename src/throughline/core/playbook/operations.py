"""Confirming that a playbook was read and understood."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.playbook.events import CheckSet, PlaybookRead
from throughline.core.playbook.models import Check, Reading
from throughline.core.playbook.queries import book, may_see_readers
from throughline.core.procedures.models import Procedure
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotAllowed, NotFound, Refusal

MOST = 10
"""More questions than this are no short check."""


@transaction.atomic
def confirm_reading(
    *, procedure: str, number: int, role: str, answers: Mapping[str, str], by: Actor, at: datetime
) -> Reading:
    """
    Note that the person behind the actor has read a playbook as it is told to ``role`` and answered its short check.

    ``answers`` are by the keys of its questions. With a wrong one among them the try is counted, the reading stays
    unconfirmed, and other questions are asked next.

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


@transaction.atomic
def set_check(*, procedure: str, questions: int, by: Actor, at: datetime) -> None:
    """
    Say how many questions the check of a playbook asks at most, from the next reading on.

    Raises:
        NotFound: there is no such procedure.
        NotAllowed: the actor neither owns the procedure nor may publish.
        Refusal: the number is below 1 or above 10.
    """
    found = Procedure.objects.filter(key=procedure).first()
    if found is None:
        raise NotFound("There is no such procedure any more. Look in the library.")
    user = access.user_of(by)
    if user is not None and not may_see_readers(procedure=procedure, user=user):
        raise NotAllowed("Only the owner of the procedure, or who may publish, says how much its check asks.")
    if not 1 <= questions <= MOST:
        raise Refusal("no_number", f"Choose a number from 1 to {MOST}.", "questions")
    Check.objects.update_or_create(procedure=found, defaults={"questions": questions})
    told = CheckSet(procedure=procedure, questions=questions)
    journal.record(told, by=by, at=at, about=RecordRef("procedure", found.pk))
