"""Looking at dashboards: every tile counted with the viewer's rights, each figure leading to its records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core import access
from throughline.core.procedures.models import Procedure
from throughline.core.procedures.queries import overview
from throughline.core.refusals import NotFound
from throughline.flow import bpmn
from throughline.flow.bpmn.render import Mark, render_svg
from throughline.insight.dashboards.operations import dashboards_of, find_dashboard
from throughline.insight.dashboards.shipped import SHIPPED
from throughline.insight.dashboards.tiles import Kind, Tile, read
from throughline.insight.kpis.definitions import BY_KEY, DIMENSIONS
from throughline.insight.kpis.funnel import funnel
from throughline.insight.kpis.measuring import Question, available, behind, measure, parted
from throughline.insight.mined import used
from throughline.web.answers import Asked, signed_in, with_inline_styles
from throughline.web.insight.asked import Period, period_choices, period_of
from throughline.web.insight.views import (
    change,
    days_in_words,
    parts_in_words,
    plot,
    require_reports,
    shown,
    tabs,
    tone_of,
    trend_rows,
)
from throughline.web.parts import Choice
from throughline.web.records.filters import address
from throughline.web.records.present import url_of

KINDS = {
    Kind.NUMBER: gettext_lazy("A figure"),
    Kind.TREND: gettext_lazy("How it went"),
    Kind.BARS: gettext_lazy("By a field"),
    Kind.TABLE: gettext_lazy("The records behind it"),
    Kind.FUNNEL: gettext_lazy("Funnel of leads"),
    Kind.HEAT: gettext_lazy("Heat on a drawing"),
}
DEEDS = (
    ("earlier", "arrow-left", gettext_lazy("Earlier")),
    ("later", "arrow-right", gettext_lazy("Later")),
    ("wider", "plus", gettext_lazy("Wider")),
    ("narrower", "minus", gettext_lazy("Narrower")),
    ("higher", "arrow-down", gettext_lazy("Higher")),
    ("lower", "arrow-up", gettext_lazy("Lower")),
    ("remove", "x", gettext_lazy("Remove")),
)
STAGES = {
    "captured": gettext_lazy("Captured"),
    "contacted": gettext_lazy("Contacted"),
    "qualified": gettext_lazy("Qualified"),
    "deal": gettext_lazy("Deal"),
    "customer": gettext_lazy("Customer"),
}


@signed_in
def show_all(request: Asked) -> HttpResponse:
    """List the shipped dashboards, one's own and the shared ones."""
    require_reports(request)
    context = {
        "shipped": [
            {"name": each.name, "url": reverse("web:dashboard_shipped", args=[each.key])} for each in SHIPPED.values()
        ],
        "dashboards": [
            {
                "name": each.name,
                "url": reverse("web:dashboard", args=[each.pk]),
                "owner": each.owner.name,
                "shared": _("everybody") if each.shared else each.team.name if each.team else _("nobody else"),
            }
            for each in dashboards_of(request.user)
        ],
        "new_url": reverse("web:dashboard_new"),
        "tabs": tabs("dashboards"),
    }
    return render(request, "dashboards/list.html", context)


@with_inline_styles
@signed_in
def show_shipped(request: Asked, key: str) -> HttpResponse:
    """Show a dashboard that comes with the product."""
    require_reports(request)
    found = SHIPPED.get(key)
    if found is None:
        raise NotFound(_("There is no such dashboard."))
    period = period_of(request, found.period)
    context = _context(request, period, found.tiles) | {"name": found.name, "shipped": key}
    return render(request, "dashboards/dashboard.html", context)


@with_inline_styles
@signed_in
def show_one(request: Asked, dashboard_id: int) -> HttpResponse:
    """Show a dashboard; its owner may change it where the address says so."""
    require_reports(request)
    found = find_dashboard(dashboard_id=dashboard_id, user=request.user)
    period = period_of(request, found.period)
    is_own, here = found.owner_id == request.user.pk, reverse("web:dashboard", args=[found.pk])
    context = _context(request, period, read(found.tiles)) | {
        "name": found.name,
        "owner": found.owner.name,
        "is_own": is_own,
        "editing": is_own and "edit" in request.GET,
        "edit_url": f"{here}?edit=1",
        "done_url": here,
        "version": found.version,
        "dashboard": found.pk,
        "props": {
            "url": reverse("web:dashboard_arrangement", args=[found.pk]), "version": found.version,
            "widths": [3, 4, 6, 8, 12], "heights": [2, 3, 4, 6],
        },
        "kinds": [Choice(kind.value, str(label)) for kind, label in KINDS.items()],
        "kpis": [Choice(kpi.key, kpi.name) for kpi in available(request.user)],
        "bys": [Choice(name, name.capitalize()) for name in sorted({n for each in DIMENSIONS.values() for n in each})],
        "procedures": [Choice(*row) for row in Procedure.objects.values_list("key", "name")],
        "teams": [Choice(str(key), name, key == found.team_id) for key, name in
                  access.grants(request.user).team_names.items()],
        "shared": found.shared,
        "may_share": access.allows(request.user, "views.share"),
    }  # fmt: skip
    return render(request, "dashboards/dashboard.html", context)


