"""A procedure as a file: BPMN, draw.io, SVG, PNG, PDF."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse

from throughline.core.procedures.queries import overview
from throughline.core.refusals import NotFound
from throughline.flow import bpmn
from throughline.flow.bpmn.render.palette import LIGHT
from throughline.flow.bpmn.render.printing import printed
from throughline.flow.charts import chart_as_drawio
from throughline.web.answers import Asked, signed_in
from throughline.web.procedures.frame import chosen_version

FORMS: Final[dict[str, tuple[str, str]]] = {
    "bpmn": ("BPMN", "application/bpmn+xml"),
    "drawio": ("draw.io", "application/vnd.jgraph.mxfile"),
    "svg": ("SVG", "image/svg+xml"),
    "png": ("PNG", "image/png"),
    "pdf": ("PDF", "application/pdf"),
}


def files_of(key: str, version: int | None = None) -> list[tuple[str, str]]:
    """Return name and address of each form in which a procedure can be taken along."""
    at = f"&version={version}" if version else ""
    page = reverse("web:procedure_file", args=[key])
    return [(name, f"{page}?as={form}{at}") for form, (name, _) in FORMS.items()]


@signed_in
def take_along(request: Asked, key: str) -> HttpResponse:
    """Hand out a version of a procedure as a file: the one that is asked for, the draft, else what runs."""
    found = overview.procedure(key=key)
    version = chosen_version(request, found) or found.latest("draft") or found.latest("published")
    form = request.GET.get("as", "")
    if version is None or form not in FORMS:
        raise NotFound(f"There is no such file of {found.name}. Choose one on its page.")
    body = _made(overview.drawing(version_id=version.id), form, found.name)
    disposition = f'attachment; filename="{found.key}-{version.number}.{form}"'
    return HttpResponse(body, content_type=FORMS[form][1], headers={"Content-Disposition": disposition})


def _made(drawing: bytes, form: str, name: str) -> bytes:
    if form == "bpmn":
        return drawing
    definitions = bpmn.read(drawing)
    if form == "drawio":
        return chart_as_drawio(definitions, name=name)
    svg = bpmn.render_svg(definitions, title=name, colours=LIGHT)
    if form == "svg":
        return svg.encode()
    to: Any = form
    return printed(svg, to, title=name)
