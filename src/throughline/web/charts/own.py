"""Charts that are begun by hand, of what is planned."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.refusals import NotFound, Refusal
from throughline.insight.charts import plans
from throughline.web.answers import Asked, done, signed_in
from throughline.web.charts.views import show_figure
from throughline.web.procedures.drawings import DESIGN


@require_POST
@signed_in
def begin(request: Asked) -> HttpResponse:
    """Begin a chart."""
    try:
        made = plans.begin_chart(
            kind=request.POST.get("kind", ""), title=request.POST.get("title", ""), by=request.by, at=request.at
        )
    except NotFound:
        raise
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return done(request, reverse("web:charts"), refusal.message)
    return redirect(reverse("web:chart_own", args=[made.pk]))


@signed_in
def show(request: Asked, chart_id: int) -> HttpResponse:
    """Show a chart that was begun by hand."""
    found = plans.get_own(chart_id)
    may = access.allows(request.user, DESIGN)
    more = {"forget_url": reverse("web:chart_forgetting", args=[chart_id])} if may else {}
    about = _("Planned by hand: nothing of it has to be there yet.")
    return show_figure(request, plans.own_figure(found), about, found.key, found.kind, more=more)


@require_POST
@signed_in
def forget(request: Asked, chart_id: int) -> HttpResponse:
    """Throw a chart away."""
    plans.forget_chart(chart_id=chart_id, by=request.by, at=request.at)
    return done(request, reverse("web:charts"), _("The chart is gone."))
