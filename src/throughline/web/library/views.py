"""What lies on the shelf: all packs, one pack, its file and its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.identity.models import Role
from throughline.core.library import parts, queries, variants
from throughline.core.library.models import Pulled
from throughline.core.library.queries import OnShelf
from throughline.core.procedures.models import Procedure
from throughline.crm.deals.models import Pipeline
from throughline.flow import bpmn
from throughline.flow.bpmn.model import FlowNode
from throughline.flow.bpmn.render import DARK, LIGHT, render_svg
from throughline.insight.dashboards.operations import dashboards_of
from throughline.packs import Pack, PackedProcedure
from throughline.packs.archive import pack_bytes
from throughline.web.answers import Asked, signed_in, with_inline_styles

AREAS = (
    "Starter packs", "Leads", "Deals", "Customers", "Service", "Marketing", "Improving", "Data and privacy", "Sales",
    "Team", "",
)  # fmt: skip
PICTURES_KEPT = "private, max-age=86400"


@dataclass(frozen=True, slots=True)
class Standing:
    """A pack as the shelf shows it."""

    url: str
    name: str
    summary: str
    picture: str
    procedures: int
    waits: tuple[str, ...]
    is_installed: bool
    has_news: bool
    is_brought: bool


@signed_in
def show_shelf(request: Asked) -> HttpResponse:
    """Show all packs, by what they are for."""
    shelf = sorted(queries.shelf(), key=lambda each: (_place(each.pack), each.pack.name))
    groups = [
        (area or _("Other"), [_standing(each) for each in group])
        for area, group in groupby(shelf, key=lambda each: each.pack.area)
    ]
    own = Procedure.objects.filter(versions__status="published").order_by("name").values_list("key", "name")
    context = {
        "groups": groups,
        "bring_url": _may(request, reverse("web:library_bring")),
        "own": own,
        "own_dashboards": [(str(each.pk), each.name) for each in dashboards_of(request.user)],
        "own_pipelines": list(Pipeline.objects.filter(retired_at=None).values_list("key", "name")),
        "own_url": _may(request, reverse("web:library_own")),
    }
    return render(request, "library/shelf.html", context)


def _place(pack: Pack) -> int:
    return AREAS.index(pack.area) if pack.area in AREAS else len(AREAS)


def _standing(each: OnShelf) -> Standing:
    shown = each.pack.procedures or _included(each.pack)
    picture = reverse("web:library_picture", args=[each.pack.key, shown[0].key]) if shown else ""
    return Standing(
        url=reverse("web:library_pack", args=[each.pack.key]),
        name=each.pack.name,
        summary=each.pack.summary,
        picture=f"{picture}?v={each.digest[:12]}" if picture else "",
        procedures=len(each.pack.procedures) or len(each.pack.includes),
        waits=each.waits,
        is_installed=each.installed is not None,
        has_news=each.has_news,
        is_brought=each.brought,
    )


def _included(pack: Pack) -> tuple[PackedProcedure, ...]:
    """Return the procedures of the first packs that a starter pack includes and that are its own most."""
    found = [queries.on_shelf(key).pack for key in pack.includes[1:2]]
    return tuple(procedure for each in found for procedure in each.procedures)


def _may(request: Asked, url: str) -> str:
    return url if access.allows(request.user, access.DESIGN_PROCEDURES) else ""


def may_install(request: Asked) -> bool:
    """Say whether the asker may let procedures of a pack run."""
    return access.allows(request.user, access.DESIGN_PROCEDURES) and access.allows(
        request.user, access.PUBLISH_PROCEDURES
    )


# --- one pack ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Step:
    """A human step as the page of a pack tells it."""

    name: str
    guidance: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that a procedure writes: its subject and text, with the places of values as they stand."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """A procedure as the page of a pack tells it."""

    key: str
    name: str
    documentation: str
    picture: SafeString
    url: str
    waits: tuple[str, ...]
    steps: tuple[Step, ...]
    letters: tuple[Letter, ...]


@with_inline_styles
@signed_in
def show_pack(request: Asked, key: str) -> HttpResponse:
    """Show what a pack does, what it needs, and what it waits for."""
    shelved = queries.on_shelf(key)
    pack = shelved.pack
    there = queries.procedures_there([procedure.key for procedure in pack.procedures])
    wanted = queries.needs_of_pack(pack)
    roles = dict(Role.objects.values_list("key", "name"))
    installing = may_install(request)
    context = {
        "pack": pack,
        "shelved": shelved,
        "procedures": [_told(each, there) for each in pack.procedures],
        "includes": [_standing(queries.on_shelf(other)) for other in pack.includes],
        "needs": {
            "roles": [roles.get(role, role) for role in wanted.roles],
            "calendars": wanted.calendars,
            "records": wanted.records,
        },
        "tables": [decision.name for decision in pack.decisions],
        "scenarios": [scenario.name.replace("-", " ") for scenario in pack.scenarios],
        "listed": list(_listed(pack)),
        "clashes": [] if shelved.installed else queries.clashes(pack),
        "urls": {
            "library": reverse("web:library"),
            "file": reverse("web:library_file", args=[key]),
            "install": reverse("web:library_install", args=[key]) if installing and not shelved.installed else "",
            "pull": reverse("web:library_pull", args=[key]) if installing and shelved.has_news else "",
            "pull_back": reverse("web:library_pull_back", args=[key])
            if installing and Pulled.objects.filter(pack__key=key).exists()
            else "",
            "variants": reverse("web:library_variants", args=[key])
            if installing and shelved.installed and variants.not_here(pack)
            else "",
            "remove": reverse("web:library_remove", args=[key]) if installing and shelved.installed else "",
            "discard": reverse("web:library_discard", args=[key]) if installing and shelved.brought else "",
        },
    }
    return render(request, "library/pack.html", context)


def _told(procedure: PackedProcedure, there: dict[str, str]) -> Told:
    definitions = bpmn.read(procedure.chart)
    nodes = [node for process in definitions.processes for node, _ in process.walk() if isinstance(node, FlowNode)]
    return Told(
        key=procedure.key,
        name=procedure.name,
        documentation=next((_words(process) for process in definitions.processes), ""),
        picture=_drawn(procedure.chart, procedure.key, procedure.name),
        url=reverse("web:procedure_live", args=[procedure.key]) if procedure.key in there else "",
        waits=queries.waits(procedure),
        steps=tuple(
            Step(node.name, node.extensions.work_item.guidance)
            for node in nodes
            if node.extensions.work_item is not None
        ),
        letters=tuple(_letters(nodes)),
    )


def _words(process: bpmn.model.Process) -> str:
    return " ".join(" ".join(each.text for each in process.documentation).split())


def _letters(nodes: list[FlowNode]) -> Iterator[Letter]:
    for node in nodes:
        action = node.extensions.action
        if action is not None:
            given = {each.name: _plain(each.value) for each in action.inputs}
            if {"subject", "text"} <= given.keys():
                yield Letter(given["subject"], given["text"])


def _plain(value: str) -> str:
    """Return what a quoted text of FEEL says; anything else as it is written."""
    quoted = len(value) > 1 and value.startswith('"') and value.endswith('"')
    return value[1:-1].replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\") if quoted else value


@lru_cache(maxsize=128)
def _drawn(chart: bytes, key: str, name: str) -> SafeString:
    return SafeString(render_svg(bpmn.read(chart), id_prefix=f"{key}-", title=name))


def _listed(pack: Pack) -> Iterator[tuple[str, list[str]]]:
    titles = {
        "pipelines": _("Pipelines"), "products": _("Products"), "price_books": _("Price books"), "goals": _("Goals"),
        "fields": _("Fields"), "dashboards": _("Dashboards"), "variants": _("Variants"),
    }  # fmt: skip
    for name, items in pack.listed.items():
        kind = parts.find(name)
        if kind is not None:
            yield titles.get(name, name), [kind.words(item) for item in items]


# --- its file and pictures --------------------------------------------------------------------------------------------
@signed_in
def download(request: Asked, key: str) -> HttpResponse:
    """Give a pack as a file."""
    return as_file(queries.on_shelf(key).pack)


def as_file(pack: Pack) -> HttpResponse:
    """Return a pack as the answer that a browser keeps as a file."""
    name = f"{pack.key}-{pack.version}.zip"
    return HttpResponse(
        pack_bytes(pack),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@signed_in
def picture(request: Asked, key: str, procedure: str) -> HttpResponse:
    """Give the picture of a procedure of a pack, or of one that it includes."""
    pack = queries.on_shelf(key).pack
    found = pack.procedure(procedure) or next((each for each in _included(pack) if each.key == procedure), None)
    if found is None:
        raise Http404
    svg = _pictured(found.chart, request.GET.get("dark") == "yes")
    return HttpResponse(svg, content_type="image/svg+xml", headers={"Cache-Control": PICTURES_KEPT})


@lru_cache(maxsize=128)
def _pictured(chart: bytes, dark: bool) -> str:
    return render_svg(bpmn.read(chart), colours=DARK if dark else LIGHT)
