"""What is planned in a chart: shown below it, changed by small forms, and shapes moved by hand."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.refusals import Refusal
from throughline.flow.charts.views import Figure, Shape, ShapeKind
from throughline.flow.charts.views.planned import Compared, laid_over
from throughline.insight.charts import plans
from throughline.insight.charts import views as derived
from throughline.insight.charts.models import PlannedChart
from throughline.insight.charts.streams import value_stream_of
from throughline.web.answers import Asked, done, parameters, signed_in
from throughline.web.parts import Choice
from throughline.web.procedures.drawings import DESIGN
from throughline.web.simulation.shown import span

NUDGE: Final = 20.0
"""So far a shape goes with one click, in units of the drawing."""
NUDGES: Final = {"left": (-NUDGE, 0.0), "right": (NUDGE, 0.0), "up": (0.0, -NUDGE), "down": (0.0, NUDGE)}
SHAPES: Final[dict[ShapeKind, Any]] = {
    ShapeKind.PROCESS: gettext_lazy("A step"),
    ShapeKind.ENTITY: gettext_lazy("Somebody or a system outside"),
    ShapeKind.STORE: gettext_lazy("A store"),
    ShapeKind.CLASS: gettext_lazy("A record type"),
    ShapeKind.STATE: gettext_lazy("A state or action"),
    ShapeKind.START: gettext_lazy("The beginning"),
    ShapeKind.END: gettext_lazy("An end"),
    ShapeKind.DECISION: gettext_lazy("A decision"),
    ShapeKind.BAR: gettext_lazy("A fork or join"),
    ShapeKind.ACTOR: gettext_lazy("A role"),
    ShapeKind.USE_CASE: gettext_lazy("What they use"),
    ShapeKind.HOUSE: gettext_lazy("Supplier or customer"),
    ShapeKind.STATION: gettext_lazy("A step"),
    ShapeKind.QUEUE: gettext_lazy("What waits"),
    ShapeKind.HEAD: gettext_lazy("Somebody who takes part"),
}
KINDS: Final[dict[str, Any]] = {
    "data_flow": gettext_lazy("What goes from where to where (data flow)"),
    "value_stream": gettext_lazy("Where time is lost (value stream)"),
    "class": gettext_lazy("What is kept, with which fields (classes)"),
    "state": gettext_lazy("Which states something goes through (state machine)"),
    "activity": gettext_lazy("What is done in which order (activity)"),
    "sequence": gettext_lazy("Who says what to whom (sequence)"),
    "use_case": gettext_lazy("Who uses what (use cases)"),
}
"""Types of charts by what one wants to know."""


def planning_context(request: Asked, figure: Figure, key: str, kind: str, compared: Compared | None) -> dict[str, Any]:
    """Return what the page of a chart says of its plan."""
    plan = plans.plan_of(key)
    names = {shape.id: _name_of(shape) for shape in figure.shapes}
    names |= {each.id: each.name or str(SHAPES[each.kind]) for each in plan.shapes if each.id not in names}
    found = PlannedChart.objects.filter(key=key).first()
    rows = [] if found is None else [*found.shapes, *found.lines]
    return {
        "planning": {
            "key": key,
            "kind": kind,
            "url": reverse("web:chart_plan"),
            "back": request.get_full_path(),
            "may": access.allows(request.user, DESIGN),
            "is_own": key.startswith("own:"),
            "compared": compared,
            "shapes": [Choice(each.value, str(SHAPES[each])) for each in plans.KINDS[kind]],
            "has_rows": kind in ("class", "state", "value_stream", "activity"),
            "ends": list(names.items()),
            "planned": [{"id": each["id"], "name": _named(each, names)} for each in rows],
        }
    }


def _name_of(shape: Shape) -> str:
    """What a list calls a shape; what waits before a step has the step's name."""
    if shape.kind is ShapeKind.QUEUE and shape.name:
        return _("what waits before %(step)s") % {"step": shape.name}
    return shape.name or str(SHAPES[shape.kind])


def _named(each: dict[str, Any], names: dict[str, str]) -> str:
    if "source" in each:
        way = f"{names.get(each['source'], '?')} → {names.get(each['target'], '?')}"
        return f"{way}: {each['text']}" if each["text"] else way
    return str(each["name"] or SHAPES[ShapeKind(each["kind"])])


