"""
What ``throughline mine`` says about a log, as one plain document with stable names.

Times are UTC, spans are seconds, percentiles are interpolated linearly, events are in the order of case, time and
position in the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from throughline.flow.mining.flows import Elapsed, Flow, calendar_time, flow_graph
from throughline.flow.mining.lifecycle import working_times
from throughline.flow.mining.log import EventLog, instant
from throughline.flow.mining.spans import Spans, summed
from throughline.flow.mining.statistics import case_durations, handovers, rework
from throughline.flow.mining.variants import Variants, variants


def summary(log: EventLog, elapsed: Elapsed = calendar_time) -> dict[str, Any]:
    """Return the figures of a log; ``elapsed`` is the clock for all spans."""
    graph = flow_graph(log, elapsed)
    ways = variants(log)
    again = rework(log)
    return {
        "cases": log.cases,
        "events": log.events,
        "activities": graph.activities,
        "resources": len(log.columns["resource"].used()) if "resource" in log.columns else 0,
        "variants": len(ways),
        "variant_list": variant_list(ways),
        "case_duration_s": _spans(case_durations(log, elapsed)),
        "events_per_case": _per_case(log),
        "flows": [_flow(flow) for flow in graph.flows],
        "starts": graph.starts,
        "ends": graph.ends,
        "rework_cases": again.cases,
        "rework_events": again.events,
        "handovers": handovers(log),
        "first": _time(log.at.min() if log.events else None),
        "last": _time(log.at.max() if log.events else None),
        **_working(log, elapsed),
        "warnings": list(log.warnings),
    }


def variant_list(ways: Variants) -> list[dict[str, Any]]:
    """Return the variants, the most frequent first."""
    return [
        {"activities": list(activities), "count": count}
        for activities, count in zip(ways.activities, ways.counts, strict=True)
    ]


def _flow(flow: Flow) -> dict[str, Any]:
    return {
        "from": flow.source,
        "to": flow.target,
        "count": flow.count,
        "cases": flow.cases,
        "mean_s": flow.spans.mean,
        "median_s": flow.spans.median,
        "p95_s": flow.spans.p95,
    }


def _spans(spans: Spans) -> Mapping[str, float | None]:
    return {
        "mean": spans.mean,
        "median": spans.median,
        "p90": spans.p90,
        "p95": spans.p95,
        "min": spans.min,
        "max": spans.max,
    }


def _per_case(log: EventLog) -> dict[str, float | int | None]:
    if not log.cases:
        return {"mean": None, "median": None, "min": None, "max": None}
    spans = summed(log.lengths * 1_000_000)
    return {
        "mean": spans.mean,
        "median": spans.median,
        "min": int(log.lengths.min()),
        "max": int(log.lengths.max()),
    }


def _working(log: EventLog, elapsed: Elapsed) -> dict[str, Any]:
    """Waiting and working time per activity, where the log tells when work began."""
    times = working_times(log, elapsed)
    if not times:
        return {}
    return {
        "working_time": {
            each.activity: {
                "count": each.working.count,
                "waiting_s": _spans(each.waiting),
                "working_s": _spans(each.working),
            }
            for each in times
        }
    }


def _time(at: Any) -> str | None:
    return None if at is None else instant(int(at)).isoformat()
