"""The value stream of a log: per step how long it takes, how long it is worked on, and how often it is right."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from throughline.core.procedures import charts
from throughline.flow.charts.views import drawn
from throughline.flow.mining.filters import Having, Repeating
from throughline.flow.mining.value_stream import StreamStep, ValueStream, Worth
from throughline.insight.charts.streams import stream_of_log, worth_of
from throughline.web.answers import Asked
from throughline.web.mined.figures import slowest_paths, words_of
from throughline.web.mined.looking import Looked
from throughline.web.mined.views import about
from throughline.web.simulation.shown import share, span

WORTH_WORDS = {"yes": "adds value", "necessary": "necessary", "waste": "waste"}


@about("stream")
def show_stream(request: Asked, looked: Looked) -> HttpResponse:
    """Show the value stream and where its time goes."""
    title = _("Value stream: steps with their lead and working times")
    stream, figure = stream_of_log(looked.log, worth=_worth(looked), title=title, said=span, elapsed=looked.elapsed)
    context = looked.context | {
        "figures": _figures(stream),
        "picture": SafeString(drawn(figure)) if stream.steps else "",
        "chart_url": _chart_url(looked),
        "rows": [_row(looked, each) for each in stream.steps],
        "paths": slowest_paths(looked),
        "knows_work": stream.process_seconds is not None,
    }
    return render(request, "mined/stream.html", context)


def _worth(looked: Looked) -> dict[str, Worth]:
    """What the chart says each step is worth, by name."""
    if looked.source.version_id is None:
        return {}
    return worth_of(charts.running(looked.source.version_id).chart.nodes)


def _chart_url(looked: Looked) -> str:
    """The page on which the value stream of a procedure is planned and taken along."""
    if looked.source.version_id is None:
        return ""
    return reverse("web:procedure_charts", args=[looked.source.key]) + "?view=stream"


def _figures(stream: ValueStream) -> list[dict[str, str]]:
    ratio, value = stream.activity_ratio, stream.value_ratio
    rows = [
        (_("Lead time per case"), span(stream.lead_seconds), ""),
        (_("Worked on"), words_of(stream.process_seconds), _("per case")),
        (_("Activity ratio"), "–" if ratio is None else share(ratio), _("of the lead time is work")),
        (_("Value-adding"), "–" if value is None else share(value), _("of the lead time")),
        (_("Right first time"), share(stream.rolled_complete_and_accurate), _("through all steps")),
    ]
    return [{"label": label, "value": value, "url": "", "beside": beside} for label, value, beside in rows]


def _row(looked: Looked, each: StreamStep) -> dict[str, Any]:
    return {
        "name": each.activity,
        "url": looked.cases_url(Having("activity", (each.activity,))),
        "executions": f"{each.executions:,}",
        "per_case": f"{each.per_case:.2f}",
        "lead": words_of(each.lead.mean),
        "lead_median": words_of(each.lead.median),
        "process": words_of(each.process.mean),
        "right": share(each.complete_and_accurate),
        "right_url": looked.cases_url(Repeating(each.activity)) if each.complete_and_accurate < 1 else "",
        "worth": str(_(WORTH_WORDS[each.worth])) if each.worth else "",
    }
