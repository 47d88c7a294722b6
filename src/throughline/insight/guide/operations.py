"""Walking the guided path: beginning, keeping answers, finishing."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.procedures import permits
from throughline.core.procedures.models import Procedure
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal
from throughline.insight.dashboards.models import Dashboard
from throughline.insight.dashboards.operations import make_dashboard
from throughline.insight.dashboards.tiles import Kind, Tile, added
from throughline.insight.guide.answers import Answers, read, stored
from throughline.insight.guide.events import GuideBegun, GuideFinished, GuideKept
from throughline.insight.guide.models import Guide
from throughline.insight.kpis.models import Goal

STEPS = ("journey", "goals", "chart", "steps", "connections", "details", "test")


@transaction.atomic
def begin_guide(*, key: str, as_is: str = "", by: Actor, at: datetime) -> Guide:
    """
    Begin the guided path for a procedure, or return the one that is under way.

    Raises:
        NotAllowed: the person may not draw procedures.
        NotFound: there is no such procedure.
    """
    permits.require_design(by)
    procedure = _procedure(key)
    standing = Guide.objects.filter(procedure=procedure, finished_at=None).first()
    if standing is not None:
        return standing
    before = _procedure(as_is) if as_is else None
    guide = Guide.objects.create(
        procedure=procedure, as_is=before, owner=access.user_of(by), begun_at=at, changed_at=at
    )
    begun = GuideBegun(guide=guide.pk, as_is=as_is)
    journal.record(begun, by=by, at=at, about=RecordRef("procedure", procedure.pk))
    return guide


@transaction.atomic
def keep_answers(*, guide_id: int, step: str, answers: Answers, by: Actor, at: datetime) -> Guide:
    """
    Keep what was answered at a step; the answers of others come along unchanged.

    Raises:
        NotAllowed: the person may not draw procedures.
        NotFound: the path is finished or gone.
    """
    permits.require_design(by)
    guide = _open(guide_id)
    guide.answers = stored(answers)
    guide.step = max(guide.step, STEPS.index(step) + 1)
    guide.changed_at = at
    guide.save(update_fields=["answers", "step", "changed_at"])
    kept = GuideKept(guide=guide.pk, step=STEPS.index(step) + 1)
    journal.record(kept, by=by, at=at, about=RecordRef("procedure", guide.procedure_id))
    return guide


@transaction.atomic
def finish_guide(*, guide_id: int, review_on: date, by: Actor, at: datetime) -> Guide:
    """
    End the guided path: the goals come onto a dashboard, the procedure gets its day of review.

    Raises:
        NotAllowed: the person may not draw procedures.
        NotFound: the path is finished or gone.
        Refusal: what became of a pain point is not said, or the day of review is over.
    """
    permits.require_design(by)
    guide = _open(guide_id)
    answers = read(guide.answers)
    silent = next((pain for pain in answers.pains if not pain.fate), None)
    if silent is not None:
        sentence = f"Say what becomes of “{silent.text}”: it goes, it gets better, or it stays."
        raise Refusal("pain_left", sentence, "pains")
    if review_on <= at.date():
        raise Refusal("review_over", "Choose a day of review that is still to come.", "review_on")
    guide.procedure.review_on = review_on
    guide.procedure.save(update_fields=["review_on"])
    goals = list(Goal.objects.filter(pk__in=answers.goals))
    guide.dashboard = _dashboard(guide, goals, by, at) if goals else None
    guide.finished_at = guide.changed_at = at
    guide.step = len(STEPS)
    guide.save(update_fields=["dashboard", "finished_at", "changed_at", "step"])
    told = GuideFinished(
        guide=guide.pk,
        pains=dict(Counter(pain.fate for pain in answers.pains)),
        goals=[goal.pk for goal in goals],
        review_on=review_on.isoformat(),
    )
    journal.record(told, by=by, at=at, about=RecordRef("procedure", guide.procedure_id))
    return guide


def _dashboard(guide: Guide, goals: list[Goal], by: Actor, at: datetime) -> int:
    """Make a dashboard of the goals' figures, or return the one of that name."""
    name = f"Goals: {guide.procedure.name}"
    standing = Dashboard.objects.filter(owner=access.user_of(by), name=name).first()
    if standing is not None:
        return standing.pk
    tiles: list[Tile] = []
    for goal in goals:
        tiles = added(tiles, Tile(id=0, kind=Kind.NUMBER, kpi=goal.kpi, where=dict(goal.where)))
        tiles = added(tiles, Tile(id=0, kind=Kind.TREND, kpi=goal.kpi, where=dict(goal.where), step="week"))
    return make_dashboard(name=name, period=goals[0].period, tiles=tiles, by=by, at=at).pk


def _procedure(key: str) -> Procedure:
    found = Procedure.objects.filter(key=key).first()
    if found is None:
        raise NotFound("There is no such procedure any more. Look in the library.")
    return found


def _open(guide_id: int) -> Guide:
    guide = Guide.objects.select_for_update().filter(pk=guide_id, finished_at=None).first()
    if guide is None:
        raise NotFound("This guided path has come to its end. Begin another one.")
    return guide
