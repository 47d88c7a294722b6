"""Fields that records lack: made on the guided path by who may make fields, noted for them by everybody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db import transaction

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.records import FieldType, RecordSpec
from throughline.core.records.custom.operations import Wish, define_field, key_of
from throughline.core.refusals import Refusal
from throughline.insight.guide.answers import Answers, Need

OFFERED = (
    FieldType.TEXT, FieldType.LONG_TEXT, FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY, FieldType.DATE,
    FieldType.DATETIME, FieldType.BOOLEAN, FieldType.CHOICE, FieldType.MULTI_CHOICE, FieldType.EMAIL, FieldType.PHONE,
    FieldType.URL, FieldType.USER,
)  # fmt: skip
"""What a field made on the path can hold; one that points at another record is made in the settings."""
WITH_CHOICES = (FieldType.CHOICE, FieldType.MULTI_CHOICE)


def may_make(user: User) -> bool:
    """Return whether somebody may make fields."""
    return access.allows(user, access.MANAGE_RECORDS)


def key_for(need: Need) -> str:
    """Return the key that a field is known by once it is made."""
    return need.key or key_of(need.label)


def still_lacking(spec: RecordSpec, answers: Answers) -> tuple[Need, ...]:
    """Return what was noted and has not been made since, by whatever way."""
    return tuple(need for need in answers.needs if key_for(need) not in spec.by_name)


def made(spec: RecordSpec, answers: Answers) -> list[str]:
    """Return what the fields are called that were made on the path and are still there."""
    return [str(spec.by_name[key].label) for key in answers.fields if key in spec.by_name]


@transaction.atomic
def settle_needs(
    *, record_type: str, answers: Answers, needs: Sequence[Need], user: User, by: Actor, at: datetime
) -> Answers:
    """
    Make fields for what records lack if ``user`` may, else note it, and return the answers with what came of it.

    What was made on the path before is left as it is: a form may be sent twice.

    Raises:
        Refusal: one of them cannot be made; the sentence names it, and none is.
    """
    wanted = [need for need in needs if key_for(need) not in answers.fields]
    if not may_make(user):
        return msgspec.structs.replace(answers, needs=tuple(wanted))
    keys = tuple(_make(record_type, need, by, at) for need in wanted)
    return msgspec.structs.replace(answers, fields=(*answers.fields, *keys), needs=())


def _make(record_type: str, need: Need, by: Actor, at: datetime) -> str:
    if need.type not in OFFERED:
        raise Refusal("no_such_type", f"{need.label}: Choose one of the types.")
    kind = FieldType(need.type)
    choices = tuple((each, each) for each in need.choices) if kind in WITH_CHOICES else ()
    try:
        wish = Wish(label=need.label, key=need.key, type=kind, choices=choices)
        return define_field(record_type=record_type, wish=wish, by=by, at=at).key
    except Refusal as refusal:
        raise Refusal(refusal.code, f"{need.label}: {refusal.message}") from None
