"""
What happens to a deal with its stage: the one place through which a deal comes into a stage, by whatever door.

``settle`` is the hook of the record type: the generic operations ask it when a deal is new or when fields of it have
changed; making deals set-wise asks it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from throughline.core.journal import JournalEvent
from throughline.core.records.values import plain
from throughline.core.refusals import Refusal
from throughline.crm.deals import events
from throughline.crm.deals.models import Deal, Stage, StageKind
from throughline.crm.deals.rules import StageKind as Kind
from throughline.crm.deals.rules import category_of, days_between, expected_revenue
from throughline.crm.deals.stages import Stages, ask_gate, stages, use_approval

Settled = tuple[Sequence[str], Sequence[JournalEvent]]


def settle(deal: Deal, before: Mapping[str, Any], at: datetime) -> Settled:
    """
    Do what follows from what changed; ``before`` has the former values by field, and is empty for a new deal.

    Raises:
        Refusal: the stage is none of the pipeline's, a gate does not let the deal through, or the reason of a loss is
            missing.
    """
    if deal.pk is None:
        return (), _begin(deal, at)
    columns: set[str] = set()
    told: list[JournalEvent] = []
    if "stage" in before or "pipeline" in before:
        moved = _move(deal, before, at)
        columns.update(moved[0])
        told.extend(moved[1])
    columns.update(weigh(deal, before))
    return sorted(columns), told


def _begin(deal: Deal, at: datetime) -> list[JournalEvent]:
    known = stages()
    deal.pipeline_id = deal.pipeline_id or (known.stage(deal.stage_id).pipeline_id if deal.stage_id else known.main.key)
    stage = place_of(known, deal)
    deal.stage_id, deal.stage_entered_at = stage.key, at
    deal.currency = deal.currency or known.pipelines[deal.pipeline_id].currency
    deal.probability = deal.probability or stage.probability
    deal.forecast_category = deal.forecast_category or category_of(deal.probability, Kind(stage.kind)).value
    weigh(deal, {})
    ask_gate(deal, stage)
    told: list[JournalEvent] = [opened(deal)]
    if stage.kind != StageKind.OPEN:
        if deal.closed_at is None:
            _ask_reason(deal, stage)
            deal.closed_at = at
        told.append(_ended(deal, stage, former=""))
    return told


def _ask_reason(deal: Deal, stage: Stage) -> None:
    """Refuse a loss without a reason; what was lost elsewhere, before, is taken as it comes."""
    if stage.kind == StageKind.LOST and not deal.lost_reason.strip():
        raise Refusal("reason_needed", "Say why the deal was lost.", "lost_reason")


def place_of(known: Stages, deal: Deal) -> Stage:
    """
    Return the stage a deal stands in: its own, or the first of its pipeline.

    A stage of another pipeline with a name that this pipeline has too means this one's.

    Raises:
        Refusal: there is no such stage in the pipeline, or it takes no deals any more.
    """
    if deal.pipeline_id not in known.pipelines:
        raise Refusal("no_such_pipeline", f'There is no pipeline "{deal.pipeline_id}".', "pipeline")
    pipeline = known.pipelines[deal.pipeline_id]
    if not deal.stage_id:
        return known.of(pipeline.key)[0]
    stage = known.stage(deal.stage_id)
    if stage.pipeline_id != pipeline.key:
        stage = known.called(pipeline.key, stage.name) or stage
    if stage.pipeline_id != pipeline.key or stage.retired_at is not None:
        names = ", ".join(each.name for each in known.of(pipeline.key))
        raise Refusal("wrong_stage", f"{pipeline.name} has no stage {stage.name}. It has {names}.", "stage")
    return stage


def opened(deal: Deal) -> events.DealOpened:
    """Return what the journal is told of a new deal."""
    return events.DealOpened(
        pipeline=deal.pipeline_id,
        stage=deal.stage_id,
        amount=_exact(deal.amount),
        currency=deal.currency,
        owner=deal.owner_id,
        lead=deal.lead_id,
        organization=deal.organization_id,
        external_id=deal.external_id,
    )


def _exact(amount: Any) -> str | None:
    return None if amount is None else str(plain(amount))


def _move(deal: Deal, before: Mapping[str, Any], at: datetime) -> Settled:
    known = stages()
    former = known.stage(before.get("stage", deal.stage_id))
    if "pipeline" in before and "stage" not in before:
        deal.stage_id = (known.called(deal.pipeline_id, former.name) or known.of(deal.pipeline_id)[0]).key
    stage = place_of(known, deal)
    deal.stage_id = stage.key
    ask_gate(deal, stage)
    use_approval(deal, stage, at)
    days = days_between(deal.stage_entered_at, at)
    deal.stage_entered_at = at
    columns = {"stage_id", "stage_entered_at", "probability", "forecast_category", "closed_at"}
    if "probability" not in before:
        deal.probability = stage.probability
    if "forecast_category" not in before:
        deal.forecast_category = category_of(deal.probability, Kind(stage.kind)).value
    if stage.kind != StageKind.OPEN:
        _ask_reason(deal, stage)
        deal.closed_at = at if former.kind == StageKind.OPEN else deal.closed_at or at
        return sorted(columns), [_ended(deal, stage, former=former.key)]
    was_closed, deal.closed_at = former.kind != StageKind.OPEN, None
    if was_closed:
        return sorted(columns), [events.DealReopened(pipeline=deal.pipeline_id, former=former.key, stage=stage.key)]
    told = events.DealMoved(
        pipeline=deal.pipeline_id,
        former=former.key,
        stage=stage.key,
        stage_name=stage.name,
        days=days,
        back=former.pipeline_id == stage.pipeline_id and stage.position < former.position,
    )
    return sorted(columns), [told]


def _ended(deal: Deal, stage: Stage, *, former: str) -> JournalEvent:
    if stage.kind == StageKind.WON:
        return events.DealWon(
            pipeline=deal.pipeline_id,
            former=former,
            stage=stage.key,
            amount=_exact(deal.amount),
            currency=deal.currency,
            reason=deal.won_reason,
        )
    return events.DealLost(
        pipeline=deal.pipeline_id,
        former=former,
        stage=stage.key,
        amount=_exact(deal.amount),
        currency=deal.currency,
        reason=deal.lost_reason,
        competitor=", ".join(deal.competitors),
    )


def weigh(deal: Deal, before: Mapping[str, Any]) -> list[str]:
    """Work out what follows from amount and probability, and return the columns that were set."""
    if before and "probability" in before and "forecast_category" not in before and deal.is_open:
        deal.forecast_category = category_of(deal.probability, Kind.OPEN).value
    deal.expected_revenue = expected_revenue(deal.amount, deal.probability)
    return ["expected_revenue", "forecast_category"]
