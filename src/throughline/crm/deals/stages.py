"""
Pipelines and stages as values, and the gates between them.

A gate is asked whenever a deal comes into a stage, by whatever door: page, board, chart, import, API or bulk edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from throughline.core.identity.models import Role
from throughline.core.recordref import RecordRef
from throughline.core.records.choices import Kept, StoredChoices
from throughline.core.records.spec import Choice
from throughline.core.refusals import Refusal
from throughline.core.rows import Whole
from throughline.crm.deals.models import ApprovalStatus, Pipeline, Stage, StageKind
from throughline.crm.deals.rules import missing
from throughline.flow.feel import compile_expression

if TYPE_CHECKING:
    from throughline.crm.deals.models import Deal

TONES = {StageKind.OPEN: "info", StageKind.WON: "good", StageKind.LOST: "bad"}


@dataclass(frozen=True, slots=True)
class Stages:
    """All pipelines and stages by key, in order, the retired ones included."""

    pipelines: Mapping[str, Pipeline]
    stages: Mapping[str, Stage]

    def stage(self, key: str) -> Stage:
        """
        Return a stage by key.

        Raises:
            Refusal: there is none.
        """
        found = self.stages.get(key)
        if found is None:
            raise Refusal("no_such_stage", f'There is no stage "{key}". Choose one of the pipeline\'s.', "stage")
        return found

    def of(self, pipeline: str) -> list[Stage]:
        """Return the stages of a pipeline that take deals, in order."""
        return [stage for stage in self.stages.values() if stage.pipeline_id == pipeline and not stage.retired_at]

    def called(self, pipeline: str, name: str) -> Stage | None:
        """Return the stage of a pipeline with this name, in whatever capitals."""
        return next((stage for stage in self.of(pipeline) if stage.name.casefold() == name.casefold()), None)

    @property
    def main(self) -> Pipeline:
        """
        The pipeline that deals go to unless another is said: the first.

        Raises:
            Refusal: there is none yet.
        """
        found = next((pipeline for pipeline in self.pipelines.values() if not pipeline.retired_at), None)
        if found is None:
            raise Refusal("no_pipeline", "There is no pipeline yet. Make one before the first deal.", "pipeline")
        return found


_PIPELINES = Whole(Pipeline, "ORDER BY position, id")
_STAGES = Whole(
    Stage,
    "JOIN deals_pipeline of ON of.key = deals_stage.pipeline_id "
    "ORDER BY of.position, of.key, deals_stage.position, deals_stage.id",
)


def _load() -> Stages:
    return Stages(
        {pipeline.key: pipeline for pipeline in _PIPELINES.fetch()},
        {stage.key: stage for stage in _STAGES.fetch()},
    )


_kept = Kept(_load)


def stages() -> Stages:
    """Return all pipelines and stages; two queries, once per request."""
    return _kept.get()


def forget_stages() -> None:
    """Read pipelines and stages again at the next question."""
    _kept.forget()


def _stage_choices() -> tuple[Choice, ...]:
    known = stages()
    several = len([pipeline for pipeline in known.pipelines.values() if not pipeline.retired_at]) > 1
    main = next(iter(known.pipelines), "")
    return tuple(
        Choice(
            stage.key,
            stage.name if not several or stage.pipeline_id == main else f"{stage.name} ({stage.pipeline_id})",
            stage.tone or TONES[StageKind(stage.kind)],
        )
        for stage in known.stages.values()
        if not stage.retired_at
    )


STAGE_CHOICES = StoredChoices(Kept(_stage_choices))
PIPELINE_CHOICES = StoredChoices(
    Kept(lambda: tuple(Choice(key, pipeline.name) for key, pipeline in stages().pipelines.items()))
)


# -- Gates -------------------------------------------------------------------------------------------------------------


def ask_gate(deal: Deal, stage: Stage) -> None:
    """
    Refuse a deal that may not stand in a stage yet, with a sentence per field that is missing.

    Raises:
        Refusal: required fields are empty, no file is attached, the stage's condition does not hold, or nobody of the
            role that must agree has agreed.
    """
    ask_what_it_needs(deal, stage)
    if stage.approval_role and not _is_granted(deal, stage):
        who = role_name(stage.approval_role)
        raise Refusal("gate_approval", f"Before a deal goes to {stage.name}, a {who} must agree. Ask for it.", "stage")


def ask_what_it_needs(deal: Deal, stage: Stage) -> None:
    """
    As ``ask_gate``, without asking whether somebody has agreed.

    Raises:
        Refusal: as said there.
    """
    from throughline.core.records import registry

    spec = registry.get("deal")
    values = {name: spec.field(name).value_of(deal) for name in stage.required_fields}
    absent = missing(stage.required_fields, values)
    if absent:
        labels = ", ".join(spec.field(name).label for name in absent)
        fields = {name: f"{spec.field(name).label} is needed for {stage.name}." for name in absent}
        raise Refusal("gate", f"Before a deal goes to {stage.name}, fill in {labels}.", fields=fields)
    if stage.needs_file and not _has_file(deal):
        raise Refusal("gate_file", f"Before a deal goes to {stage.name}, attach a file to it.", "stage")
    if stage.condition and not _holds(deal, stage.condition):
        raise Refusal("gate_condition", stage.otherwise, "stage")


def role_name(key: str) -> str:
    """Return how people call a role; a role that is gone keeps its key."""
    return Role.objects.filter(key=key).values_list("name", flat=True).first() or key


def _is_granted(deal: Deal, stage: Stage) -> bool:
    """A yes holds once, and for no more money than there was when it was said."""
    if deal.pk is None:
        return False
    granted = deal.approvals.filter(stage=stage, status=ApprovalStatus.GRANTED, used_at=None)
    return any(yes.amount is None or (deal.amount or 0) <= yes.amount for yes in granted)


def use_approval(deal: Deal, stage: Stage, at: datetime) -> None:
    """Let what was granted count no second time."""
    if stage.approval_role:
        deal.approvals.filter(stage=stage, status=ApprovalStatus.GRANTED, used_at=None).update(used_at=at)


def _has_file(deal: Deal) -> bool:
    from throughline.core.files.operations import files_of

    return deal.pk is not None and bool(files_of([RecordRef("deal", deal.pk)]))


def _holds(deal: Deal, condition: str) -> bool:
    from throughline.core.records import registry
    from throughline.core.records.context import facts_of

    context: dict[str, Any] = {"deal": facts_of(registry.get("deal"), deal)}
    return compile_expression(condition, names=context).evaluate(context) is True
