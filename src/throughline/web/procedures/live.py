"""How a procedure runs now: figures on its drawing, how cases ended, the cases of a step, what stands still."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from throughline.core.identity.queries import colleagues
from throughline.core.procedures import charts
from throughline.core.procedures.operations import reassign_work_items, retry_incidents
from throughline.core.procedures.queries import CaseAtNode, Live, NodeLive, cases_at, live
from throughline.core.procedures.queries import overview as queries
from throughline.core.records import registry
from throughline.core.records.titles import record_titles
from throughline.core.refusals import Refusal
from throughline.web.answers import Asked, done, signed_in, signed_in_json, with_inline_styles
from throughline.web.parts import Choice, Tab, Tone
from throughline.web.procedures.endings import ends, parted
from throughline.web.procedures.frame import chosen_version, frame
from throughline.web.procedures.strayed import strayed
from throughline.web.queues.named import NOBODY, Named, queues_named
from throughline.web.records.present import url_of
from throughline.web.work.steps import WAITS

PAGE = 50


@with_inline_styles
@signed_in
def show_live(request: Asked, key: str) -> HttpResponse:
    """Show the drawing with its cases on it, and the same as a table."""
    found = queries.procedure(key=key)
    version = chosen_version(request, found) or found.latest("published") or found.latest("retired")
    context = frame(found, "live") | {"now": request.at}
    if version is None:
        return render(request, "procedures/live.html", context)
    figures = live(procedure=key, user=request.user, at=request.at, version=_number(request))
    running = charts.running(version.id)
    ended = ends(found, running, request)
    context |= {
        "props": {
            "xml": queries.drawing(version_id=version.id).decode(),
            "urls": {"live": _live_url(key, request)},
            "selected": request.GET.get("step", ""),
            "figures": _document(key, figures),
            "ends": {end.node: {"count": end.figure.count, "url": end.figure.url} for end in ended.lines if end.node},
        },
        "steps": [_step_row(found, running, node) for node in _in_order(running, figures)],
        "ended": ended,
        "parted": parted(found, request),
        "strayed": strayed(found, version, running, request),
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


def _in_order(running: charts.Running, figures: Live) -> list[NodeLive]:
    """The steps as the drawing has them, those that it lost last."""
    places = {node: place for place, node in enumerate(running.chart.by_id)}
    return sorted(figures.nodes, key=lambda each: places.get(each.node, len(places)))


def _step_row(found: queries.Drawn, running: charts.Running, node: NodeLive) -> dict[str, Any]:
    on_chart = running.chart.by_id.get(node.node)
    return {
        "url": reverse("web:procedure_step", args=[found.key, node.node]),
        "label": running.label(node.node) if on_chart is not None else _label(found, node.node),
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
    named = queues_named(request, {row.queue for row in shown if not row.assignee_name})
    label = rows[0].label if rows else _label(found, node)
    last = shown[-1] if len(rows) > PAGE else None
    context = frame(found, "live") | {
        "step": {"label": label},
        "summary": _("The case that waits longest comes first."),
        "cases": [_case(row, titles, named.get(row.queue, NOBODY)) for row in shown],
        "shown": ngettext("%(n)d case shown", "%(n)d cases shown", len(shown)) % {"n": len(shown)},
        "next_url": f"?after={last.arrived_at.isoformat().replace('+', '%2B')}~{last.case}" if last else "",
        "bulk_url": request.get_full_path(),
        "sharing_url": reverse("web:procedure_sharing", args=[key, node]),
        "can_reassign": any(row.work_item for row in shown),
        "people": [Choice(str(person.pk), person.name) for person in colleagues()],
        "incidents": _incidents(request, key, node),
        "now": request.at,
    }
    return render(request, "procedures/step.html", context)


def _label(found: queries.Drawn, node: str) -> str:
    """Return what people call a step in the newest version that has it: cases may stand where a newer one has none."""
    for version in found.versions:
        running = charts.running(version.id) if version.status != "draft" else None
        if running is not None and node in running.chart.by_id:
            return running.label(node)
    return node


def _cursor(request: Asked) -> tuple[datetime, int] | None:
    text, _tilde, case = request.GET.get("after", "").partition("~")
    moment = parse_datetime(text) if text else None
    return (moment, int(case)) if moment is not None and case.isdecimal() else None


def _case(row: CaseAtNode, titles: Mapping[Any, str], queue: Named) -> dict[str, Any]:
    tone: Tone = "late" if row.overdue else "good"
    return {
        "about": titles.get(row.record, "") or _("Case %(n)d") % {"n": row.case},
        "url": url_of(registry.get(row.record.type), row.record.id) if row.record else "",
        "who": row.assignee_name,
        "queue": queue.name,
        "queue_url": queue.url,
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
            "url": reverse("web:incident", args=[row.id]),
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
