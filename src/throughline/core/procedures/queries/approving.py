"""What stands between a draft and its publication, and who looks after a procedure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.procedures.models import Procedure, ProcedureVersion, PublishApproval
from throughline.core.refusals import NotFound


@dataclass(frozen=True, slots=True)
class Stewardship:
    """Owner, day of review, and whether another person must agree before a version is published."""

    owner: int | None
    owner_name: str
    review_on: date | None
    needs_approval: bool


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """
    A question whether a draft may be published, with its answer.

    ``holds``: it is about the draft as it is now. ``mine``: the asker of this query may answer it.
    """

    id: int
    words: str
    asked_by: str
    asked_at: datetime
    granted: bool | None
    reason: str
    decided_by: str
    decided_at: datetime | None
    holds: bool
    mine: bool


def stewardship(*, procedure: str) -> Stewardship:
    """
    Return who looks after a procedure.

    Raises:
        NotFound: there is no such procedure.
    """
    found = Procedure.objects.select_related("owner").filter(key=procedure).first()
    if found is None:
        raise NotFound("There is no such procedure any more. Look in the library.")
    name = found.owner.name if found.owner else ""
    return Stewardship(found.owner_id, name, found.review_on, found.needs_approval)


def approvals(*, procedure: str, user: User) -> list[ApprovalRow]:
    """Return the questions about the present draft, the youngest first. Three queries."""
    draft = ProcedureVersion.objects.filter(procedure__key=procedure, status="draft").defer("bpmn").first()
    if draft is None:
        return []
    may_publish = access.allows(user, access.PUBLISH_PROCEDURES)
    return [
        ApprovalRow(
            id=row.pk,
            words=row.words,
            asked_by=row.asked_by_label,
            asked_at=row.asked_at,
            granted=row.granted,
            reason=row.reason,
            decided_by=row.decided_by_label,
            decided_at=row.decided_at,
            holds=row.digest == draft.digest,
            mine=may_publish and row.granted is None and user.pk not in (row.asked_by_id, draft.saved_by_id),
        )
        for row in PublishApproval.objects.filter(version=draft)
    ]
