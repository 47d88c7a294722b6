"""Charts derived from what is there, each on a page: to look at, to follow to what it shows, to take as a file."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core import access
from throughline.core.procedures.queries import overview
from throughline.core.records import RecordRef, registry
from throughline.core.refusals import NotFound
from throughline.flow import bpmn
from throughline.flow.bpmn.render.palette import LIGHT, settle
from throughline.flow.bpmn.render.printing import printed
from throughline.flow.charts import chart_as_drawio
from throughline.flow.charts.views import Figure, as_drawio, drawn
from throughline.flow.charts.views.planned import Compared, Plan, laid_over
from throughline.insight.charts import plans
from throughline.insight.charts import views as derived
from throughline.insight.charts.streams import value_stream_of
from throughline.insight.guide.queries import latest_guide
from throughline.web.answers import Asked, signed_in
from throughline.web.charts.planning import own_context, planning_context
from throughline.web.parts import Tab
from throughline.web.procedures.drawings import DESIGN
from throughline.web.procedures.frame import frame
from throughline.web.records.present import slug
from throughline.web.simulation.shown import span
from throughline.web.ways import way

MEDIA: Final = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
    "drawio": "application/vnd.jgraph.mxfile",
}
ZOOMS: Final = (50, 75, 100, 150, 200)


@signed_in
def show_all(request: Asked) -> HttpResponse:
    """Show which charts there are, by what one wants to know."""
    pipelines = [
        {"name": each.name, "url": reverse("web:chart_pipeline", args=[each.key])} for each in derived.pipelines()
    ]
    procedures = [
        {
            "name": row.name,
            "draw_url": reverse("web:procedure_draw", args=[row.key]),
            "flow_url": reverse("web:procedure_charts", args=[row.key]),
        }
        for row in overview.library(user=request.user, at=request.at)
    ]
    context = {"pipelines": pipelines, "procedures": procedures, **own_context(request)}
    return render(request, "charts/all.html", context)


@signed_in
def show_types(request: Asked) -> HttpResponse:
    """Show the record types as classes."""
    figure = derived.record_types(user=request.user)
    return show_figure(request, figure, _("Record types with their fields, and what they point at."), "types", "class")


@signed_in
def show_roles(request: Asked) -> HttpResponse:
    """Show roles and the procedures in which they have a part."""
    figure = derived.roles_and_procedures(user=request.user)
    return show_figure(request, figure, _("Which role has a part in which running procedure."), "roles", "use_case")


@signed_in
def show_pipeline(request: Asked, pipeline: str) -> HttpResponse:
    """Show the stages of a pipeline as states."""
    figure = derived.pipeline_states(pipeline=pipeline, user=request.user)
    about = _("Stages as states: how many deals stand there, and how often deals went which way. Broken: not gone yet.")
    return show_figure(request, figure, about, f"pipeline:{pipeline}", "state")


@signed_in
def show_case(request: Asked, kind: str, record_id: int) -> HttpResponse:
    """Show what happened to a record as a sequence."""
    spec = registry.find(kind)
    if spec is None:
        raise NotFound(_("There is no such record. Look at its page."))
    figure = derived.one_case(record=RecordRef(kind, record_id), user=request.user)
    about = _("What happened, from the top down: who did what, and what went on by itself.")
    return show_figure(request, figure, about)


@signed_in
def show_procedure(request: Asked, key: str) -> HttpResponse:
    """Show other views of a procedure: data flow, value stream, activity diagram, its steps in other lanes."""
    view = request.GET.get("view") or ("0" if request.GET.get("level") == "0" else "1")
    about = str(VIEWS.get(view, VIEWS["1"])[2])
    more = {**frame(overview.procedure(key=key), "charts"), "levels": ways_to_look(key, view), "kept": {"view": view}}
    if view in ARRANGEMENTS:
        return _relaned(request, key, view, about, more)
    if view == "activity":
        return show_figure(request, derived.activity_of(procedure=key), about, f"activity:{key}", "activity", more=more)
    if view in ("stream", "future"):
        return _stream(request, key, view, about, more)
    level = 0 if view == "0" else 1
    figure = derived.data_flow(procedure=key, level=level, user=request.user)
    return show_figure(request, figure, about, f"flow:{key}:{level}", "data_flow", more=more)


VIEWS: Final[dict[str, tuple[Any, str, Any]]] = {
    "0": (
        gettext_lazy("Data flow, level 0"), "circle",
        gettext_lazy("What the procedure as a whole gets from outside and gives away."),
    ),
    "1": (
        gettext_lazy("Data flow, level 1"), "workflow",
        gettext_lazy("What each step reads and writes, taken from its settings: it is always true."),
    ),
    "stream": (
        gettext_lazy("Value stream"), "timer",
        gettext_lazy(
            "The main path with the times of the cases that you may see: waiting, work, what waits now, and what each"
            " step is worth."
        ),
    ),
    "future": (
        gettext_lazy("Value stream, future"), "trending-up",
        gettext_lazy(
            "The same path with what is planned in it. Plan a step or what waits under the name of a step, with a time"
            " such as 10 min or 1 d 4 h; 0 for both says that the step goes."
        ),
    ),
    "activity": (
        gettext_lazy("Activity (UML)"), "route",
        gettext_lazy("The same procedure as a UML activity diagram; who does an action stands below its name."),
    ),
    "role": (
        gettext_lazy("By role"), "user",
        gettext_lazy("The procedure with its steps in the lanes of those who do them."),
    ),
    "team": (
        gettext_lazy("By team"), "users",
        gettext_lazy("The procedure with its steps in the lanes of the teams whose people do them."),
    ),
    "system": (
        gettext_lazy("By system"), "layout-grid",
        gettext_lazy("The procedure with its steps in lanes of what they touch: people, data here, systems outside."),
    ),
}  # fmt: skip
"""Views of a procedure: what they are called, their icon, and what they show."""
ARRANGEMENTS: Final = ("role", "team", "system")
"""Views that show the same steps in other lanes."""
JOURNEY: Final = "journey"
"""The view that a guided path tells of."""


def ways_to_look(key: str, current: str) -> tuple[Tab, ...]:
    """Return the views of a procedure, with the customer's journey where a guided path tells of it."""
    here = reverse("web:procedure_charts", args=[key])
    views = [
        Tab(str(label), icon, f"{here}?view={name}", current=name == current)
        for name, (label, icon, _about) in VIEWS.items()
    ]
    if current == JOURNEY or latest_guide(key=key) is not None:
        url = reverse("web:customer_journey", args=[key])
        views.append(Tab(_("Customer’s journey"), "map-pin", url, current=current == JOURNEY))
    return tuple(views)


