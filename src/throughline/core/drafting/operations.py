"""Changing a draft by operations, taking that back, and passing the pen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.drafting.models import Attendance, DraftChange
from throughline.core.identity.models import User
from throughline.core.procedures import permits
from throughline.core.procedures.models import Procedure, ProcedureVersion
from throughline.core.procedures.operations import save_draft
from throughline.core.refusals import Conflict, NotFound, Refusal
from throughline.flow import bpmn
from throughline.flow.bpmn.edit import NotEditable
from throughline.flow.bpmn.model import Definitions

KEPT = 60
"""So many changes of a procedure can be taken back."""
AWAY_AFTER = timedelta(seconds=50)
"""Who gave no sign of life for so long has left; pages give one every fifteen seconds."""
Edit = Callable[[Definitions], Definitions]


@transaction.atomic
def change_draft(*, key: str, edit: Edit, what: str, by: Actor, at: datetime, seen: str = "") -> str:
    """
    Change the drawing of a procedure by an operation, and return the digest of the new draft.

    A procedure without a draft gets one from the version that runs. ``seen`` is the digest of the drawing that the
    person looked at; a change of another one is refused, empty asks for nothing.

    Raises:
        NotAllowed: the person may not draw procedures.
        NotFound: there is no such procedure, or nothing is drawn yet.
        Conflict: the drawing is not the one that was seen.
        Refusal: the operation cannot be done to this drawing, or the drawing cannot be read.
    """
    permits.require_design(by)
    procedure = _locked(key)
    standing, digest = _standing(procedure)
    if seen and seen != digest:
        raise Conflict("Somebody has changed this drawing meanwhile. Look at it again, then repeat your change.")
    try:
        changed = bpmn.write(edit(bpmn.read(standing)))
    except NotEditable as refused:
        raise Refusal("not_editable", str(refused)) from None
    except bpmn.Unreadable as problem:
        raise Refusal("unreadable", f"The drawing cannot be read: {problem}") from None
    if changed == standing:
        return digest
    draft = save_draft(key=key, drawing=changed, by=by, at=at)
    DraftChange.objects.filter(procedure=procedure, undone=True).delete()
    DraftChange.objects.create(
        procedure=procedure, at=at, by_label=by.label, what=what, before=standing, after=changed,
        before_digest=digest, after_digest=draft.digest,
    )  # fmt: skip
    _forget_old(procedure)
    return draft.digest


def _forget_old(procedure: Procedure) -> None:
    kept = DraftChange.objects.filter(procedure=procedure).order_by("-pk").values("pk")[:KEPT]
    DraftChange.objects.filter(procedure=procedure).exclude(pk__in=[row["pk"] for row in kept]).delete()


@transaction.atomic
def undo_change(*, key: str, by: Actor, at: datetime) -> str:
    """
    Take the last change by an operation back, and return what it was.

    Raises:
        NotAllowed: the person may not draw procedures.
        Refusal: there is none, or the drawing was changed in another way since.
    """
    permits.require_design(by)
    procedure = _locked(key)
    change = DraftChange.objects.filter(procedure=procedure, undone=False).order_by("-pk").first()
    if change is None or change.after_digest != _standing(procedure)[1]:
        raise Refusal("nothing_to_undo", "There is nothing to take back: the last change was made in the drawing.")
    save_draft(key=key, drawing=bytes(change.before), by=by, at=at)
    change.undone = True
    change.save(update_fields=["undone"])
    return change.what


@transaction.atomic
def redo_change(*, key: str, by: Actor, at: datetime) -> str:
    """
    Make the change again that was taken back last, and return what it is.

    Raises:
        NotAllowed: the person may not draw procedures.
        Refusal: there is none, or the drawing was changed in another way since.
    """
    permits.require_design(by)
    procedure = _locked(key)
    change = DraftChange.objects.filter(procedure=procedure, undone=True).order_by("pk").first()
    if change is None or change.before_digest != _standing(procedure)[1]:
        raise Refusal("nothing_to_redo", "There is nothing to make again.")
    save_draft(key=key, drawing=bytes(change.after), by=by, at=at)
    change.undone = False
    change.save(update_fields=["undone"])
    return change.what


def _locked(key: str) -> Procedure:
    procedure = Procedure.objects.select_for_update().filter(key=key).first()
    if procedure is None:
        raise NotFound("There is no such procedure any more. Look in the library.")
    return procedure


def _standing(procedure: Procedure) -> tuple[bytes, str]:
    versions = {
        version.status: version
        for version in ProcedureVersion.objects.filter(procedure=procedure, status__in=("draft", "published"))
    }
    found = versions.get("draft") or versions.get("published")
    if found is None:
        raise NotFound("Nothing is drawn yet. Open the drawing and save it.")
    return bytes(found.bpmn), hashlib.sha256(bytes(found.bpmn)).hexdigest()


# -- Who is there ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attending:
    """Who has a drawing open: names of the others, who draws (empty: nobody), and whether that is the asker."""

    others: tuple[str, ...]
    drawing: str
    mine: bool


@transaction.atomic
def attend(*, key: str, draws: bool, takes_over: bool = False, by: Actor, at: datetime) -> Attending:
    """
    Give a sign of life at a drawing, and say who else is there.

    Who ``draws`` gets the pen when nobody has it, or with ``takes_over`` from whoever has it; their page keeps what
    they drew and lets them look on. No journal entry is made: nothing of the company has changed.

    Raises:
        NotFound: there is no such procedure, or nobody is behind the actor.
    """
    user = access.user_of(by)
    if user is None:
        raise NotFound("Only people look at drawings.")
    procedure = _locked(key)
    present = Attendance.objects.filter(procedure=procedure, seen_at__gt=at - AWAY_AFTER)
    Attendance.objects.filter(procedure=procedure, seen_at__lte=at - AWAY_AFTER).update(pen_since=None)
    holder = present.filter(pen_since__isnull=False).first()
    may = draws and access.allows(user, access.DESIGN_PROCEDURES)
    gets = may and (holder is None or holder.user_id == user.pk or takes_over)
    if gets and holder is not None and holder.user_id != user.pk:
        present.filter(pk=holder.pk).update(pen_since=None)
    since = (holder.pen_since if holder is not None and holder.user_id == user.pk else at) if gets else None
    Attendance.objects.update_or_create(procedure=procedure, user=user, defaults={"seen_at": at, "pen_since": since})
    return _attending(procedure, user, at)


def _attending(procedure: Procedure, user: User, at: datetime) -> Attending:
    rows = Attendance.objects.filter(procedure=procedure, seen_at__gt=at - AWAY_AFTER).select_related("user")
    everybody = sorted(rows, key=lambda row: row.user.name)
    pen = next((row for row in everybody if row.pen_since is not None), None)
    return Attending(
        others=tuple(row.user.name for row in everybody if row.user_id != user.pk),
        drawing=pen.user.name if pen is not None else "",
        mine=pen is not None and pen.user_id == user.pk,
    )
