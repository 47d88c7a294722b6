"""The figures of a log in words, each with the address of the cases behind it."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from throughline.flow.mining.batching import batching
from throughline.flow.mining.filters import Following, Having, Lasting, Repeating
from throughline.flow.mining.lifecycle import working_times
from throughline.flow.mining.log import EventLog
from throughline.flow.mining.spans import SECOND
from throughline.flow.mining.statistics import case_durations, case_spans, handover_matrix, rework, workload
from throughline.flow.mining.value_stream import bottlenecks
from throughline.flow.mining.variants import variants
from throughline.web.mined.looking import Looked
from throughline.web.simulation.shown import share, span

MOST = 15
BARS = 24

Row = dict[str, Any]


def words_of(seconds: float | None) -> str:
    """Write a duration, or that there is none."""
    return "–" if seconds is None else span(seconds)


def headline(looked: Looked) -> list[Row]:
    """Return the figures over the map."""
    log = looked.log
    spans = case_durations(log, looked.elapsed)
    slow = looked.cases_url(Lasting(at_least=spans.p95)) if spans.p95 is not None else ""
    return [
        _row(_("Cases"), f"{log.cases:,}", looked.cases_url(), _("of %(n)s") % {"n": f"{looked.source.log.cases:,}"}),
        _row(_("Events"), f"{log.events:,}"),
        _row(_("Half take at most"), words_of(spans.median)),
        _row(_("19 of 20 at most"), words_of(spans.p95), slow),
        _row(_("On average"), words_of(spans.mean)),
    ]


def _row(label: str, value: str, url: str = "", beside: str = "") -> Row:
    return {"label": label, "value": value, "url": url, "beside": beside}


def activities(looked: Looked) -> list[Row]:
    """Return each activity with how often it occurs, how long it waits, is worked on, and is repeated."""
    log = looked.log
    times = {each.activity: each for each in working_times(log, looked.elapsed)}
    again = rework(log).activities
    rows = []
    for name, count in log.activity.counts().items():
        time = times.get(name)
        rows.append(
            {
                "name": name,
                "url": looked.cases_url(Having("activity", (name,))),
                "count": f"{count:,}",
                "share": share(count / log.events),
                "waiting": words_of(time.waiting.mean if time else None),
                "waiting_median": words_of(time.waiting.median if time else None),
                "working": words_of(time.working.mean if time else None),
                "working_median": words_of(time.working.median if time else None),
                "again": f"{again[name]:,}" if name in again else "",
                "again_url": looked.cases_url(Repeating(name)) if name in again else "",
            }
        )
    return rows


def knows_working(log: EventLog) -> bool:
    """Return whether the log tells when work began."""
    return log.started is not None


def slowest_paths(looked: Looked) -> list[Row]:
    """Return the paths on which most time goes by, all cases together."""
    return [
        {
            "first": each.flow.source,
            "second": each.flow.target,
            "url": looked.cases_url(Following(each.flow.source, each.flow.target)),
            "count": f"{each.flow.count:,}",
            "mean": words_of(each.flow.spans.mean),
            "median": words_of(each.flow.spans.median),
            "total": words_of(each.total_seconds),
            "share": share(each.share),
            "tone": "late" if each.share >= 1 / 3 else "",
        }
        for each in bottlenecks(looked.log, looked.elapsed)[:MOST]
    ]


def people(looked: Looked) -> list[Row]:
    """Return what each person did."""
    log = looked.log
    if "resource" not in log.columns:
        return []
    return [
        {
            "name": each.resource or _("no person (automatic, or not told)"),
            "url": looked.cases_url(Having("resource", (each.resource,))),
            "events": f"{each.events:,}",
            "cases": f"{each.cases:,}",
            "share": share(each.events / log.events),
            "mostly": ", ".join(list(each.activities)[:3]),
        }
        for each in workload(log)[:MOST]
    ]


def handovers(looked: Looked) -> list[Row]:
    """Return who hands to whom, without those who go on themselves; what nobody does in between is passed over."""
    if "resource" not in looked.log.columns:
        return []
    found = [each for each in handover_matrix(looked.log) if each.giver != each.taker]
    total = sum(each.count for each in found) or 1
    return [
        {
            "giver": each.giver,
            "taker": each.taker,
            "count": f"{each.count:,}",
            "share": share(each.count / total),
            "url": looked.cases_url(Having("resource", (each.giver,)), Having("resource", (each.taker,))),
        }
        for each in found[:MOST]
    ]


def batches(looked: Looked) -> list[Row]:
    """Return what is done in batches."""
    return [
        {
            "name": each.activity,
            "url": looked.cases_url(Having("activity", (each.activity,))),
            "batches": f"{each.batches:,}",
            "share": share(each.share),
            "size": f"{each.mean_size:.1f}",
        }
        for each in batching(looked.log)
    ]


def rework_line(looked: Looked) -> Row:
    """Return in how many cases something was done again."""
    again = rework(looked.log)
    part = share(again.cases / looked.log.cases) if looked.log.cases else ""
    return _row(_("Cases with rework"), f"{again.cases:,}", looked.cases_url(Repeating()), part)


def durations(looked: Looked) -> list[Row]:
    """Return how many cases took how long, in bands of equal width up to the longest of 19 in 20, and the rest."""
    seconds = case_spans(looked.log, looked.elapsed) / SECOND
    if not len(seconds):
        return []
    top = float(np.percentile(seconds, 95)) or float(seconds.max()) or 1.0
    edges = np.linspace(0.0, top, BARS // 2 + 1)
    counts, _edges = np.histogram(seconds, bins=edges)
    rest = len(seconds) - int(counts.sum())
    most = max(int(counts.max()), rest, 1)
    bands = [(float(low), float(high), int(n)) for low, high, n in zip(edges, edges[1:], counts, strict=False)]
    rows = [
        {
            "label": _("%(low)s to %(high)s") % {"low": span(low), "high": span(high)},
            "count": count,
            "percent": round(100 * count / most),
            "url": looked.cases_url(Lasting(low, high)),
        }
        for low, high, count in bands
    ]
    if rest:
        label = _("more than %(low)s") % {"low": span(top)}
        url = looked.cases_url(Lasting(at_least=top))
        rows.append({"label": label, "count": rest, "percent": round(100 * rest / most), "url": url})
    return rows


def ways_through(log: EventLog) -> int:
    """Return how many different ways there are."""
    return len(variants(log))
