"""Installing the procedures of a pack, with the decision tables that they ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.procedures.lacking import lacking
from throughline.core.procedures.models import DecisionTable, Procedure, ProcedureVersion
from throughline.core.procedures.operations.decisions import create_decision, publish_decision, save_decision_draft
from throughline.core.procedures.operations.procedures import create_procedure, publish, save_draft
from throughline.core.procedures.operations.proving import keep_shipped_tests
from throughline.packs import Pack, PackedDecision
from throughline.packs.needs import needs_of


@transaction.atomic
def install_pack(
    *,
    pack: Pack,
    by: Actor,
    at: datetime,
    owner_id: int | None = None,
    review_on: date | None = None,
    charts: Mapping[str, bytes] | None = None,
    go_live: bool = True,
) -> list[ProcedureVersion]:
    """
    Bring in the procedures of a pack with the decision tables they ask, and return the new versions.

    A procedure or table whose key is there already is left as it is: it is somebody's own by now. What waits for
    something that is not there yet stays a draft, and so does all with ``go_live`` off. ``charts``: the charts as they
    are bound here, by the key of their procedure. Where a chart stands as it was packed, the scenarios of the pack are
    kept as its test cases, and run before it is published.

    Raises:
        NotAllowed: the person behind the actor may not draw or not publish; nothing was changed.
        Refusal: a chart or table of the pack does not pass the check here; nothing was changed.
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
    bound = charts or {}
    versions = []
    for procedure in missing:
        chart = bound.get(procedure.key, procedure.chart)
        draft = save_draft(key=procedure.key, drawing=chart, by=by, at=at, note=note)
        if procedure.key not in bound:
            own = {each.name: each.members for each in pack.scenarios if each.procedure == procedure.key}
            keep_shipped_tests(procedure=procedure.key, tests=own, by=by, at=at)
        real = go_live and not lacking(needs_of(chart))
        versions.append(publish(key=procedure.key, by=by, at=at, note=note).version if real else draft)
    return versions


def _install_decision(decision: PackedDecision, note: str, by: Actor, at: datetime, owner_id: int | None) -> None:
    if DecisionTable.objects.filter(key=decision.key).exists():
        return
    create_decision(key=decision.key, name=decision.name, by=by, at=at, owner_id=owner_id)
    save_decision_draft(key=decision.key, model=decision.model, by=by, at=at, note=note)
    publish_decision(key=decision.key, by=by, at=at, note=note)
