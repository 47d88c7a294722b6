"""Asking whether a deal may go to a stage, and answering."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.notify.operations import Message, notify_many
from throughline.core.recordref import RecordRef
from throughline.core.records import operations, registry
from throughline.core.records.operations import Change
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.crm.deals import events
from throughline.crm.deals.models import Approval, ApprovalStatus, Deal
from throughline.crm.deals.stages import ask_what_it_needs, role_name, stages

YOU_ARE_ASKED = "You are asked to agree to its next stage."


@transaction.atomic
def ask_approval(*, deal_id: int, stage: str, by: Actor, at: datetime, why: str = "") -> Approval:
    """
    Ask everybody of the stage's role whether a deal may go there. They are told, and may see the deal from now on.

    Raises:
        NotFound, NotAllowed: as for any change of the deal.
        Refusal: nobody must agree there, something else is missing, or the question has been put already.
    """
    spec = registry.get("deal")
    deal: Deal = operations.locked(spec, [deal_id], by=by, action=access.EDIT)[deal_id]
    wanted = stages().stage(stage)
    if not wanted.approval_role:
        raise Refusal("no_approval_needed", f"Nobody must agree before a deal goes to {wanted.name}. Move it.", "stage")
    ask_what_it_needs(deal, wanted)
    if deal.approvals.filter(stage=wanted, status=ApprovalStatus.ASKED).exists():
        raise Refusal("asked_before", "This has been asked already. Wait for the answer.", "stage")
    people = _asked(wanted.approval_role, by)
    if not people:
        who = role_name(wanted.approval_role)
        raise Refusal("nobody_to_ask", f"There is no other {who} whom to ask. Tell an administrator.", "stage")
    approval = Approval.objects.create(
        deal=deal,
        stage=wanted,
        role=wanted.approval_role,
        amount=deal.amount,
        why=why.strip()[:500],
        asked_by=by.label,
        asked_by_user=by.user_id,
        asked_at=at,
    )
    told = events.DealApprovalAsked(
        approval=approval.pk,
        stage=wanted.key,
        stage_name=wanted.name,
        role=wanted.approval_role,
        amount=None if deal.amount is None else f"{deal.amount:f}",
        why=approval.why,
    )
    operations.write_changes(spec=spec, changes=[Change(deal, set(), [told])], by=by, at=at)
    about = RecordRef("deal", deal.pk)
    access.take_part_many(parts=[access.Part(person.pk, about, YOU_ARE_ASKED) for person in people], at=at)
    title = f"May {deal.name} go to {wanted.name}?"
    messages = [
        Message(person.pk, "approval", title, approval.why, about, key=f"approval:{approval.pk}", sandbox=deal.sandbox)
        for person in people
    ]
    notify_many(messages=messages, by=by, at=at)
    return approval


def _asked(role: str, by: Actor) -> list[User]:
    """Return who may answer: everybody of the role but the one who asks."""
    people = User.objects.filter(is_active=True, roles__key=role).order_by("pk")
    return [person for person in people if person.pk != by.user_id]


@transaction.atomic
def decide_approval(*, approval_id: int, granted: bool, by: Actor, at: datetime, reason: str = "") -> Approval:
    """
    Agree that a deal goes to a stage, or refuse it with a reason. Whoever asked is told.

    Raises:
        NotFound: there is no such question.
        NotAllowed: the actor is not of the role that is asked, or has asked it.
        Refusal: it has been answered, or a refusal gives no reason.
    """
    approval = Approval.objects.select_for_update(of=("self",)).select_related("stage").filter(pk=approval_id).first()
    if approval is None:
        raise NotFound("There is no such question. Look at the deal.")
    _require_role(approval, by)
    if approval.status != ApprovalStatus.ASKED:
        raise Refusal("decided_before", f"{approval.decided_by} has answered this already.", "reason")
    if not granted and not reason.strip():
        raise Refusal("reason_needed", "Say why not.", "reason")
    approval.status = ApprovalStatus.GRANTED if granted else ApprovalStatus.REFUSED
    approval.decided_by, approval.decided_at, approval.reason = by.label, at, reason.strip()[:500]
    approval.save(update_fields=["status", "decided_by", "decided_at", "reason"])
    told = events.DealApprovalDecided(
        approval=approval.pk,
        stage=approval.stage.key,
        stage_name=approval.stage.name,
        granted=granted,
        reason=approval.reason,
    )
    about = RecordRef("deal", approval.deal_id)
    journal.record(told, by=by, at=at, about=about)
    if approval.asked_by_user is not None:
        said = "may go" if granted else "may not go"
        title = f"{approval.deal} {said} to {approval.stage.name}."
        message = Message(approval.asked_by_user, "approval", title, approval.reason, about, f"approved:{approval.pk}")
        notify_many(messages=[message], by=by, at=at)
    return approval


def _require_role(approval: Approval, by: Actor) -> None:
    user = access.user_of(by)
    if user is None:
        return
    if not may_decide(approval, user):
        who = role_name(approval.role)
        raise NotAllowed(f"Only a {who} who has not asked for it may answer this.")


def may_decide(approval: Approval, user: User) -> bool:
    """Return whether a person may answer: is of the role that is asked, and not who asks."""
    held = {role.key for role in access.grants(user).roles}
    return approval.role in held and approval.asked_by_user != user.pk


def waiting_for(user: User) -> list[Approval]:
    """Return the questions that a person may answer, the oldest first."""
    held = [role.key for role in access.grants(user).roles]
    open_ones = Approval.objects.filter(status=ApprovalStatus.ASKED, role__in=held, deal__deleted_at=None)
    rows = open_ones.exclude(asked_by_user=user.pk).select_related("deal", "stage").order_by("asked_at", "pk")
    return [row for row in rows if access.can(user, access.VIEW, registry.get("deal"), row.deal)]
