"""The board of a pipeline: its stages with sums, full and weighted, and cards that say how long a deal stands there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from throughline.core.records import registry
from throughline.core.records.glimpse import Glimpse, Row
from throughline.core.refusals import Refusal
from throughline.crm.deals.models import Pipeline, StageKind
from throughline.crm.deals.operations import Move, move_deals
from throughline.crm.deals.rules import is_stale
from throughline.crm.deals.stages import stages
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import BoardColumn, ListPage, StepNote
from throughline.web.records.filters import address
from throughline.web.records.lists import board_page
from throughline.web.ways import ways

WEIGHTED = "expected_revenue"
ASKS_MORE = frozenset({"gate", "gate_approval", "reason_needed"})
"""Refusals that a form can answer: the deal's page of stages asks for what is missing."""


@signed_in
def show(request: Asked) -> HttpResponse:
    """Show the board of one pipeline."""
    context = {"page": pipeline_board(request), "now": request.at, "pipelines": _tabs(request)}
    return render(request, "deals/board.html", context)


def _chosen(request: Asked) -> Pipeline:
    known = stages()
    return known.pipelines.get(request.GET.get("pipeline", "")) or known.main


def _tabs(request: Asked) -> list[dict[str, Any]]:
    chosen = _chosen(request).key
    kept = {name: str(request.GET[name]) for name in request.GET if name not in ("pipeline", "after")}
    return [
        {"label": each.name, "url": f"?{address({**kept, 'pipeline': key})}", "current": key == chosen}
        for key, each in stages().pipelines.items()
        if each.retired_at is None
    ]


def pipeline_board(request: Asked) -> ListPage:
    """Return the board of the pipeline that the address names, the first one without."""
    spec, pipeline = registry.get("deal"), _chosen(request)
    asked = request.GET.copy()
    asked["pipeline"] = pipeline.key
    request.GET = cast(Any, asked)  # the filter bar reads it: a board is of one pipeline
    page = board_page(request, spec, of=(WEIGHTED,), noted=lambda glimpse: _standing(glimpse, request.at))
    own = {stage.key for stage in stages().of(pipeline.key)}
    return replace(
        page,
        columns_of_board=[_column(each, pipeline) for each in page.columns_of_board if each.value in own],
        extra={**page.extra, "pipeline": pipeline.key, "currency": pipeline.currency},
    )


def _standing(glimpse: Glimpse, now: datetime) -> Callable[[Row], StepNote | None]:
    """Return what says how long a deal stands in its stage, where that is longer than is usual there."""
    known, still, days = stages().stages, _("stands still"), _("%(n)d d")
    stage, since, closed_at = (glimpse.at(column) for column in ("stage_id", "stage_entered_at", "closed_at"))

    def noted(row: Row) -> StepNote | None:
        if closed_at(row) is not None or not is_stale(since(row), known[stage(row)].rots_after_days, now):
            return None
        return StepNote(still, days % {"n": (now - since(row)).days}, "late", "hourglass")

    return noted


def _column(column: BoardColumn, pipeline: Pipeline) -> BoardColumn:
    """Return a column with what its open deals weigh, as far as the asker may read that."""
    weighted = column.sums.get(WEIGHTED, "") if stages().stage(column.value).kind == StageKind.OPEN else ""
    note = _("weighted %(sum)s") % {"sum": weighted} if weighted else ""
    move_way, query = ways("web:deal_card"), address({"pipeline": pipeline.key})
    cards = tuple(
        [card._replace(move_url=f"{move_way(card.id)}?{query}") if card.move_url else card for card in column.cards]
    )
    return replace(column, cards=cards, sum=" · ".join(part for part in (column.sum, note) if part))


@require_POST
@signed_in
def move(request: Asked, deal_id: int) -> HttpResponse:
    """Put a card into another column; a gate that asks for something leads to the page where it can be given."""
    to, version = request.POST.get("to", ""), request.POST.get("version", "")
    refusal: Refusal | None = None
    try:
        wish = Move(deal_id=deal_id, stage=to, version=int(version) if version.isdecimal() else None)
        move_deals(moves=[wish], by=request.by, at=request.at)
    except Refusal as told:
        refusal = told
    if refusal is not None and refusal.code in ASKS_MORE:
        where = f"{reverse('web:deal_stage', args=[deal_id])}?{address({'to': to})}"
        return (
            HttpResponseClientRedirect(where)
            if request.headers.get("HX-Request")
            else done(request, where, refusal.message)
        )
    if not request.headers.get("HX-Request"):
        if refusal is not None:
            raise refusal
        return done(
            request,
            f"{reverse('web:deal_board')}?{address({'pipeline': request.GET.get('pipeline', '')})}",
            _("Moved."),
        )
    name = stages().stage(to).name if to in stages().stages else to
    context = {
        "page": pipeline_board(request),
        "now": request.at,
        "sentence": refusal.message if refusal else _("Moved to %(column)s.") % {"column": name},
        "tone": "error" if refusal else "success",
    }
    return render(request, "records/_moved.html", context, status=refusal.status if refusal else 200)
