"""Making a draft of a procedure with its steps in other lanes."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core.drafting.operations import change_draft
from throughline.core.refusals import Refusal
from throughline.insight.charts.views import arranged
from throughline.web.answers import Asked, done, signed_in
from throughline.web.charts.views import ARRANGEMENTS, VIEWS


@require_POST
@signed_in
def arrange(request: Asked, key: str) -> HttpResponse:
    """Put the steps of the draft into other lanes; each goes to whom it went, and it can be taken back."""
    by = request.POST.get("by", "")
    if by not in ARRANGEMENTS:
        raise Refusal("no_arrangement", _("Choose by what the steps are to be arranged."), "by")
    what = _("Arranged: %(how)s.") % {"how": str(VIEWS[by][0]).lower()}
    change_draft(key=key, edit=lambda chart: arranged(chart, by=by), what=what, by=request.by, at=request.at)
    said = _("The draft has these lanes now. Work goes to whom it went; the page Steps takes it back.")
    return done(request, reverse("web:procedure_draw", args=[key]), said)
