"""Looking at dashboards: every tile counted with the viewer's rights, each figure leading to its records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core import access
from throughline.core.procedures.models import Procedure
from throughline.core.refusals import NotFound
from throughline.insight.dashboards.answers import Answer, answer
from throughline.insight.dashboards.operations import dashboards_of, find_dashboard
from throughline.insight.dashboards.shipped import SHIPPED
from throughline.insight.dashboards.tiles import Kind, Tile, read
from throughline.insight.kpis.definitions import DIMENSIONS, Unit
from throughline.insight.kpis.measuring import available
from throughline.web.answers import Asked, signed_in, with_inline_styles
from throughline.web.dashboards.reports import reports_context
from throughline.web.insight.asked import Period, period_choices, period_of
from throughline.web.insight.views import days_in_words, require_reports, tabs
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
    context |= reports_context(request, shipped=key)
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
    context |= reports_context(request, dashboard=found)
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
    found = answer(tile, user=request.user, window=period.window)
    base = {
        "id": tile.id,
        "kind": tile.kind.value,
        "wide": tile.wide,
        "high": tile.high,
        "plot_name": f"tile-{tile.id}",
        "title": found.title,
        "beside": found.beside,
    }
    if found.hidden:
        return base | {"hidden": True}
    if tile.kind is Kind.HEAT:
        url = reverse("web:procedure_mined", args=[tile.procedure])
        return base | {"url": url, "picture": SafeString(found.picture)}
    given = {**period.given, **tile.where}
    return base | {"url": _figure_url(_key(found), given)} | _SHOWN[tile.kind](found, tile, given)


def _key(found: Answer) -> str:
    return "lead-to-customer" if found.asked is None else found.asked.kpi.key


def _figure_url(key: str, given: Mapping[str, str]) -> str:
    return f"{reverse('web:kpi', args=[key])}?{address(dict(given))}"


def _number(found: Answer, _tile: Tile, _given: Mapping[str, str]) -> dict[str, Any]:
    return {"value": found.value, "of": found.of, "change": found.change, "tone": found.tone}


def _plotted(kind: str, found: Answer, urls: Sequence[str]) -> dict[str, Any]:
    plot = {
        "kind": kind,
        "name": found.title,
        "labels": [part.label for part in found.parts],
        "values": [part.number for part in found.parts],
        "shown": [f"{part.value}, {part.young}" if part.young else part.value for part in found.parts],
        "young": [bool(part.young) for part in found.parts],
        "urls": list(urls),
        "share": found.asked is not None and found.asked.kpi.unit is Unit.SHARE,
        "band": None,
    }
    rows = [
        {"label": part.label, "value": part.value, "young": part.young, "url": url}
        for part, url in zip(found.parts, urls, strict=True)
    ]
    return {"plot": plot, "rows": rows, "has_young": any(part.young for part in found.parts)}


def _trend(found: Answer, tile: Tile, _given: Mapping[str, str]) -> dict[str, Any]:
    days = [part.days for part in found.parts if part.days is not None]
    return _plotted(
        "line",
        found,
        [
            _figure_url(_key(found), {"since": first.isoformat(), "until": last.isoformat(), **tile.where})
            for first, last in days
        ],
    )


def _bars(found: Answer, tile: Tile, given: Mapping[str, str]) -> dict[str, Any]:
    urls = [_figure_url(_key(found), {**given, tile.by: part.word}) for part in found.parts]
    return _plotted("bar", found, urls)


def _table(found: Answer, _tile: Tile, _given: Mapping[str, str]) -> dict[str, Any]:
    if found.asked is None:
        return {}
    spec = found.asked.spec
    return {
        "records": [{"title": row.title, "url": url_of(spec, row.id), "counted": row.counted} for row in found.records]
    }


def _funnel(found: Answer, _tile: Tile, given: Mapping[str, str]) -> dict[str, Any]:
    return _plotted("funnel", found, [_figure_url(_key(found), given)] * len(found.parts))


_SHOWN: Mapping[Kind, Callable[[Answer, Tile, Mapping[str, str]], dict[str, Any]]] = {
    Kind.NUMBER: _number,
    Kind.TREND: _trend,
    Kind.BARS: _bars,
    Kind.TABLE: _table,
    Kind.FUNNEL: _funnel,
}