def own_context(request: Asked) -> dict[str, Any]:
    """Return what the list of charts says of those that were begun by hand."""
    return {
        "own": [
            {
                "title": each.title,
                "kind": str(KINDS.get(each.kind, each.kind)),
                "url": reverse("web:chart_own", args=[each.pk]),
            }
            for each in plans.own_charts()
        ],
        "kinds": [Choice(kind, str(words)) for kind, words in KINDS.items()],
        "may_plan": access.allows(request.user, DESIGN),
    }


@require_POST
@signed_in
def change(request: Asked) -> HttpResponse:
    """Plan something, take it out, or move a shape; then go back to the chart."""
    given = parameters(request.POST)
    back = given.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("web:charts")
    key, kind = given.get("key", ""), given.get("kind", "")
    if not key or kind not in plans.KINDS:
        raise Refusal("no_such_chart", _("There is no such chart. Look at the list of charts."))
    try:
        _carry_out(request, key, kind, given)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return done(request, f"{back}#plan", refusal.message)
    return redirect(f"{back}#plan" if given.get("do") in ("shape", "line", "take_out") else back)


def _carry_out(request: Asked, key: str, kind: str, given: dict[str, str]) -> None:
    do, by, at = given.get("do", ""), request.by, request.at
    if do == "shape":
        plans.plan_shape(
            key=key, kind=kind, shape=given.get("shape", ""), name=given.get("name", ""),
            estimate=given.get("estimate", ""), rows=given.get("rows", ""), by=by, at=at,
        )  # fmt: skip
    elif do == "line":
        ends = given.get("source", ""), given.get("target", "")
        plans.plan_line(key=key, kind=kind, source=ends[0], target=ends[1], text=given.get("text", ""), by=by, at=at)
    elif do == "take_out":
        plans.take_out(key=key, kind=kind, element=given.get("element", ""), by=by, at=at)
    elif do == "back":
        plans.put_back(key=key, kind=kind, by=by, at=at)
    elif do in NUDGES or do == "move":
        _move(request, key, kind, given)
    else:
        raise Refusal("no_such_deed", _("Choose what to do."))


def _move(request: Asked, key: str, kind: str, given: dict[str, str]) -> None:
    """Move a shape to a place, or a little further from where it stands."""
    shape = given.get("shape", "")
    if given.get("do") == "move":
        try:
            x, y = float(given.get("x", "")), float(given.get("y", ""))
        except ValueError:
            raise Refusal("nowhere", _("Put it somewhere on the drawing.")) from None
    else:
        stands = figure_of(request, key).by_id.get(shape)
        if stands is None:
            raise Refusal("no_such_shape", _("This shape is not there any more. Look at the chart again."))
        along, down = NUDGES[given["do"]]
        x, y = stands.x + along, stands.y + down
    plans.move_shape(key=key, kind=kind, shape=shape, x=x, y=y, by=request.by, at=request.at)


def figure_of(request: Asked, key: str) -> Figure:
    """
    Return a chart by its key as it stands, with what is planned in it.

    Raises:
        NotFound: there is no such chart.
    """
    kind, _sign, name = key.partition(":")
    if kind == "own":
        return plans.own_figure(plans.get_own(int(name) if name.isdecimal() else 0))
    made = {
        "types": lambda: derived.record_types(user=request.user),
        "roles": lambda: derived.roles_and_procedures(user=request.user),
        "pipeline": lambda: derived.pipeline_states(pipeline=name, user=request.user),
        "activity": lambda: derived.activity_of(procedure=name),
        "stream": lambda: value_stream_of(
            procedure=name, user=request.user, at=request.at, plan=plans.plan_of(key), state="now", said=span
        ),
        "flow": lambda: derived.data_flow(
            procedure=name.rpartition(":")[0], level=0 if name.endswith(":0") else 1, user=request.user
        ),
    }.get(kind)
    if made is None:
        raise Refusal("no_such_chart", _("There is no such chart. Look at the list of charts."))
    return laid_over(made(), plans.plan_of(key))[0]
