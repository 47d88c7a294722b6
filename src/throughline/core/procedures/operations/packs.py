"""Installing a pack of procedures that comes with the product."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.procedures.models import DecisionTable, Procedure, ProcedureVersion
from throughline.core.procedures.operations.decisions import create_decision, publish_decision, save_decision_draft
from throughline.core.procedures.operations.procedures import create_procedure, publish, save_draft
from throughline.packs import Pack, PackedDecision, PackedProcedure


@transaction.atomic
def install_pack(
    *, pack: Pack, by: Actor, at: datetime, owner_id: int | None = None, review_on: date | None = None
) -> list[ProcedureVersion]:
    """
    Publish the procedures of a pack with the decision tables they ask, and return the new versions.

    A procedure or table whose key is there already is left as it is: it is somebody's own by now.

    Raises:
        NotAllowed: the person behind the actor may not draw or not publish; nothing was changed.
        Refusal: a chart or table of the pack does not pass the check here (an action is missing); nothing was changed.
    """
    note = f"From the pack “{pack.name}”"
    for decision in pack.decisions:
        _install_decision(decision, note, by, at, owner_id)
    keys = [procedure.key for procedure in pack.procedures]
    there = set(Procedure.objects.filter(key__in=keys).values_list("key", flat=True))
    missing = [procedure for procedure in pack.procedures if procedure.key not in there]
    for procedure in missing:
        create_procedure(
            key=procedure.key,
            name=procedure.name,
            record_type=procedure.record,
            summary=pack.summary,
            owner_id=owner_id,
            review_on=review_on,
            by=by,
            at=at,
        )
    return [_publish(procedure, note, by, at) for procedure in missing]


def _install_decision(decision: PackedDecision, note: str, by: Actor, at: datetime, owner_id: int | None) -> None:
    if DecisionTable.objects.filter(key=decision.key).exists():
        return
    create_decision(key=decision.key, name=decision.name, by=by, at=at, owner_id=owner_id)
    save_decision_draft(key=decision.key, model=decision.model, by=by, at=at, note=note)
    publish_decision(key=decision.key, by=by, at=at, note=note)


def _publish(procedure: PackedProcedure, note: str, by: Actor, at: datetime) -> ProcedureVersion:
    save_draft(key=procedure.key, drawing=procedure.chart, by=by, at=at, note=note)
    return publish(key=procedure.key, by=by, at=at, note=note).version
