"""Goals: all of the asker's, setting one, giving one up."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core.refusals import Refusal
from throughline.insight.kpis.definitions import DIMENSIONS, Unit
from throughline.insight.kpis.goals import delete_goal, goals_of, save_goal
from throughline.insight.kpis.measuring import find
from throughline.web.answers import Asked, done, signed_in
from throughline.web.insight.views import goal_row, require_reports, tabs

FACTORS = {Unit.SHARE: Decimal("0.01"), Unit.SPAN: Decimal(3600)}
"""What a form's number is times: people write percent and hours."""


@signed_in
def show_all(request: Asked) -> HttpResponse:
    """Show the asker's goals, and for managers those of their teams."""
    require_reports(request)
    rows = [goal_row(goal, request) for goal in goals_of(user=request.user)]
    return render(
        request, "insight/goals.html", {"goals": rows, "tabs": tabs("goals"), "kpis_url": reverse("web:kpis")}
    )


@require_POST
@signed_in
def save(request: Asked, key: str) -> HttpResponse:
    """Set a goal for a figure, of the records and the period that the page shows."""
    kpi = find(key, request.user)
    factor = FACTORS.get(kpi.unit, Decimal(1))
    target, low, high = (_number(request, name, factor) for name in ("target", "low", "high"))
    where = {name: request.POST[name] for name in DIMENSIONS[kpi.record] if name in request.POST}
    save_goal(
        kpi=key,
        period=request.POST.get("period", ""),
        owner_id=request.user.pk,
        target=target,
        low=low,
        high=high,
        where=where,
        by=request.by,
        at=request.at,
    )
    return done(request, reverse("web:goals"), _("The goal is set. You are told when the figure leaves its band."))


def _number(request: Asked, name: str, factor: Decimal) -> Decimal | None:
    text = request.POST.get(name, "").strip().replace(",", ".")
    if not text:
        return None
    try:
        return Decimal(text) * factor
    except InvalidOperation:
        raise Refusal("no_number", _("Write a number such as 25 or 12.5."), name) from None


@require_POST
@signed_in
def delete(request: Asked, goal_id: int) -> HttpResponse:
    """Give a goal up."""
    delete_goal(goal_id=goal_id, by=request.by, at=request.at)
    return done(request, reverse("web:goals"), _("The goal is gone."))
