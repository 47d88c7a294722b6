"""Whether some records fare otherwise by the same procedure: who would deserve a variant."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from throughline.core import access
from throughline.core.procedures.queries import overview
from throughline.insight.segments import LEAST, Finding, compare_segments
from throughline.web.answers import Asked, signed_in
from throughline.web.effect.views import WRITERS
from throughline.web.procedures.frame import frame
from throughline.web.variants.views import signed

SHOWN = 40
DAYS = 30


@signed_in
def show(request: Asked, key: str) -> HttpResponse:
    """Show which groups of records differ from the others, with how sure that is."""
    found = overview.procedure(key=key)
    if found.base_key:
        return redirect(reverse("web:procedure_segments", args=[found.base_key]))
    compared = compare_segments(procedure=key, user=request.user, at=request.at, days=DAYS)
    may_draw = access.allows(request.user, access.DESIGN_PROCEDURES)
    lines = [_line(key, each, may_draw) for each in compared.findings[:SHOWN]]
    context = frame(found, "variants") | {
        "lines": lines,
        "differ": sum(each.differs for each in compared.findings),
        "said": _said(sum(each.differs for each in compared.findings), compared.comparisons),
        "cases": f"{compared.cases:,}",
        "more": max(len(compared.findings) - SHOWN, 0),
        "thin": compared.thin,
        "least": LEAST,
        "days": DAYS,
        "all_url": reverse("web:procedure_variants", args=[key]),
        "live_url": reverse("web:procedure_live", args=[key]),
    }
    return render(request, "variants/segments.html", context)


def _said(differ: int, comparisons: int) -> str:
    if not comparisons:
        return _("There are not enough cases yet to compare any two groups.")
    if not differ:
        none = ngettext(
            "The one comparison shows no more than chance does: one procedure for all is fine.",
            "Of %(n)d comparisons none shows more than chance does: one procedure for all is fine.",
            comparisons,
        )
        return none % {"n": comparisons}
    told = ngettext(
        "Of %(n)d comparisons %(differ)d shows more than chance does.",
        "Of %(n)d comparisons %(differ)d show more than chance does.",
        differ,
    )
    return told % {"n": comparisons, "differ": differ}


def _line(key: str, finding: Finding, may_draw: bool) -> dict[str, Any]:
    names = {"success": _("Success"), "time": _("Time to the end"), "late": _("Late steps")}
    write = WRITERS["seconds" if finding.figure == "time" else "share"]
    segment, interval = finding.segment, finding.interval
    query = urlencode({"name": segment.label, "rule": segment.rule})
    make = may_draw and finding.differs and segment.rule
    return {
        "who": f"{segment.field_label}: {segment.label}",
        "count": f"{finding.inside.count:,}",
        "figure": names[finding.figure],
        "inside": write(finding.inside.mean),
        "others": write(finding.others.mean),
        "low": signed(write, interval.low),
        "high": signed(write, interval.high),
        "differs": finding.differs,
        "make_url": f"{reverse('web:variant_new', args=[key])}?{query}" if make else "",
    }
