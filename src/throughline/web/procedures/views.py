"""Pages of procedures: the library, a new one, drawing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.procedures.operations import (
    create_procedure,
    save_draft,
)
from throughline.core.procedures.queries import overview as queries
from throughline.core.records import registry
from throughline.core.refusals import Refusal
from throughline.flow import bpmn
from throughline.flow.bpmn.render import render_svg
from throughline.insight.guide.queries import under_way
from throughline.web.answers import (
    Asked,
    parameters,
    signed_in,
    with_inline_styles,
)
from throughline.web.parts import Choice, FormField, FormSection
from throughline.web.procedures.catalogue import catalogue
from throughline.web.procedures.drawings import DESIGN, PUBLISH, standing_revision
from throughline.web.procedures.frame import chosen_version, frame
from throughline.web.procedures.keys import key_of, named
from throughline.web.procedures.start import first_drawing
from throughline.web.sketches.backdrops import backdrop_context

# -- The library -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shelf:
    """A procedure as the library shows it."""

    url: str
    name: str
    summary: str
    picture: SafeString
    published: int
    has_draft: bool
    record: str
    cases: int
    overdue: int
    incidents: int
    guide_url: str = ""
    guide_step: int = 0
    variants: int = 0
    variants_url: str = ""


@signed_in
def show_library(request: Asked) -> HttpResponse:
    """Show all procedures."""
    rows = queries.library(user=request.user, at=request.at)
    shown = {row.key: row.published or row.draft for row in rows}
    files = queries.drawings(version_ids=[version.id for version in shown.values() if version])
    may_design = access.allows(request.user, DESIGN)
    guided = under_way() if may_design else {}
    context = {
        "procedures": [_shelf(row, shown[row.key], files, guided) for row in rows],
        "new_url": reverse("web:procedure_new") if may_design else "",
        "guide_url": reverse("web:guide_new") if may_design else "",
    }
    return render(request, "procedures/library.html", context)


def _shelf(
    row: queries.ProcedureRow,
    version: queries.VersionRow | None,
    files: Mapping[int, bytes],
    guided: Mapping[str, int],
) -> Shelf:
    spec = registry.find(row.record_type)
    page = "web:procedure_live" if row.published else "web:procedure_draw"
    return Shelf(
        url=reverse(page, args=[row.key]),
        name=row.name,
        summary=row.summary,
        picture=_preview(files[version.id], row.key, row.name) if version else SafeString(""),
        published=row.published.number if row.published else 0,
        has_draft=row.draft is not None,
        record=str(spec.label) if spec else "",
        cases=row.running,
        overdue=row.overdue,
        incidents=row.incidents,
        guide_url=reverse("web:procedure_guide", args=[row.key]) if row.key in guided else "",
        guide_step=guided.get(row.key, 0),
        variants=row.variants,
        variants_url=reverse("web:procedure_variants", args=[row.key]) if row.variants else "",
    )


@lru_cache(maxsize=256)
def _preview(drawing: bytes, key: str, name: str) -> SafeString:
    return SafeString(render_svg(bpmn.read(drawing), id_prefix=f"{key}-", title=name))


@signed_in
def create(request: Asked) -> HttpResponse:
    """Show the form of a new procedure, or make it with a first drawing."""
    access.require_ability(
        request.user, DESIGN, otherwise=_("Your roles do not let you draw procedures. Ask a manager.")
    )
    if request.method != "POST":
        return _new_page(request, {}, None)
    record_type = request.POST.get("record", "")
    try:
        name = named(request.POST.get("name", ""), otherwise=_("Give the procedure a name, such as “Lead to deal”."))
        key = key_of(name)
        create_procedure(
            key=key, name=name, record_type=record_type, summary=request.POST.get("summary", "").strip(),
            by=request.by, at=request.at, owner_id=request.user.pk,
        )  # fmt: skip
        save_draft(key=key, drawing=first_drawing(key, name, record_type), by=request.by, at=request.at)
    except Refusal as refusal:
        return _new_page(request, parameters(request.POST), refusal)
    return redirect(reverse("web:procedure_draw", args=[key]))


def _new_page(request: Asked, given: Mapping[str, Any], refusal: Refusal | None) -> HttpResponse:
    errors = dict(refusal.fields) if refusal else {}
    errors["name"] = errors.get("name", errors.pop("key", ""))
    records = tuple(Choice(spec.type, str(spec.label)) for spec in registry.everything())
    fields = (
        FormField(
            "name", _("Name"), "string", given.get("name", ""), required=True, error=errors["name"], max_length=120
        ),
        FormField("record", _("Travels with"), "choice", given.get("record", "lead"), choices=records),
        FormField("summary", _("What it is for"), "text", given.get("summary", ""), wide=True),
    )
    form = {
        "title": _("New procedure"),
        "plural": _("Procedures"),
        "list_url": reverse("web:procedures"),
        "action": reverse("web:procedure_new"),
        "cancel_url": reverse("web:procedures"),
        "button": _("Create and draw"),
        "sections": [FormSection(_("Procedure"), fields)],
        "error": refusal.message if refusal and not any(errors.values()) else "",
        "intro": _("You draw it next. Nothing runs before you publish."),
    }
    return render(request, "components/new_thing.html", {"form": form}, status=refusal.status if refusal else 200)


# -- One procedure -----------------------------------------------------------------------------------------------------


@with_inline_styles
@signed_in
def draw(request: Asked, key: str) -> HttpResponse:
    """Show the drawing to be changed; whoever may not change it looks at it."""
    found = queries.procedure(key=key)
    version = chosen_version(request, found) or found.latest("draft") or found.latest("published")
    if version is None:
        xml = first_drawing(found.key, found.name, found.record_type)
    else:
        xml = queries.drawing(version_id=version.id)
    chosen = request.GET.get("version", "")
    props = {
        "xml": xml.decode(),
        "revision": standing_revision(key),
        "readOnly": bool(chosen) or not access.allows(request.user, DESIGN),
        "canPublish": access.allows(request.user, PUBLISH),
        "procedure": {"key": found.key, "name": found.name},
        "urls": {
            "check": reverse("web:drawing_check"),
            "feel": reverse("web:expression_check"),
            "preview": reverse("web:expression_preview"),
            "records": reverse("web:expression_records"),
            "remarks": reverse("web:open_remarks", args=[key]),
            "discussion": reverse("web:procedure_discussion", args=[key]),
            "settled": reverse("web:remark_done", args=[0]),
            "walk": reverse("web:drawing_walk", args=[key]),
            "attendance": reverse("web:procedure_attendance", args=[key]),
            "decision": reverse("web:decisions"),
            "tables": reverse("web:step_table", args=[key]),
            "save": reverse("web:procedure_draft", args=[key]),
            "publish": reverse("web:procedure_publication", args=[key]),
            "published": reverse("web:procedure_live", args=[key]),
            "impact": reverse("web:publication_impact", args=[key]),
        },
        "catalogue": catalogue(request),
    }
    context = frame(found, "draw") | {"props": props, "backdrop": backdrop_context(key)}
    return render(request, "procedures/draw.html", context)
