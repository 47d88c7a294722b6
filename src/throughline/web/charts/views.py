"""Charts derived from what is there, each on a page: to look at, to follow to what it shows, to take as a file."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _

from throughline.core.procedures.queries import overview
from throughline.core.records import RecordRef, registry
from throughline.core.refusals import NotFound
from throughline.flow.bpmn.render.palette import LIGHT, settle
from throughline.flow.bpmn.render.printing import printed
from throughline.flow.charts.views import Figure, as_drawio, drawn
from throughline.insight.charts import views as derived
from throughline.web.answers import Asked, signed_in
from throughline.web.parts import Tab
from throughline.web.procedures.frame import frame
from throughline.web.records.present import slug
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
    return render(request, "charts/all.html", {"pipelines": pipelines, "procedures": procedures})


@signed_in
def show_types(request: Asked) -> HttpResponse:
    """Show the record types as classes."""
    figure = derived.record_types(user=request.user)
    return _page(request, figure, _("Record types with their fields, and what they point at."))


@signed_in
def show_roles(request: Asked) -> HttpResponse:
    """Show roles and the procedures in which they have a part."""
    figure = derived.roles_and_procedures(user=request.user)
    return _page(request, figure, _("Which role has a part in which running procedure."))


@signed_in
def show_pipeline(request: Asked, pipeline: str) -> HttpResponse:
    """Show the stages of a pipeline as states."""
    figure = derived.pipeline_states(pipeline=pipeline, user=request.user)
    about = _("Stages as states: how many deals stand there, and how often deals went which way. Broken: not gone yet.")
    return _page(request, figure, about)


@signed_in
def show_case(request: Asked, kind: str, record_id: int) -> HttpResponse:
    """Show what happened to a record as a sequence."""
    spec = registry.find(kind)
    if spec is None:
        raise NotFound(_("There is no such record. Look at its page."))
    figure = derived.one_case(record=RecordRef(kind, record_id), user=request.user)
    return _page(request, figure, _("What happened, from the top down: who did what, and what went on by itself."))


@signed_in
def show_procedure(request: Asked, key: str) -> HttpResponse:
    """Show the data flow of a procedure, level 0 or 1."""
    level = 0 if request.GET.get("level") == "0" else 1
    figure = derived.data_flow(procedure=key, level=level, user=request.user)
    here = reverse("web:procedure_charts", args=[key])
    levels = (
        Tab(_("Level 0"), "circle", f"{here}?level=0", current=level == 0),
        Tab(_("Level 1"), "workflow", f"{here}?level=1", current=level == 1),
    )
    about = (
        _("What the procedure as a whole gets from outside and gives away.")
        if level == 0
        else _("What each step reads and writes, taken from its settings: it is always true.")
    )
    more = {**frame(overview.procedure(key=key), "charts"), "levels": levels, "kept": {"level": str(level)}}
    return _page(request, figure, about, more)


def _page(request: Asked, figure: Figure, about: str, more: dict[str, Any] | None = None) -> HttpResponse:
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
        "files": [(name.upper() if name != "drawio" else "draw.io", _address({**kept, "as": name})) for name in MEDIA],
        **(more or {}),
    }
    return render(request, "charts/procedure.html" if "procedure" in context else "charts/one.html", context)


def _address(parameters: dict[str, str]) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in parameters.items())


def _file(figure: Figure, to: str) -> HttpResponse:
    svg = settle(drawn(figure), LIGHT)
    if to == "drawio":
        body = as_drawio(figure)
    elif to in ("png", "pdf"):
        body = printed(svg, "png" if to == "png" else "pdf", title=figure.title)
    else:
        body = svg.encode()
    name = f"{slugify(figure.title) or 'chart'}.{to}"
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