def _stream(request: Asked, key: str, view: str, about: str, more: dict[str, Any]) -> HttpResponse:
    name = f"stream:{key}"
    plan = plans.plan_of(name)
    now = value_stream_of(procedure=key, user=request.user, at=request.at, plan=plan, state="now", said=span)
    laid = laid_over(now, plan)
    if view == "future":
        then = value_stream_of(procedure=key, user=request.user, at=request.at, plan=plan, state="future", said=span)
        laid = laid_over(then, Plan(places=plan.places))[0], laid[1]
    return show_figure(request, laid[0], about, name, "value_stream", more=more, compared=laid[1])


def _relaned(request: Asked, key: str, by: str, about: str, more: dict[str, Any]) -> HttpResponse:
    chart = derived.relaned_by(procedure=key, by=by)
    title = f"{more['procedure']['name']}: {VIEWS[by][0]}"
    to = request.GET.get("as", "")
    if to == "drawio":
        return attachment(chart_as_drawio(chart, name=title), title, to)
    if to in MEDIA:
        return picture_file(bpmn.render_svg(chart, title=title, colours=LIGHT), title, to)
    context = {
        "title": title,
        "about": about,
        "picture": SafeString(bpmn.render_svg(chart, id_prefix="lanes-", title=title)),
        "empty": False,
        "lines": [],
        "zooms": [],
        "files": _files(more["kept"]),
        "arrange_url": reverse("web:procedure_arrangement", args=[key]) if access.allows(request.user, DESIGN) else "",
        "arranged_by": by,
        **more,
    }
    return render(request, "charts/procedure.html", context)


def show_figure(
    request: Asked,
    figure: Figure,
    about: str,
    key: str = "",
    kind: str = "",
    *,
    more: dict[str, Any] | None = None,
    compared: Compared | None = None,
) -> HttpResponse:
    """
    Show a figure with what is planned in it, or hand it out as a file.

    ``key`` names the chart whose plan is laid over it, ``kind`` its type; without a key nothing can be planned in it.
    ``compared`` is given with a figure over which its plan lies already.
    """
    if key and not key.startswith("own:") and compared is None:
        figure, compared = laid_over(figure, plans.plan_of(key))
    to = request.GET.get("as", "")
    if to in MEDIA:
        return _file(figure, to)
    zoom = request.GET.get("zoom", "100")
    kept = (more or {}).get("kept", {})
    context = {
        "title": figure.title,
        "about": about,
        "picture": SafeString(
            drawn(figure, links=_links(figure), zoom=(int(zoom) if zoom in map(str, ZOOMS) else 100) / 100)
        ),
        "empty": not figure.shapes,
        "lines": derived.lines_in_words(figure),
        "zooms": [(each, str(each) == zoom) for each in ZOOMS],
        "kept": kept,
        "files": _files(kept),
        **(planning_context(request, figure, key, kind, compared) if key else {}),
        **(more or {}),
    }
    return render(request, "charts/procedure.html" if "procedure" in context else "charts/one.html", context)


def _files(kept: dict[str, str]) -> list[tuple[str, str]]:
    return [(name.upper() if name != "drawio" else "draw.io", _address({**kept, "as": name})) for name in MEDIA]


def _address(parameters: dict[str, str]) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in parameters.items())


def _file(figure: Figure, to: str) -> HttpResponse:
    if to == "drawio":
        return attachment(as_drawio(figure), figure.title, to)
    return picture_file(settle(drawn(figure), LIGHT), figure.title, to)


def picture_file(svg: str, title: str, to: str) -> HttpResponse:
    """Hand out a picture with plain colours as ``svg``, ``png`` or ``pdf``."""
    body = printed(svg, "png" if to == "png" else "pdf", title=title) if to in ("png", "pdf") else svg.encode()
    return attachment(body, title, to)


def attachment(body: bytes, title: str, to: str) -> HttpResponse:
    """Hand out a file of a chart under its title; ``to`` is one of ``MEDIA``."""
    name = f"{slugify(title) or 'chart'}.{to}"
    return HttpResponse(body, content_type=MEDIA[to], headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _links(figure: Figure) -> dict[str, str]:
    """Return where the shapes lead."""
    found = {}
    for shape in figure.shapes:
        kind, _colon, key = shape.ref.partition(":")
        url = _link(kind, key)
        if url:
            found[shape.ref] = url
    return found


def _link(kind: str, key: str) -> str:
    if kind == "type" and (spec := registry.find(key)) is not None:
        return reverse("web:record_list", args=[slug(spec)])
    if kind == "table":
        return reverse("web:decision", args=[key])
    if kind == "procedure":
        return reverse("web:procedure_draw", args=[key])
    if kind == "state":
        return way("web:record_board", "deals")
    return ""
