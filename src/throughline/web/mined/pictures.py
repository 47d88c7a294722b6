"""The map and the dots of a log as drawings whose parts lead to the cases behind them."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from throughline.flow.mining.dotted import Dots
from throughline.flow.mining.filters import Ending, Following, Having
from throughline.flow.mining.flows import Flow, FlowGraph, flow_graph, simplified
from throughline.flow.mining.map import END, START, Look, draw_map
from throughline.flow.mining.map.layout import Arc
from throughline.web.counts import cases_in_words, times_in_words
from throughline.web.mined.looking import Looked
from throughline.web.simulation.shown import span

HEATS = (0.02, 0.1, 1 / 3)
"""From which share of all time on an arc is warm, warmer and hot."""
RARE = 0.01
"""Of how many cases a start or an end has to be to be drawn as long as not all paths are."""


def the_map(looked: Looked) -> tuple[SafeString, FlowGraph, FlowGraph]:
    """Return the drawing, the graph that it shows, and the whole graph."""
    whole = flow_graph(looked.log, looked.elapsed)
    shown = _shown(looked, whole)
    looks, counts = _arcs(looked, shown)
    activities = {name: _activity(looked, shown, name) for name in shown.activities}
    title = _("Map of what follows what, %(cases)s") % {"cases": cases_in_words(looked.log.cases)}
    return SafeString(draw_map(activities, looks, counts, title=title)), shown, whole


def _shown(looked: Looked, whole: FlowGraph) -> FlowGraph:
    return simplified(whole, activities=looked.address.activities / 100, paths=looked.address.paths / 100)


def looks_of(looked: Looked, whole: FlowGraph) -> dict[Arc, Look]:
    """Return the arcs of the map as they are drawn."""
    return _arcs(looked, _shown(looked, whole))[0]


def _activity(looked: Looked, graph: FlowGraph, name: str) -> Look:
    times, cases = graph.activities[name], graph.in_cases[name]
    figure = f"{cases if looked.address.measure == 'cases' else times:,}"
    title = _("%(step)s: %(times)s in %(cases)s") % {
        "step": name, "times": times_in_words(times), "cases": cases_in_words(cases),
    }  # fmt: skip
    return Look(figure, url=looked.cases_url(Having("activity", (name,))), title=title)


def _arcs(looked: Looked, graph: FlowGraph) -> tuple[dict[Arc, Look], dict[Arc, float]]:
    most = max([flow.count for flow in graph.flows] + [*graph.starts.values(), *graph.ends.values(), 1])
    everything = sum(flow.spans.total for flow in graph.flows)
    looks: dict[Arc, Look] = {}
    counts: dict[Arc, float] = {}
    for flow in graph.flows:
        arc = (flow.source, flow.target)
        counts[arc] = flow.count
        looks[arc] = _arc(looked, flow, (flow.count / most) ** 0.5, everything)
    for words, is_start in ((graph.starts, True), (graph.ends, False)):
        for name, count in _worth_drawing(words, looked):
            arc = (START, name) if is_start else (name, END)
            counts[arc] = count
            looks[arc] = _border(looked, name, count, (count / most) ** 0.5, is_start=is_start)
    return looks, counts


def _worth_drawing(words: Mapping[str, int], looked: Looked) -> list[tuple[str, int]]:
    least = RARE * looked.log.cases if looked.address.paths < 100 else 0
    return [(name, count) for place, (name, count) in enumerate(words.items()) if count >= least or place == 0]


def _arc(looked: Looked, flow: Flow, weight: float, everything: float) -> Look:
    spans = flow.spans
    share = spans.total / everything if everything else 0.0
    is_time = looked.address.measure in ("mean", "median", "total")
    figure = {
        "frequency": f"{flow.count:,}",
        "cases": f"{flow.cases:,}",
        "mean": _short(spans.mean),
        "median": _short(spans.median),
        "total": _short(spans.total),
    }[looked.address.measure]
    title = _("%(first)s, then %(second)s: %(times)s in %(cases)s, half within %(median)s") % {
        "first": flow.source, "second": flow.target, "times": times_in_words(flow.count),
        "cases": cases_in_words(flow.cases), "median": _short(spans.median),
    }  # fmt: skip
    heat = sum(share >= bound for bound in HEATS) if is_time else 0
    return Look(figure, weight, heat, looked.cases_url(Following(flow.source, flow.target)), title)


def _border(looked: Looked, name: str, count: int, weight: float, *, is_start: bool) -> Look:
    sentence = (
        ngettext("%(n)s case starts with %(step)s", "%(n)s cases start with %(step)s", count)
        if is_start
        else (ngettext("%(n)s case ends with %(step)s", "%(n)s cases end with %(step)s", count))
    )
    chosen = Ending(starts=(name,)) if is_start else Ending(ends=(name,))
    title = sentence % {"n": f"{count:,}", "step": name}
    figure = f"{count:,}" if looked.address.measure in ("frequency", "cases") else ""
    return Look(figure, weight, 0, looked.cases_url(chosen), title)


def _short(seconds: float | None) -> str:
    return "–" if seconds is None else span(seconds)


# --- dots -------------------------------------------------------------------------------------------------------------
COLOURS = ("#3f6fd1", "#c96a14", "#2a8f5b", "#a94fc0", "#c4423f", "#22889c", "#8a7a12", "#6f63d9")
OTHERS = "#7d8594"
WIDTH, LEFT, TOP, ROW_LEAST, TALLEST = 1000.0, 8.0, 8.0, 3.0, 900.0


def colours_of(dots: Dots, counts: Mapping[str, int]) -> dict[str, str]:
    """Return the colour of each activity: the most frequent ones have their own."""
    names = [name for name in counts if name in dots.words]
    return {name: COLOURS[place] if place < len(COLOURS) else OTHERS for place, name in enumerate(names)}


def the_dots(dots: Dots, colours: Mapping[str, str], *, title: str) -> SafeString:
    """Return the dotted chart: a row per case, a dot per event; dots of one colour are one path."""
    if not dots.rows:
        return SafeString("")
    rows = len(dots.cases)
    height = min(max(rows * ROW_LEAST, 120.0), TALLEST)
    first, last = min(dots.seconds), max(dots.seconds)
    wide = (WIDTH - 2 * LEFT) / ((last - first) or 1.0)
    high = (height - 2 * TOP) / max(rows - 1, 1)
    paths: dict[str, list[str]] = {}
    for row, seconds, activity in zip(dots.rows, dots.seconds, dots.activities, strict=True):
        colour = colours.get(dots.words[activity], OTHERS)
        paths.setdefault(colour, []).append(f"M{LEFT + (seconds - first) * wide:.1f} {TOP + row * high:.1f}h0")
    size = max(2.0, min(6.0, high * 1.2))
    drawn = "".join(
        f'<path d="{"".join(parts)}" stroke="{colour}" stroke-width="{size:.1f}" stroke-linecap="round" fill="none"/>'
        for colour, parts in paths.items()
    )
    return SafeString(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="dot-chart" viewBox="0 0 {WIDTH:g} {height:g}" role="img"'
        f' aria-label="{escape(title)}">{drawn}</svg>'
    )
