"""Writes of deals beside the generic ones: pipelines, stage moves, lines, people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core import access, journal
from throughline.core.access.abilities import MANAGE_PIPELINES
from throughline.core.actor import Actor
from throughline.core.identity.models import Role
from throughline.core.keys import free_key
from throughline.core.recordref import RecordRef
from throughline.core.records import operations, registry
from throughline.core.records.choices import reading_once
from throughline.core.records.discretion import require_field
from throughline.core.records.operations import Change, Edit
from throughline.core.records.text import clean, fold
from throughline.core.refusals import NotFound, Refusal
from throughline.crm.deals import events, rules
from throughline.crm.deals.life import weigh
from throughline.crm.deals.lines import NewLine, as_rules, settle_lines
from throughline.crm.deals.models import BuyingRole, Deal, DealContact, DealLine, Pipeline, Stage, StageKind
from throughline.crm.deals.stages import forget_stages, stages
from throughline.flow.feel import FeelSyntaxError, compile_expression

TONES = ("", "good", "bad", "warn", "info")
"""Colours of a stage, as those of choices; none is the colour of what it means."""

# -- Pipelines ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlan:
    """
    What a stage is to be. Without a ``key`` it is new and its key is made from its name.

    Raises:
        Refusal: there cannot be such a stage.
    """

    name: str
    key: str = ""
    kind: str = StageKind.OPEN
    probability: int = 0
    rots_after_days: int | None = None
    required_fields: tuple[str, ...] = ()
    needs_file: bool = False
    condition: str = ""
    otherwise: str = ""
    approval_role: str = ""
    tone: str = ""

    def __post_init__(self) -> None:
        """Refuse what no stage can be."""
        if not clean(self.name):
            raise Refusal("nameless_stage", "Every stage needs a name.", "name")
        if self.kind not in StageKind.values:
            raise Refusal("unknown_kind", f'"{self.kind}" is no kind of stage. Use open, won or lost.', "kind")
        if not 0 <= self.probability <= 100:
            raise Refusal(
                "no_probability", f"The probability of {self.name} lies between 0 and 100, not at {self.probability}."
            )
        if self.rots_after_days is not None and self.rots_after_days < 1:
            raise Refusal("no_days", f"{self.name} may rot after 1 day or more, not after {self.rots_after_days}.")
        if bool(self.condition.strip()) != bool(self.otherwise.strip()):
            raise Refusal("says_not_why", f"The condition of {self.name} needs a sentence for when it does not hold.")
        if self.tone not in TONES:
            raise Refusal("no_tone", f'"{self.tone}" is no colour. Use good, bad, warn, info or none.', "tone")


@transaction.atomic
def save_pipeline(
    *,
    key: str,
    name: str,
    plans: Sequence[StagePlan],
    by: Actor,
    at: datetime,
    currency: str = "EUR",
    heirs: Mapping[str, str] | None = None,
) -> Pipeline:
    """
    Make a pipeline or change it: its name, its stages in order. A stage is known by its key or else by its name; those
    that are not named any more are retired. ``heirs`` says by key to which stage the deals of a retired one go, through
    its gate.

    Raises:
        NotAllowed: the actor may not keep pipelines.
        Refusal: it would have no open stage, no way to win or to lose, two stages of one name, or a stage whose gate
            cannot be read; or deals stand in a stage that would be retired.
    """
    user = access.user_of(by)
    if user is not None:
        access.require_ability(user, MANAGE_PIPELINES, otherwise="Your roles do not let you keep pipelines.")
    _check_plans(name, plans)
    known = {stage.key: stage for stage in Stage.objects.select_for_update().filter(pipeline__key=key)}
    pipeline, _ = Pipeline.objects.update_or_create(
        key=key,
        defaults={"name": clean(name), "currency": currency},
        create_defaults={"name": clean(name), "currency": currency, "position": Pipeline.objects.count()},
    )
    kept = []
    named = {stage.name.casefold(): stage for stage in known.values()}
    meant = [known.get(plan.key) or named.get(clean(plan.name).casefold()) for plan in plans]
    staying = {stage.pk for stage in meant if stage is not None}
    leaving = [stage for stage in known.values() if stage.pk not in staying and not stage.retired_at]
    _hand_on(leaving, heirs or {}, by, at)
    retired = _retire(leaving, at)
    for position, (plan, found) in enumerate(zip(plans, meant, strict=True)):
        stage = found or Stage(
            key=free_key(Stage, f"{key}.{fold(plan.name).replace(' ', '_')}", between="_"), pipeline=pipeline
        )
        for attribute in _AS_PLANNED:
            setattr(stage, attribute, getattr(plan, attribute))
        stage.name, stage.position, stage.retired_at = clean(plan.name), position, None
        stage.required_fields = list(plan.required_fields)
        stage.save()
        kept.append(stage.key)
    forget_stages()
    event = events.PipelineSaved(key=key, name=pipeline.name, stages=kept, retired=retired)
    journal.record(event, by=by, at=at, about=RecordRef("pipeline", pipeline.pk))
    return pipeline


@transaction.atomic
def retire_pipeline(*, key: str, by: Actor, at: datetime) -> Pipeline:
    """
    Let a pipeline take no new deals.

    Raises:
        NotAllowed: the actor may not keep pipelines.
        Refusal: there is no such pipeline, it is the last one, or deals are still open in it.
    """
    user = access.user_of(by)
    if user is not None:
        access.require_ability(user, MANAGE_PIPELINES, otherwise="Your roles do not let you keep pipelines.")
    pipeline = Pipeline.objects.select_for_update().filter(key=key, retired_at=None).first()
    if pipeline is None:
        raise NotFound("There is no such pipeline. Look in the list.")
    if not Pipeline.objects.filter(retired_at=None).exclude(pk=pipeline.pk).exists():
        raise Refusal("last_pipeline", f"{pipeline.name} is the only pipeline. Make another one first.")
    inside = Deal.objects.filter(pipeline=pipeline, closed_at=None, deleted_at=None).count()
    if inside:
        raise Refusal("pipeline_in_use", f"{inside} open deals are in {pipeline.name}. Move or close them first.")
    pipeline.retired_at = at
    pipeline.save(update_fields=["retired_at"])
    forget_stages()
    kept = list(pipeline.stages.filter(retired_at=None).values_list("key", flat=True))
    event = events.PipelineSaved(key=key, name=pipeline.name, stages=[], retired=kept)
    journal.record(event, by=by, at=at, about=RecordRef("pipeline", pipeline.pk))
    return pipeline


_AS_PLANNED = (
    "kind", "probability", "rots_after_days", "needs_file", "condition", "otherwise", "approval_role", "tone",
)  # fmt: skip

SHIPPED = (
    StagePlan(name="Prospecting", probability=10, rots_after_days=30),
    StagePlan(name="Engaging", probability=25, rots_after_days=30),
    StagePlan(
        name="Proposal",
        probability=50,
        rots_after_days=14,
        required_fields=("organization", "amount", "expected_close_on"),
    ),
    StagePlan(
        name="Negotiation",
        probability=75,
        rots_after_days=14,
        required_fields=("organization", "amount", "expected_close_on"),
    ),
    StagePlan(name="Won", kind=StageKind.WON, probability=100),
    StagePlan(name="Lost", kind=StageKind.LOST),
)
"""The pipeline a company begins with; people change it."""


@transaction.atomic
def ship_pipeline(*, by: Actor, at: datetime) -> Pipeline | None:
    """Make the pipeline that a company begins with, unless there is one; then nothing is changed."""
    if Pipeline.objects.exists():
        return None
    return save_pipeline(key="sales", name="Sales", plans=SHIPPED, by=by, at=at)


def _check_plans(name: str, plans: Sequence[StagePlan]) -> None:
    if not clean(name):
        raise Refusal("nameless", "A pipeline needs a name.", "name")
    kinds = {plan.kind for plan in plans}
    if kinds != set(StageKind.values):
        raise Refusal("no_end", "A pipeline needs a stage to work in, one that means won and one that means lost.")
    names = [plan.name.strip().casefold() for plan in plans]
    twice = next((plan.name for plan in plans if names.count(plan.name.strip().casefold()) > 1), None)
    if twice is not None:
        raise Refusal("stage_twice", f"Two stages are called {twice}. Give one another name.")
    spec = registry.get("deal")
    for plan in plans:
        unknown = [wanted for wanted in plan.required_fields if wanted not in spec.by_name]
        if unknown:
            raise Refusal("no_such_field", f"{plan.name} asks for {unknown[0]}, but a deal has no such field.")
        _check_condition(plan)
        if plan.approval_role and not Role.objects.filter(key=plan.approval_role).exists():
            raise Refusal("no_such_role", f'{plan.name} asks a role "{plan.approval_role}" that there is not.')


def _check_condition(plan: StagePlan) -> None:
    if not plan.condition.strip():
        return
    try:
        expression = compile_expression(plan.condition, names=("deal",))
    except FeelSyntaxError as wrong:
        raise Refusal("unreadable_condition", f"The condition of {plan.name} cannot be read: {wrong}") from wrong
    strange = sorted({path[0] for path in expression.reads} - {"deal"})
    if strange:
        raise Refusal("unbound", f'The condition of {plan.name} knows the deal only, not "{strange[0]}".')


def _hand_on(gone: Sequence[Stage], heirs: Mapping[str, str], by: Actor, at: datetime) -> None:
    """Move the deals of stages that end to where they are to go; through the gates, all or none."""
    for stage in gone:
        if stage.key in heirs:
            inside = Deal.objects.filter(stage=stage, deleted_at=None).order_by("pk").values_list("pk", flat=True)
            moves = [Move(deal_id=key, stage=heirs[stage.key]) for key in inside]
            move_deals(moves=moves, by=by, at=at)


def _retire(gone: Sequence[Stage], at: datetime) -> list[str]:
    for stage in gone:
        inside = Deal.objects.filter(stage=stage, deleted_at=None).count()
        if inside:
            told = "1 deal stands" if inside == 1 else f"{inside} deals stand"
            raise Refusal("stage_in_use", f"{told} in {stage.name}. Say where they go.", stage.key)
        stage.retired_at, stage.name = at, f"{stage.name} (until {at:%Y-%m-%d}, {stage.pk})"
        stage.save(update_fields=["retired_at", "name"])
    return [stage.key for stage in gone]


# -- Moving ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A deal's way into another stage; ``version`` is the one the author saw, ``values`` what the gate asks for."""

    deal_id: int
    stage: str
    reason: str = ""
    version: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    cause: int | None = None
    by: Actor | None = None


