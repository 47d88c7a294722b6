"""Keeping what was sent and what was not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from throughline.connect.mail.events import MailSent, MailWithheld
from throughline.connect.mail.models import MailOutcome
from throughline.core import journal
from throughline.core.actions import ActionRequest
from throughline.core.actor import Actor
from throughline.core.recordref import RecordRef


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the server has taken."""

    request: ActionRequest
    message_id: str
    purpose: str
    to: str
    subject: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """A message that was not sent because the person does not want it."""

    request: ActionRequest
    purpose: str
    reason: str
    to: str


@transaction.atomic
def record_mail(*, sent: Sequence[Sent], withheld: Sequence[Withheld], by: Actor, at: datetime) -> int:
    """
    Keep what was sent and what was not, each with an entry about its record, and return how many messages are new.

    What was kept before (two workers have done it) is not kept again.
    """
    keys = [each.request.key for each in sent] + [each.request.key for each in withheld]
    known = set(MailOutcome.objects.filter(key__in=keys).values_list("key", flat=True))
    new = [each for each in sent if each.request.key not in known]
    unsent = [each for each in withheld if each.request.key not in known]
    outcomes = [
        MailOutcome(key=each.request.key, message_id=each.message_id, purpose=each.purpose, settled_at=at)
        for each in new
    ] + [MailOutcome(key=each.request.key, reason=each.reason, purpose=each.purpose, settled_at=at) for each in unsent]
    MailOutcome.objects.bulk_create(outcomes)
    facts = [_fact(each.request, _sent(each)) for each in new] + [
        _fact(each.request, MailWithheld(purpose=each.purpose, reason=each.reason, to=each.to)) for each in unsent
    ]
    journal.record_many(facts, by=by, at=at)
    return len(new)


def _sent(each: Sent) -> MailSent:
    return MailSent(message_id=each.message_id, purpose=each.purpose, to=each.to, subject=each.subject)


def _fact(request: ActionRequest, event: MailSent | MailWithheld) -> journal.Fact:
    about = request.record or RecordRef("case", request.case)
    return journal.Fact(event, about, request.cause, request.sandbox, by=request.by)
