"""
Four eyes: where the owner of a procedure demands it, another person agrees before a draft is published.

Who agrees may publish, and is neither who drew the draft last nor who publishes it. The answer holds for the drawing as
it was when it was asked.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.notify.operations import Message, notify_many
from throughline.core.procedures import permits
from throughline.core.procedures.events import ApprovalAsked, ApprovalDecided
from throughline.core.procedures.models import Procedure, ProcedureVersion, PublishApproval
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotAllowed, NotFound, Refusal

LONGEST = 1000
"""So many characters of a reason are kept."""


@transaction.atomic
def ask_approval(*, key: str, by: Actor, at: datetime, words: str = "") -> PublishApproval:
    """
    Ask whether the draft of a procedure may be published as it is; who may agree is told.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures.
        NotFound: there is no such procedure.
        Refusal: there is no draft, it has been asked, or there is nobody else who could agree.
    """
    permits.require_design(by)
    draft = _draft(key)
    known = draft.approvals.filter(digest=draft.digest).exclude(granted=False).first()
    if known is not None:
        said = "Somebody has agreed already." if known.granted else "This has been asked already. Wait for the answer."
        raise Refusal("asked_before", said)
    people = _may_agree(draft, by.user_id)
    if not people:
        raise Refusal("nobody_to_ask", "There is nobody else who may publish procedures. Tell an administrator.")
    asker = access.user_of(by)
    approval = PublishApproval.objects.create(
        version=draft, digest=draft.digest, words=words.strip()[:LONGEST], asked_at=at, asked_by=asker,
        asked_by_label=by.label,
    )  # fmt: skip
    procedure = draft.procedure
    about = RecordRef("procedure", procedure.pk)
    asked = ApprovalAsked(approval=approval.pk, number=draft.number, digest=draft.digest)
    journal.record(asked, by=by, at=at, about=about)
    title = f"May version {draft.number} of “{procedure.name}” be published?"
    place = f"/procedures/{procedure.key}/publishing/"
    messages = [
        Message(person.pk, "approval", title, approval.words, place=place, key=f"publish:{approval.pk}")
        for person in people
    ]
    notify_many(messages=messages, by=by, at=at)
    return approval


@transaction.atomic
def decide_publication(
    *, key: str, approval_id: int, granted: bool, by: Actor, at: datetime, reason: str = ""
) -> PublishApproval:
    """
    Agree that a draft is published, or refuse it with a reason; whoever asked is told.

    Raises:
        NotFound: there is no such question.
        NotAllowed: the person may not publish, has asked, or has drawn the draft.
        Refusal: it has been answered, the draft has changed since, or a refusal gives no reason.
    """
    draft = _draft(key)
    approval = PublishApproval.objects.select_for_update().filter(version=draft, pk=approval_id).first()
    if approval is None:
        raise NotFound("There is no such question any more. Look at the draft.")
    person = access.user_of(by)
    if person is None or person.pk not in {each.pk for each in _may_agree(draft, approval.asked_by_id)}:
        raise NotAllowed("Another person than who drew and asked answers this, one who may publish procedures.")
    if approval.granted is not None:
        raise Refusal("decided_before", f"{approval.decided_by_label} has answered this already.")
    if approval.digest != draft.digest:
        raise Refusal("changed_since", "The draft has been changed since this was asked. Have it asked anew.")
    if not granted and not reason.strip():
        raise Refusal("reason_needed", "Say why not.", "reason")
    approval.granted, approval.reason = granted, reason.strip()[:LONGEST]
    approval.decided_at, approval.decided_by, approval.decided_by_label = at, person, by.label
    approval.save()
    about = RecordRef("procedure", draft.procedure_id)
    decided = ApprovalDecided(approval=approval.pk, number=draft.number, granted=granted, reason=approval.reason)
    journal.record(decided, by=by, at=at, about=about)
    if approval.asked_by_id is not None:
        verb = "agrees that" if granted else "does not agree that"
        title = f"{by.label} {verb} version {draft.number} of “{draft.procedure.name}” is published"
        place = f"/procedures/{key}/publishing/"
        message = Message(approval.asked_by_id, "approval", title, approval.reason, place=place)
        notify_many(messages=[message], by=by, at=at)
    return approval


def require_approved(procedure: Procedure, draft: ProcedureVersion, by: Actor) -> None:
    """
    Go on only when somebody else has agreed to the draft as it is, where the owner demands that.

    Raises:
        Refusal: nobody has agreed, or only who publishes it.
    """
    if not procedure.needs_approval:
        return
    granted = draft.approvals.filter(digest=draft.digest, granted=True)
    if not granted.exists():
        raise Refusal(
            "approval_missing", f"“{procedure.name}” is published when another person agrees. Ask for it first."
        )
    if not granted.exclude(decided_by=by.user_id).exists():
        raise Refusal("four_eyes", "Who agrees does not publish. Let the person who asked publish it.")


def _may_agree(draft: ProcedureVersion, asker: int | None) -> list[User]:
    """Return who may agree: who may publish, but neither who asks nor who drew the draft last."""
    people = access.people_with(access.PUBLISH_PROCEDURES)
    return [person for person in people if person.pk not in (asker, draft.saved_by_id)]


def _draft(key: str) -> ProcedureVersion:
    procedure = Procedure.objects.select_for_update().filter(key=key).first()
    if procedure is None:
        raise NotFound(f"There is no procedure “{key}”. Create it first.")
    draft = procedure.versions.filter(status=ProcedureVersion.Status.DRAFT).select_related("procedure").first()
    if draft is None:
        raise Refusal("no_draft", f"“{procedure.name}” has no draft. Change the drawing first.")
    return draft