@transaction.atomic
def move_deals(*, moves: Sequence[Move], by: Actor, at: datetime) -> list[Deal]:
    """
    Move deals to other stages, through their gates, and return them in order. All or none.

    A reason says why a deal was won or lost, according to the stage.

    Raises:
        NotFound, NotAllowed, Conflict: as for any change.
        Refusal: a gate does not let one through, with what is missing; or a loss has no reason.
    """
    with reading_once():
        edits = [_edit(move) for move in moves]
        return operations.change_records(spec=registry.get("deal"), edits=edits, by=by, at=at)


def _edit(move: Move) -> Edit:
    stage = stages().stage(move.stage)
    values = {**move.values, "stage": move.stage}
    if move.reason.strip() and stage.kind != StageKind.OPEN:
        values["won_reason" if stage.kind == StageKind.WON else "lost_reason"] = move.reason.strip()
    return Edit(move.deal_id, values, move.version, move.cause, move.by)


def move_deal(*, deal_id: int, stage: str, by: Actor, at: datetime, reason: str = "", **values: Any) -> Deal:
    """Move one deal; see ``move_deals``."""
    return move_deals(moves=[Move(deal_id=deal_id, stage=stage, reason=reason, values=values)], by=by, at=at)[0]


# -- Lines -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def set_lines(*, deal_id: int, lines: Sequence[NewLine], by: Actor, at: datetime) -> Deal:
    """
    Put these lines in place of a deal's lines; its amount becomes their net sum.

    Raises:
        NotFound, NotAllowed: as for any change.
        Refusal: a line makes no sense; its number is named.
    """
    spec = registry.get("deal")
    require_field(by, spec, "amount", to_write=True)
    deal: Deal = operations.locked(spec, [deal_id], by=by, action=access.EDIT)[deal_id]
    rows = [
        DealLine(deal=deal, **fields) for fields in settle_lines(lines, currency=deal.currency, by=by, on=at.date())
    ]
    DealLine.objects.filter(deal=deal).delete()
    DealLine.objects.bulk_create(rows)
    sums = rules.totals(as_rules(rows))
    deal.amount = sums.net if rows else None
    columns = {"amount", *weigh(deal, {})}
    told = events.DealLinesChanged(
        lines=[[str(row.product_id or ""), format(row.quantity, "f"), format(row.unit_price, "f")] for row in rows],
        amount=None if deal.amount is None else format(deal.amount, "f"),
    )
    operations.write_changes(spec=spec, changes=[Change(deal, columns, [told])], by=by, at=at)
    return deal


# -- People ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def set_buying_roles(*, deal_id: int, people: Sequence[tuple[int, str]], by: Actor, at: datetime) -> Deal:
    """
    Say who plays which part in the decision, in place of what was said before. ``people``: contact key and role.

    Raises:
        NotFound, NotAllowed: as for any change; also for a contact that the actor may not see.
        Refusal: there is no such role.
    """
    spec, contacts = registry.get("deal"), registry.get("contact")
    deal: Deal = operations.locked(spec, [deal_id], by=by, action=access.EDIT)[deal_id]
    for _, role in people:
        if role not in BuyingRole.values:
            known = ", ".join(BuyingRole.values)
            raise Refusal("unknown_role", f'"{role}" is no part in a decision. Use {known}.', "role")
    operations.locked(contacts, [contact for contact, _ in people], by=by, action=access.VIEW)
    DealContact.objects.filter(deal=deal).delete()
    DealContact.objects.bulk_create(
        DealContact(deal=deal, contact_id=contact, role=role) for contact, role in dict.fromkeys(people)
    )
    told = events.DealRolesChanged(people=[[str(contact), role] for contact, role in people])
    operations.write_changes(spec=spec, changes=[Change(deal, set(), [told])], by=by, at=at)
    return deal