def _context(request: Asked, period: Period, tiles: Sequence[Tile]) -> dict[str, Any]:
    return {
        "tiles": [tile_shown(request, tile, period) for tile in tiles],
        "days": days_in_words(period),
        "periods": period_choices(period.name),
        "all_url": reverse("web:dashboards"),
        "copy_url": reverse("web:dashboard_new"),
        "period": period.name,
        "deeds": [(name, icon, str(label)) for name, icon, label in DEEDS],
    }


# -- Tiles -------------------------------------------------------------------------------------------------------------


def tile_shown(request: Asked, tile: Tile, period: Period) -> dict[str, Any]:
    """Return a tile as its viewer sees it; a figure that the viewer must not see says so."""
    base = {
        "id": tile.id,
        "kind": tile.kind.value,
        "wide": tile.wide,
        "high": tile.high,
        "plot_name": f"tile-{tile.id}",
    }
    if tile.kind is Kind.FUNNEL:
        return base | _funnel(request, period)
    if tile.kind is Kind.HEAT:
        return base | _heat(request, tile, period)
    kpi = BY_KEY.get(tile.kpi)
    if kpi is None or kpi not in available(request.user):
        return base | {"title": kpi.name if kpi else _("Unknown figure"), "hidden": True}
    asked = Question(kpi, request.user, period.window, tile.where)
    given = {**period.given, **tile.where}
    url = f"{reverse('web:kpi', args=[kpi.key])}?{address(given)}"
    return base | {"title": kpi.name, "url": url} | _SHOWN[tile.kind](asked, tile, given)


def _number(asked: Question, _tile: Tile, _given: dict[str, str]) -> dict[str, Any]:
    figure, before = measure(asked), measure(asked.during(asked.window.before))
    return {
        "value": shown(asked, figure),
        "of": parts_in_words(asked, figure) if figure.value is not None else _("unknown so far"),
        "change": change(asked, figure, before),
        "tone": tone_of(asked.kpi, figure, before),
    }


def _trend(asked: Question, tile: Tile, _given: dict[str, str]) -> dict[str, Any]:
    rows = trend_rows(asked, tile.step or "week") if asked.kpi.measure else []
    return {"plot": plot("line", asked, rows), "rows": _rows(asked, rows)}


def _bars(asked: Question, tile: Tile, given: dict[str, str]) -> dict[str, Any]:
    base = reverse("web:kpi", args=[asked.kpi.key])
    found = parted(asked, tile.by)[:12] if asked.kpi.measure else []
    rows = [(label, figure, f"{base}?{address({**given, tile.by: word})}") for label, word, figure in found]
    return {"plot": plot("bar", asked, rows), "rows": _rows(asked, rows), "beside": _("by %(by)s") % {"by": tile.by}}


def _rows(asked: Question, rows: Sequence[tuple[str, Any, str]]) -> list[dict[str, str]]:
    return [{"label": label, "value": shown(asked, figure), "url": url} for label, figure, url in rows]


def _table(asked: Question, _tile: Tile, _given: dict[str, str]) -> dict[str, Any]:
    found, count = behind(asked, limit=20)
    return {
        "records": [{"title": row.title, "url": url_of(asked.spec, row.id), "counted": row.counted} for row in found],
        "beside": _("%(n)s in all") % {"n": f"{count:,}"},
    }


_SHOWN = {Kind.NUMBER: _number, Kind.TREND: _trend, Kind.BARS: _bars, Kind.TABLE: _table}


def _funnel(request: Asked, period: Period) -> dict[str, Any]:
    title = _("Funnel of leads")
    if BY_KEY["lead-to-customer"] not in available(request.user):
        return {"title": title, "hidden": True}
    stages = funnel(user=request.user, window=period.window)
    first = stages[0].count
    url = f"{reverse('web:kpi', args=['lead-to-customer'])}?{address(dict(period.given))}"
    words = [f"{each.count:,} ({each.count / first:.0%})" if first else "0" for each in stages]
    labels = [str(STAGES[each.stage]) for each in stages]
    props = {
        "kind": "funnel", "name": title, "labels": labels, "values": [each.count for each in stages],
        "shown": words, "urls": [url] * len(stages), "share": False, "band": None,
    }  # fmt: skip
    rows = [{"label": label, "value": word, "url": url} for label, word in zip(labels, words, strict=True)]
    return {"title": title, "url": url, "plot": props, "rows": rows}


def _heat(request: Asked, tile: Tile, period: Period) -> dict[str, Any]:
    try:
        found = overview.procedure(key=tile.procedure)
    except NotFound:
        return {"title": tile.procedure, "hidden": True}
    version = found.latest("published") or found.latest("retired")
    if version is None:
        return {"title": found.name, "hidden": True}
    window = period.window
    happened = used(
        procedure=tile.procedure, user=request.user, version=version.number, since=window.since, until=window.until
    )
    total = sum(node.total_seconds for node in happened.nodes) or 1.0
    marks = {
        node.node: Mark(count=node.visits, heat=_warmth(node.total_seconds / total))
        for node in happened.nodes
        if node.visits
    }
    drawing = bpmn.read(overview.drawing(version_id=version.id))
    title = _("%(name)s: heat by the time spent") % {"name": found.name}
    picture = SafeString(render_svg(drawing, marks, id_prefix=f"tile{tile.id}-", title=title))
    return {"title": found.name, "url": reverse("web:procedure_mined", args=[tile.procedure]), "picture": picture}


def _warmth(part: float) -> int:
    return 3 if part >= 1 / 3 else 2 if part >= 0.1 else 1 if part >= 0.02 else 0
