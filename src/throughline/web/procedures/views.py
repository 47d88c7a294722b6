"""Pages of procedures: the library, drawing, how it runs now, the cases of a step, versions, incidents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.http import HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.identity.queries import colleagues
from throughline.core.procedures import charts
from throughline.core.procedures.operations import (
    create_procedure,
    reassign_work_items,
    retry_incidents,
    save_draft,
)
from throughline.core.procedures.queries import CaseAtNode, Live, cases_at, live
from throughline.core.procedures.queries import overview as queries
from throughline.core.procedures.queries.work import record_titles
from throughline.core.records import registry
from throughline.core.refusals import NotFound, Refusal
from throughline.flow import bpmn
from throughline.flow.bpmn.render import render_svg
from throughline.web import moments
from throughline.web.answers import (
    Asked,
    done,
    parameters,
    signed_in,
    signed_in_json,
    status_of,
    with_inline_styles,
)
from throughline.web.parts import Choice, FormField, FormSection, Tab, Tone
from throughline.web.procedures.catalogue import catalogue
from throughline.web.procedures.drawings import DESIGN, PUBLISH, standing_revision
from throughline.web.procedures.keys import key_of, named
from throughline.web.procedures.start import first_drawing
from throughline.web.records.present import url_of
from throughline.web.work.steps import WAITS

PAGE = 50

STATUS_WORDS: dict[str, tuple[Any, Tone]] = {
    "draft": (gettext_lazy("Draft"), "wait"),
    "published": (gettext_lazy("Runs"), "good"),
    "retired": (gettext_lazy("Retired"), ""),
}


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


@signed_in
def show_library(request: Asked) -> HttpResponse:
    """Show all procedures."""
    rows = queries.library(user=request.user, at=request.at)
    shown = {row.key: row.published or row.draft for row in rows}
    files = queries.drawings(version_ids=[version.id for version in shown.values() if version])
    may_design = access.allows(request.user, DESIGN)
    context = {
        "procedures": [_shelf(row, shown[row.key], files) for row in rows],
        "new_url": reverse("web:procedure_new") if may_design else "",
    }
    return render(request, "procedures/library.html", context)


def _shelf(row: queries.ProcedureRow, version: queries.VersionRow | None, files: Mapping[int, bytes]) -> Shelf:
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
    return render(request, "components/new_thing.html", {"form": form}, status=status_of(refusal) if refusal else 200)


# -- One procedure -----------------------------------------------------------------------------------------------------


def _frame(found: queries.Drawn, current: str) -> dict[str, Any]:
    pages = (("draw", _("Draw"), "pencil"), ("live", _("Live"), "activity"), ("versions", _("Versions"), "git-branch"))
    urls = {name: reverse(f"web:procedure_{name}", args=[found.key]) for name, _label, _icon in pages}
    return {
        "procedure": {
            "name": found.name,
            "line": _line(found),
            "draw_url": urls["draw"],
            "live_url": urls["live"],
        },
        "tabs": [Tab(label, icon, urls[name], current=name == current) for name, label, icon in pages],
    }


def _line(found: queries.Drawn) -> str:
    published, draft = found.latest("published"), found.latest("draft")
    parts = [_("Version %(n)d runs") % {"n": published.number}] if published else [_("Not published")]
    if draft:
        when = moments.date_and_time(draft.at)
        parts.append(_("draft of %(who)s, %(when)s") % {"who": draft.by, "when": when})
    return " · ".join(parts)


@with_inline_styles
@signed_in
def draw(request: Asked, key: str) -> HttpResponse:
    """Show the drawing to be changed; whoever may not change it looks at it."""
    found = queries.procedure(key=key)
    version = _chosen_version(request, found) or found.latest("draft") or found.latest("published")
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
            "save": reverse("web:procedure_draft", args=[key]),
            "publish": reverse("web:procedure_publication", args=[key]),
            "published": reverse("web:procedure_live", args=[key]),
        },
        "catalogue": catalogue(request),
    }
    return render(request, "procedures/draw.html", _frame(found, "draw") | {"props": props})


def _chosen_version(request: Asked, found: queries.Drawn) -> queries.VersionRow | None:
    number = request.GET.get("version", "")
    if not number:
        return None
    version = next((version for version in found.versions if str(version.number) == number), None)
    if version is None:
        raise NotFound(_("“%(name)s” has no version %(n)s.") % {"name": found.name, "n": number})
    return version


@signed_in
def show_versions(request: Asked, key: str) -> HttpResponse:
    """Show all versions."""
    found = queries.procedure(key=key)
    base = reverse("web:procedure_draw", args=[key])
    versions = [
        {
            "label": _("Version %(n)d") % {"n": version.number},
            "url": base if version.status == "draft" else f"{base}?version={version.number}",
            "status": STATUS_WORDS[version.status][0],
            "tone": STATUS_WORDS[version.status][1],
            "note": version.note,
            "by": version.by,
            "at": version.at,
        }
        for version in found.versions
    ]
    context = _frame(found, "versions") | {"versions": versions, "now": request.at}
    return render(request, "procedures/versions.html", context)


# -- How it runs now ---------------------------------------------------------------------------------------------------


@with_inline_styles
@signed_in
def show_live(request: Asked, key: str) -> HttpResponse:
    """Show the drawing with its cases on it, and the same as a table."""
    found = queries.procedure(key=key)
    version = _chosen_version(request, found) or found.latest("published") or found.latest("retired")
    context = _frame(found, "live") | {"now": request.at}
    if version is None:
        return render(request, "procedures/live.html", context)
    figures = live(procedure=key, user=request.user, at=request.at, version=_number(request))
    running = charts.running(version.id)
    context |= {
        "props": {
            "xml": queries.drawing(version_id=version.id).decode(),
            "urls": {"live": _live_url(key, request)},
            "selected": request.GET.get("step", ""),
        },
        "steps": [_step_row(key, running, node) for node in figures.nodes],
        "incidents": _incidents(request, key),
        "versions": _live_versions(found, request),
    }
    return render(request, "procedures/live.html", context)


def _number(request: Asked) -> int | None:
    number = request.GET.get("version", "")
    return int(number) if number.isdecimal() else None


def _live_url(key: str, request: Asked) -> str:
    number = _number(request)
    url = reverse("web:procedure_figures", args=[key])
    return url if number is None else f"{url}?version={number}"


def _live_versions(found: queries.Drawn, request: Asked) -> list[Tab]:
    run = [version for version in found.versions if version.status != "draft"][:4]
    if len(run) < 2:
        return []
    base, chosen = reverse("web:procedure_live", args=[found.key]), _number(request)
    every = Tab(_("All versions"), "", base, current=chosen is None)
    return [every] + [
        Tab(_("Version %(n)d") % {"n": version.number}, "", f"{base}?version={version.number}",
            current=chosen == version.number)
        for version in run
    ]  # fmt: skip


def _step_row(key: str, running: charts.Running, node: Any) -> dict[str, Any]:
    on_chart = running.chart.by_id.get(node.node)
    return {
        "url": reverse("web:procedure_step", args=[key, node.node]),
        "label": running.label(node.node),
        "role": getattr(on_chart, "role", "") or "",
        "count": node.count,
        "oldest_at": node.oldest_at,
        "overdue": node.overdue,
        "incidents": node.incidents,
    }


@signed_in_json
def figures(request: Asked, key: str) -> HttpResponse:
    """Give the figures on each step; 304 when they are those the asker has."""
    found = live(procedure=key, user=request.user, at=request.at, version=_number(request))
    document = _document(key, found)
    tag = f'"{hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:24]}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    return JsonResponse(document, headers={"ETag": tag, "Cache-Control": "no-cache"})


def _document(key: str, found: Live) -> dict[str, Any]:
    return {
        "cases": found.running,
        "held": found.held,
        "steps": {
            node.node: {
                "count": node.count,
                "oldest_at": node.oldest_at.isoformat() if node.oldest_at else None,
                "overdue": node.overdue,
                "incidents": node.incidents,
                "url": reverse("web:procedure_step", args=[key, node.node]),
            }
            for node in found.nodes
        },
    }


# -- The cases of a step -----------------------------------------------------------------------------------------------


@signed_in
def show_step(request: Asked, key: str, node: str) -> HttpResponse:
    """Show the cases that wait at a step, or hand selected work to somebody else."""
    if request.method == "POST":
        return _hand_over(request, key, node)
    found = queries.procedure(key=key)
    after = _cursor(request)
    rows = cases_at(procedure=key, node=node, user=request.user, at=request.at, after=after, limit=PAGE + 1)
    titles = record_titles([row.record for row in rows])
    shown = rows[:PAGE]
    label = rows[0].label if rows else _label(found, node)
    last = shown[-1] if len(rows) > PAGE else None
    context = _frame(found, "live") | {
        "step": {"label": label},
        "summary": _("The case that waits longest comes first."),
        "cases": [_case(row, titles) for row in shown],
        "shown": _("%(n)d cases shown") % {"n": len(shown)},
        "next_url": f"?after={last.arrived_at.isoformat().replace('+', '%2B')}~{last.case}" if last else "",
        "bulk_url": request.get_full_path(),
        "can_reassign": any(row.work_item for row in shown),
        "people": [Choice(str(person.pk), person.name) for person in colleagues()],
        "incidents": _incidents(request, key, node),
        "now": request.at,
    }
    return render(request, "procedures/step.html", context)


def _label(found: queries.Drawn, node: str) -> str:
    version = found.latest("published") or found.latest("retired")
    return charts.running(version.id).label(node) if version else node


def _cursor(request: Asked) -> tuple[datetime, int] | None:
    text, _tilde, case = request.GET.get("after", "").partition("~")
    moment = parse_datetime(text) if text else None
    return (moment, int(case)) if moment is not None and case.isdecimal() else None


def _case(row: CaseAtNode, titles: Mapping[Any, str]) -> dict[str, Any]:
    tone: Tone = "late" if row.overdue else "good"
    return {
        "about": titles.get(row.record, "") or _("Case %(n)d") % {"n": row.case},
        "url": url_of(registry.get(row.record.type), row.record.id) if row.record else "",
        "who": row.assignee_name,
        "queue": row.queue,
        "since": row.arrived_at,
        "due_at": row.due_at,
        "tone": tone,
        "waits_for": WAITS.get(row.waits_for, row.waits_for),
        "work_item": row.work_item,
    }


def _hand_over(request: Asked, key: str, node: str) -> HttpResponse:
    items = [int(item) for item in request.POST.getlist("item") if item.isdecimal()]
    to = request.POST.get("to", "")
    if not items or not to.isdecimal():
        raise Refusal("nothing_selected", _("Select at least one case, and who shall have it."))
    count = reassign_work_items(work_item_ids=items, to_user_id=int(to), by=request.by, at=request.at)
    return done(request, reverse("web:procedure_step", args=[key, node]), _("%(n)d handed over.") % {"n": count})


def _incidents(request: Asked, key: str, node: str = "") -> list[dict[str, Any]]:
    return [
        {
            "step": row.label,
            "about": row.record_title or _("a case without a record"),
            "url": url_of(registry.get(row.record.type), row.record.id) if row.record else "#",
            "message": row.message,
            "at": row.opened_at,
            "retry_url": reverse("web:incident_retry", args=[key, row.id]),
        }
        for row in queries.incidents(procedure=key, user=request.user, node=node)
    ]


@require_POST
@signed_in
def retry(request: Asked, key: str, incident_id: int) -> HttpResponse:
    """Have a failed step tried again."""
    retry_incidents(incident_ids=[incident_id], by=request.by, at=request.at)
    return done(request, reverse("web:procedure_live", args=[key]), _("It is tried again now."))
