"""
Finding the procedures that a change touches, so that their owners look at them before their day.

When a review is due, and what follows, is the shipped procedure “Procedure review”; here is only what its companion
“What calls for a review” asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.library.models import InstalledPart
from throughline.core.library.queries import needs
from throughline.core.procedures.models import Case, ProcedureVersion
from throughline.core.procedures.models.case import RUNNING
from throughline.core.procedures.operations import open_review
from throughline.core.refusals import Refusal
from throughline.flow.engine import decode_state
from throughline.packs.needs import Needs

REVIEW = "procedure-review"
"""The key of the procedure that reviews are."""
KINDS = ("field", "role", "connection", "goal")


@transaction.atomic
def open_reviews(*, kind: str, key: str, why: str, by: Actor, at: datetime) -> list[str]:
    """
    Open the review of every live procedure that a change touches, and return their keys.

    ``kind`` says what has changed: a ``field`` (``lead.region``), a ``role``, a ``connection`` or a ``goal`` (by key).
    A procedure whose review is under way is not found again.

    Raises:
        Refusal: ``kind`` is none of these.
    """
    if kind not in KINDS:
        raise Refusal(
            "unknown_kind", f"Expected the kind of change to be one of {', '.join(KINDS)}, but it is “{kind}”."
        )
    reviewed = set(_under_review())
    touched = [procedure for procedure in _touched(kind, key) if procedure not in reviewed]
    for procedure in touched:
        open_review(key=procedure, why=why, by=by, at=at)
    return touched


def _touched(kind: str, key: str) -> list[str]:
    live = ProcedureVersion.objects.filter(status=ProcedureVersion.Status.PUBLISHED).order_by("procedure__key")
    if kind == "goal":
        packs = InstalledPart.objects.filter(kind="goals", key=key).values("pack")
        keys = InstalledPart.objects.filter(pack__in=packs, kind="procedure").values("key")
        return list(live.filter(procedure__key__in=keys).values_list("procedure__key", flat=True))
    drawings = live.values_list("procedure__key", "bpmn")
    return [procedure for procedure, drawing in drawings if _uses(needs(bytes(drawing)), kind, key)]


def _uses(wanted: Needs, kind: str, key: str) -> bool:
    if kind == "field":
        record, _, name = key.partition(".")
        return record in wanted.records and name in wanted.fields
    if kind == "role":
        return key in wanted.roles
    return any(_goes_over(action, key) for action in wanted.actions)


def _goes_over(action: str, connection: str) -> bool:
    """Say whether an action may go over a connection: its key begins with the action's name or the first word of it."""
    first = connection.partition(":")[0]
    return action == first or action.partition(".")[0] == first.partition(".")[0]


def _under_review() -> Iterator[str]:
    """Give the procedures whose review is under way."""
    running = Case.objects.filter(version__procedure__key=REVIEW, status__in=RUNNING, state__isnull=False)
    for state in running.values_list("state", flat=True):
        procedure = decode_state(bytes(state or b"")).variables.get("procedure")
        if isinstance(procedure, str):
            yield procedure
