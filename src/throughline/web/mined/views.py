"""The pages about a log, of a procedure or imported: map, statistics, ways, cases, dots. All of the filtered cases."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, cast

import numpy as np
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from throughline.core.records import registry
from throughline.core.records.titles import record_titles
from throughline.core.refusals import NotFound
from throughline.flow.mining.dotted import dotted
from throughline.flow.mining.filters import Containing, Going, filtered
from throughline.flow.mining.log import EventLog, instant
from throughline.flow.mining.statistics import case_spans
from throughline.flow.mining.variants import digest, variants
from throughline.insight.mined.sources import records_of
from throughline.web.answers import Asked, signed_in
from throughline.web.counts import cases_in_words
from throughline.web.mined import figures, pictures, replays
from throughline.web.mined.address import MEASURES
from throughline.web.mined.looking import Looked, look
from throughline.web.parts import Choice
from throughline.web.records.present import url_of
from throughline.web.simulation.shown import share, span

PAGE, WAYS_SHOWN, EVENTS_SHOWN = 50, 100, 500
DOTS_AT_MOST = 8_000

Page = Callable[..., HttpResponse]


def about(way: str) -> Callable[[Page], Page]:
    """Make a view of a page about a source; a procedure that never ran gets its own sentence."""

    def made(page: Page) -> Page:
        @signed_in
        @wraps(page)
        def view(request: Asked, /, kind: str, key: str, **more: str) -> HttpResponse:
            looked = look(request, kind, str(key), way)
            if isinstance(looked, HttpResponse):
                return looked
            if looked.frame.get("never_ran"):
                return render(request, "mined/never_ran.html", looked.frame)
            return page(request, looked, **more)

        return view

    return made


# --- map --------------------------------------------------------------------------------------------------------------
@about("map")
def show_map(request: Asked, looked: Looked) -> HttpResponse:
    """Show which steps follow which, with figures."""
    picture, shown, whole = pictures.the_map(looked)
    words = {
        "frequency": _("how often"),
        "cases": _("in how many cases"),
        "mean": _("mean time between"),
        "median": _("median time between"),
        "total": _("time, all together"),
    }
    context = looked.context | {
        "picture": picture,
        "replay": replays.props(looked, "map"),
        "figures": figures.headline(looked),
        "measures": [Choice(each, words[each], chosen=each == looked.address.measure) for each in MEASURES],
        "shown": _("%(a)d of %(b)d steps, %(c)d of %(d)d paths")
        % {"a": len(shown.activities), "b": len(whole.activities), "c": len(shown.flows), "d": len(whole.flows)},
        "flows": [
            {
                "first": flow.source,
                "second": flow.target,
                "count": f"{flow.count:,}",
                "cases": f"{flow.cases:,}",
                "mean": figures.words_of(flow.spans.mean),
                "median": figures.words_of(flow.spans.median),
            }
            for flow in shown.flows
        ],
    }
    return render(request, "mined/map.html", context)


# --- statistics -------------------------------------------------------------------------------------------------------
@about("statistics")
def show_statistics(request: Asked, looked: Looked) -> HttpResponse:
    """Show figures by step, path, person and duration."""
    context = looked.context | {
        "figures": [*figures.headline(looked), figures.rework_line(looked)],
        "knows_working": figures.knows_working(looked.log),
        "activities": figures.activities(looked),
        "paths": figures.slowest_paths(looked),
        "people": figures.people(looked),
        "handovers": figures.handovers(looked),
        "batches": figures.batches(looked),
        "durations": figures.durations(looked),
    }
    return render(request, "mined/statistics.html", context)


# --- ways -------------------------------------------------------------------------------------------------------------
@about("variants")
def show_variants(request: Asked, looked: Looked) -> HttpResponse:
    """Show the different ways through, the most frequent first."""
    ways, log = variants(looked.log), looked.log
    spans = case_spans(log, looked.elapsed)
    rows, sofar = [], 0
    for place, (way, count) in enumerate(zip(ways.activities[:WAYS_SHOWN], ways.counts, strict=False)):
        sofar += count
        rows.append(
            {
                "number": place + 1,
                "steps": way,
                "count": f"{count:,}",
                "share": share(count / log.cases),
                "sofar": share(sofar / log.cases),
                "median": span(float(np.median(spans[ways.of_case == place])) / 1e6),
                "url": looked.url("variants", looked.address.adding(Going(digests=(digest(way),)))),
                "cases_url": looked.cases_url(Going(digests=(digest(way),))),
            }
        )
    context = looked.context | {
        "rows": rows,
        "summary": ngettext(
            "%(n)s way, which all cases went.",
            "%(n)s ways; the %(m)s most frequent ones cover 80%% of the cases.",
            len(ways),
        )
        % {"n": f"{len(ways):,}", "m": f"{ways.covering(0.8):,}"},
        "rest": len(ways) - len(rows),
    }
    return render(request, "mined/variants.html", context)


# --- cases ------------------------------------------------------------------------------------------------------------
ORDERS = ("newest", "longest", "events")


@about("cases")
def show_cases(request: Asked, looked: Looked) -> HttpResponse:
    """Show the cases that the filters leave."""
    log = looked.log
    order = request.GET.get("order", "")
    order = order if order in ORDERS else ORDERS[0]
    page = request.GET.get("page", "")
    first = PAGE * (int(page) - 1) if page.isdecimal() and 0 < int(page) < 1_000_000 else 0
    spans = case_spans(log, looked.elapsed)
    keys = {"newest": log.at[log.first], "longest": spans, "events": log.lengths}[order]
    ranked = np.argsort(-keys, kind="stable")[first : first + PAGE].tolist()
    names = [log.names[case] for case in ranked]
    records = records_shown(looked, names)
    rows = [
        {
            "name": name,
            "url": looked.url("case", None, name),
            "record": records.get(name),
            "began_at": instant(int(log.at[log.first[case]])),
            "ended_at": instant(int(log.at[log.last[case]])),
            "took": span(float(spans[case]) / 1e6),
            "events": int(log.lengths[case]),
        }
        for case, name in zip(ranked, names, strict=True)
    ]
    address = looked.url("cases")
    sign = "&" if "?" in address else "?"
    last = first + len(rows)
    context = looked.context | {
        "rows": rows,
        "orders": [Choice(each, label, chosen=each == order) for each, label in _orders()],
        "shown": _("%(a)s to %(b)s of %(n)s") % {"a": f"{first + 1:,}", "b": f"{last:,}", "n": f"{log.cases:,}"},
        "next_url": f"{address}{sign}order={order}&page={first // PAGE + 2}" if last < log.cases else "",
        "order": order,
    }
    return render(request, "mined/cases.html", context)


def _orders() -> tuple[tuple[str, str], ...]:
    return (("newest", _("newest first")), ("longest", _("longest first")), ("events", _("most events first")))


def records_shown(looked: Looked, names: list[str]) -> dict[str, dict[str, str]]:
    """Return the record of each of these cases of a procedure: its title and address."""
    if looked.source.kind != "procedure":
        return {}
    refs = records_of([int(name) for name in names])
    titles = record_titles(list(refs.values()))
    return {
        str(case): {"title": titles.get(ref, ""), "url": url_of(registry.get(ref.type), ref.id)}
        for case, ref in refs.items()
    }


@about("cases")
def show_case(request: Asked, looked: Looked, name: str) -> HttpResponse:
    """Show what happened in one case."""
    log = filtered(looked.source.log, [Containing((name,))])
    if not log.cases:
        raise NotFound(_("There is no such case here, or you may not see it."))
    record = records_shown(looked, [name]).get(name)
    context = looked.context | {
        "case": name,
        "record": record,
        "events": _events(log)[:EVENTS_SHOWN],
        "columns": [column for column in log.columns if column not in ("node", "resource", "lifecycle")],
        "took": span(float(case_spans(log, looked.elapsed)[0]) / 1e6),
        "all_url": looked.url("cases"),
    }
    return render(request, "mined/case.html", context)


def _events(log: EventLog) -> list[dict[str, Any]]:
    people = log.columns["resource"].to_list() if "resource" in log.columns else [None] * log.events
    others = [column.to_list() for name, column in log.columns.items() if name not in ("node", "resource", "lifecycle")]
    after = np.diff(log.at, prepend=log.at[:1])
    return [
        {
            "activity": activity,
            "at": instant(int(log.at[place])),
            "after": span(float(after[place]) / 1e6) if place else "",
            "who": people[place] or "",
            "values": [values[place] or "" for values in others],
        }
        for place, activity in enumerate(log.activity.to_list())
    ]


# --- dots -------------------------------------------------------------------------------------------------------------
@about("dots")
def show_dots(request: Asked, looked: Looked) -> HttpResponse:
    """Show every event as a dot, a row per case."""
    asked = request.GET.get("rows", "")
    order = cast(Literal["start", "duration", "events"], asked if asked in ("duration", "events") else "start")
    is_relative = request.GET.get("from") == "start"
    dots = dotted(looked.log, order=order, relative=is_relative, at_most=DOTS_AT_MOST)
    counts = looked.log.activity.counts()
    colours = pictures.colours_of(dots, counts)
    title = _("%(cases)s, a row each; every event is a dot") % {"cases": cases_in_words(len(dots.cases))}
    begin, end = (min(dots.seconds), max(dots.seconds)) if dots.seconds else (0.0, 0.0)
    context = looked.context | {
        "picture": pictures.the_dots(dots, colours, title=title),
        "legend": [{"name": name, "colour": colour, "count": f"{counts[name]:,}"} for name, colour in colours.items()],
        "begin": span(0) if is_relative else instant(int(begin * 1e6)),
        "end": span(end) if is_relative else instant(int(end * 1e6)),
        "is_relative": is_relative,
        "rows": [Choice(value, label, chosen=value == order) for value, label in _rows()],
        "share": share(dots.share) if dots.share < 1 else "",
    }
    return render(request, "mined/dots.html", context)


def _rows() -> tuple[tuple[str, str], ...]:
    return (("start", _("by start")), ("duration", _("by duration")), ("events", _("by number of events")))
