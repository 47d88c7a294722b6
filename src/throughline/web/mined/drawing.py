"""The drawing of a procedure with what happened on it: how often each way was taken, heat by the time spent."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from throughline.core.procedures import charts
from throughline.core.procedures.queries import overview
from throughline.core.refusals import NotFound
from throughline.flow import bpmn
from throughline.flow.bpmn.render import Mark, render_svg
from throughline.flow.mining.filters import Having
from throughline.insight.mined import Used, used
from throughline.web.answers import Asked
from throughline.web.mined import replays
from throughline.web.mined.figures import words_of
from throughline.web.mined.looking import Looked
from throughline.web.mined.pictures import HEATS
from throughline.web.mined.views import about
from throughline.web.simulation.shown import share, span


@about("drawing")
def show_drawing(request: Asked, looked: Looked) -> HttpResponse:
    """Show what the cases did on the drawing that they ran on, and let them travel over it again."""
    source = looked.source
    if source.version_id is None:
        raise NotFound(_("An imported log has no drawing of its own. Discover one, or compare it with one."))
    cases = [int(name) for name in looked.log.names] if looked.address.filters else None
    happened = used(procedure=source.key, user=request.user, version=source.version, cases=cases)
    running = charts.running(source.version_id)
    context = looked.context | {
        "picture": _picture(overview.drawing(version_id=source.version_id), happened, source.name),
        "steps": _steps(looked, running, happened),
        "replay": replays.props(looked, "chart"),
    }
    return render(request, "mined/drawing.html", context)


def _picture(drawing: bytes, happened: Used, name: str) -> SafeString:
    total = sum(node.total_seconds for node in happened.nodes)
    marks = {
        node.node: Mark(
            count=node.visits,
            heat=_heat(node.total_seconds / total if total else 0.0),
            note=_note(node.mean_seconds),
        )
        for node in happened.nodes
        if node.visits
    }
    marks |= {arrow.flow: Mark(count=arrow.count) for arrow in happened.arrows}
    title = _("%(name)s: how often each way was taken, heat by the time spent there") % {"name": name}
    return SafeString(render_svg(bpmn.read(drawing), marks, id_prefix="mined-", title=title))


def _note(mean: float | None) -> str:
    return _("%(time)s on average") % {"time": span(mean)} if mean is not None and mean >= 1 else ""


def _heat(part: float) -> int:
    return sum(part >= bound for bound in HEATS)


def _steps(looked: Looked, running: charts.Running, happened: Used) -> list[dict[str, Any]]:
    total = sum(node.total_seconds for node in happened.nodes)
    names = {node.id: node.name for node in running.chart.nodes}
    return [
        {
            "label": running.label(node.node),
            "url": looked.cases_url(Having("activity", (names[node.node],))) if names.get(node.node) else "",
            "visits": f"{node.visits:,}",
            "mean": words_of(node.mean_seconds),
            "total": span(node.total_seconds),
            "share": share(node.total_seconds / total if total else 0.0),
            "tone": "late" if total and node.total_seconds / total >= 1 / 3 else "",
        }
        for node in happened.nodes
        if node.left
    ]
