"""Sharing a record with a colleague or a team: who sees more than owner and team decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core import access, journal
from throughline.core.access.events import RecordShared, SharingEnded
from throughline.core.access.models import Share
from throughline.core.actor import Actor
from throughline.core.recordref import RecordRef
from throughline.core.records.operations import locked
from throughline.core.records.spec import RecordSpec
from throughline.core.records.text import clean
from throughline.core.refusals import NotFound, Refusal


@transaction.atomic
def share_record(
    *,
    spec: RecordSpec,
    record_id: int,
    user_id: int | None = None,
    team_id: int | None = None,
    may_edit: bool = False,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> Share:
    """
    Let a colleague or a team see a record, or change it. Sharing again changes what was said before.

    Raises:
        NotFound, NotAllowed: the actor may not see it, or may not change it and so give it to nobody.
        Refusal: it is shared with nobody, or with both.
    """
    locked(spec, [record_id], by=by, action=access.EDIT)
    if (user_id is None) == (team_id is None):
        raise Refusal("share_with_whom", "Choose a colleague or a team.", "with")
    here: dict[str, Any] = {"record_type": spec.type, "record_id": record_id, "user_id": user_id, "team_id": team_id}
    said = {"may_edit": may_edit, "reason": clean(reason)[:200], "by": by.label, "since_at": at}
    share, _ = Share.objects.update_or_create(**here, defaults=said)
    event = RecordShared(user=user_id, team=team_id, may_edit=may_edit, reason=share.reason)
    journal.record(event, by=by, at=at, about=RecordRef(spec.type, record_id))
    return share


@transaction.atomic
def stop_sharing(
    *,
    spec: RecordSpec,
    record_id: int,
    user_id: int | None = None,
    team_id: int | None = None,
    by: Actor,
    at: datetime,
) -> None:
    """
    Take back what ``share_record`` gave.

    Raises:
        NotFound, NotAllowed: as there; or it is not shared so.
    """
    locked(spec, [record_id], by=by, action=access.EDIT)
    here = {"record_type": spec.type, "record_id": record_id, "user_id": user_id, "team_id": team_id}
    if not Share.objects.filter(**here).delete()[0]:
        raise NotFound("It is not shared so. Look at the record's page.")
    journal.record(SharingEnded(user=user_id, team=team_id), by=by, at=at, about=RecordRef(spec.type, record_id))


def shares_of(*, spec: RecordSpec, record_id: int) -> list[Share]:
    """Return with whom a record is shared; for who may see the record."""
    found = Share.objects.filter(record_type=spec.type, record_id=record_id)
    return list(found.select_related("user", "team").order_by("id"))
