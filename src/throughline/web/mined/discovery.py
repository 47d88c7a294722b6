"""A drawing discovered in the cases of a page, as the draft of a new procedure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core.procedures.models import Procedure
from throughline.core.procedures.operations import create_procedure, save_draft
from throughline.core.refusals import Refusal
from throughline.flow import bpmn
from throughline.flow.mining.discover import chart_of, mined_tree
from throughline.flow.mining.variants import variants
from throughline.web.answers import Asked, signed_in
from throughline.web.counts import cases_in_words
from throughline.web.mined.looking import look

NOISES = {"0": 0.0, "0.1": 0.1, "0.2": 0.2, "0.4": 0.4}
DEFAULT = 0.2


@require_POST
@signed_in
def discover(request: Asked, kind: str, key: str) -> HttpResponse:
    """Make a procedure whose draft is the chart that the filtered cases tell, and open it in the editor."""
    looked = look(request, kind, str(key), "map")
    if isinstance(looked, HttpResponse):
        return looked
    if not looked.log.cases:
        raise Refusal("nothing_to_discover", _("The filters leave no case, so there is nothing to discover."))
    ways = variants(looked.log)
    noise = NOISES.get(request.POST.get("noise", ""), DEFAULT)
    tree = mined_tree(Counter(dict(zip(ways.activities, ways.counts, strict=True))), noise=noise)
    name = _("%(name)s, as it happened") % {"name": looked.source.name}
    chart = chart_of(tree, name=name)
    made = create_procedure(
        key=_free_key(looked.source.key if kind == "procedure" else f"log-{key}"),
        name=name,
        summary=_("Discovered in %(cases)s.") % {"cases": cases_in_words(looked.log.cases)},
        owner_id=request.user.pk,
        by=request.by,
        at=request.at,
    )
    note = _("Discovered with a noise threshold of %(n).0f%%.") % {"n": 100 * noise}
    save_draft(key=made.key, drawing=bpmn.write(replace(chart, name=name)), by=request.by, at=request.at, note=note)
    return redirect(reverse("web:procedure_draw", args=[made.key]))


def _free_key(wish: str) -> str:
    """The first key of its kind that no procedure has."""
    begin = f"{wish}-discovered"
    taken = set(Procedure.objects.filter(key__startswith=begin).values_list("key", flat=True))
    keys = (f"{begin}-{number}" if number > 1 else begin for number in range(1, len(taken) + 2))
    return next(each for each in keys if each not in taken)
