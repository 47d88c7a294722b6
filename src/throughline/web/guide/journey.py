"""The customer's journey of a procedure, to look at and to take along: picture, table, and what the path ended with."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from throughline.core.procedures.queries import overview as queries
from throughline.core.refusals import NotFound
from throughline.flow.bpmn.render.palette import LIGHT, settle
from throughline.insight.dashboards.operations import dashboards_of
from throughline.insight.guide.answers import Answers, read
from throughline.insight.guide.models import Guide
from throughline.insight.guide.queries import latest_guide
from throughline.web.answers import Asked, signed_in
from throughline.web.charts.views import JOURNEY, picture_file, ways_to_look
from throughline.web.guide import data
from throughline.web.guide.asking import fates_of_pain, journey_picture, kinds_of_pain
from throughline.web.procedures.frame import frame

FILES = ("svg", "png", "pdf")


@signed_in
def show(request: Asked, key: str) -> HttpResponse:
    """Show the journey that the last guided path of a procedure tells of, or hand it out as a file."""
    found = queries.procedure(key=key)
    guide = latest_guide(key=key)
    if guide is None:
        raise NotFound(_("No guided path tells of the customer’s journey. Begin one from the list of procedures."))
    answers = read(guide.answers)
    picture = journey_picture(answers)
    to = request.GET.get("as", "")
    if picture and to in FILES:
        title = _("%(name)s: the customer’s journey") % {"name": found.name}
        return picture_file(settle(picture, LIGHT), title, to)
    context = frame(found, "charts") | {
        "levels": ways_to_look(key, JOURNEY),
        "journey": SafeString(picture),
        "files": [(each.upper(), f"?as={each}") for each in FILES],
        "pains": _pains(answers),
        "outcome": _outcome(request, guide, answers) if guide.finished_at else {},
        "guide_url": "" if guide.finished_at else reverse("web:procedure_guide", args=[key]),
    }
    return render(request, "guide/journey.html", context)


def _pains(answers: Answers) -> list[dict[str, Any]]:
    kinds, fates = kinds_of_pain(), fates_of_pain()
    return [
        {
            "text": pain.text,
            "kind": kinds[pain.kind],
            "moment": pain.moment,
            "fate": fates.get(pain.fate, ""),
            "how": pain.how,
        }
        for pain in answers.pains
    ]


def _outcome(request: Asked, guide: Guide, answers: Answers) -> dict[str, Any]:
    """What the path ended with; a dashboard only for who may see it."""
    seen = guide.dashboard is not None and any(each.pk == guide.dashboard for each in dashboards_of(request.user))
    return data.outcome(request, guide, answers) | {
        "review_on": guide.procedure.review_on,
        "dashboard_url": reverse("web:dashboard", args=[guide.dashboard]) if seen else "",
    }
