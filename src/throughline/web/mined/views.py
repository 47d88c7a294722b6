"""The page of what was mined. Map, figures, variants and departures are all of the cases that the filter leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core.procedures import charts
from throughline.core.procedures.queries import overview
from throughline.flow import bpmn
from throughline.flow.bpmn.render import Mark, render_svg
from throughline.flow.mining.filters import filtered
from throughline.flow.mining.log import EventLog
from throughline.flow.mining.replay import Replay
from throughline.flow.mining.statistics import case_durations, handovers, rework
from throughline.flow.mining.variants import variants
from throughline.insight.mined import Used, case_log, departures, used
from throughline.web.answers import Asked, parameters, signed_in
from throughline.web.mined.asked import AskedFor, asked_for
from throughline.web.parts import Choice
from throughline.web.procedures.frame import chosen_version, frame
from throughline.web.simulation.shown import share, span

SHOWN = 12
KINDS = {
    "skipped": gettext_lazy("skipped"),
    "moved": gettext_lazy("moved by hand"),
    "unexpected": gettext_lazy("not where the chart leads"),
    "after the end": gettext_lazy("after the end"),
    "late": gettext_lazy("late"),
    "wrong person": gettext_lazy("done by another person"),
    "implausible": gettext_lazy("implausible message"),
}


@signed_in
def show(request: Asked, key: str) -> HttpResponse:
    """Show what happened in the cases of one version, as far as the asker may see them."""
    found = overview.procedure(key=key)
    version = chosen_version(request, found) or found.latest("published") or found.latest("retired")
    context = frame(found, "mined")
    if version is None:
        return render(request, "mined/mined.html", context)
    asked = asked_for(parameters(request.GET))
    everything = case_log(procedure=key, user=request.user, version=version.number)
    log = filtered(everything, asked.filters)
    cases = [int(name) for name in log.names]
    happened = used(procedure=key, user=request.user, version=version.number, cases=cases if asked.filters else None)
    replayed = departures(procedure=key, user=request.user, version=version.number)
    running = charts.running(version.id)
    context |= {
        "asked": asked.values,
        "is_filtered": bool(asked.filters),
        "choices": _choices(everything),
        "clear_url": reverse("web:procedure_mined", args=[key]),
        "version": version.number,
        "figures": _figures(log, everything),
        "picture": _picture(overview.drawing(version_id=version.id), happened, found.name),
        "steps": _steps(running, happened),
        "variants": _variants(log),
        "departures": _departures(running, replayed, set(cases), asked),
    }
    return render(request, "mined/mined.html", context)


def _choices(log: EventLog) -> dict[str, list[Choice]]:
    steps = sorted(log.activity.used())
    ends = sorted(log.activity.at(log.last).used())
    people = sorted(log.columns["resource"].used())
    return {name: [Choice(word, word) for word in words] for name, words in
            (("steps", steps), ("ends", ends), ("people", people))}  # fmt: skip


def _figures(log: EventLog, everything: EventLog) -> list[dict[str, str]]:
    spans, again = case_durations(log), rework(log)
    rows = [
        (_("Cases"), f"{log.cases:,}", _("of %(n)s") % {"n": f"{everything.cases:,}"}),
        (_("Half take at most"), _span(spans.median), _("19 of 20 at most %(t)s") % {"t": _span(spans.p95)}),
        (_("Ways through"), f"{len(variants(log)):,}", ""),
        (_("Cases with rework"), f"{again.cases:,}", share(again.cases / log.cases) if log.cases else ""),
        (_("Hand-overs"), f"{handovers(log):,}", ""),
    ]
    return [{"label": label, "value": value, "beside": beside} for label, value, beside in rows]


def _span(seconds: float | None) -> str:
    return "–" if seconds is None else span(seconds)


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
    return 3 if part >= 1 / 3 else 2 if part >= 0.1 else 1 if part >= 0.02 else 0


def _steps(running: charts.Running, happened: Used) -> list[dict[str, Any]]:
    total = sum(node.total_seconds for node in happened.nodes)
    return [
        {
            "label": running.label(node.node),
            "visits": node.visits,
            "mean": _span(node.mean_seconds),
            "total": span(node.total_seconds),
            "share": share(node.total_seconds / total if total else 0.0),
            "tone": "late" if total and node.total_seconds / total >= 1 / 3 else "",
        }
        for node in happened.nodes
        if node.left
    ]


def _variants(log: EventLog) -> list[dict[str, Any]]:
    ways = variants(log)
    shown = zip(ways.activities[:SHOWN], ways.counts, strict=False)
    return [{"way": " → ".join(way), "count": count, "share": share(count / log.cases)} for way, count in shown]


def _departures(running: charts.Running, found: Replay, cases: set[int], asked: AskedFor) -> dict[str, Any]:
    kept = [each for each in found.departures if not asked.filters or each.case in cases]
    strayed: dict[tuple[str, str], set[int]] = {}
    for each in kept:
        strayed.setdefault((each.node, each.kind), set()).add(each.case)
    rows: Sequence[tuple[tuple[str, str], set[int]]] = sorted(strayed.items(), key=lambda item: -len(item[1]))
    all_cases = len(cases) if asked.filters else found.cases
    conforming = all_cases - len({each.case for each in kept})
    return {
        "summary": _("%(n)d of %(all)d cases kept to the chart.") % {"n": conforming, "all": all_cases},
        "rows": [
            {"label": running.label(node), "kind": KINDS[kind], "cases": len(own)} for (node, kind), own in rows[:SHOWN]
        ],
    }
