"""A result as the pages show it: figures in words, heat on the drawing, differences with how sure they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from throughline.flow import bpmn
from throughline.flow.bpmn.render import Mark, render_svg
from throughline.flow.simulate.comparison import Difference
from throughline.insight.simulation.models import Experiment
from throughline.insight.simulation.queries import SideBySide
from throughline.web.counts import times_in_words
from throughline.web.parts import Tone

HEAT = 3
"""The hottest mark of a drawing."""


def span(seconds: float) -> str:
    """Write a duration by its two largest units."""
    if abs(seconds) < 1:
        return _("%(n)d s") % {"n": round(seconds)}
    sign = "−" if seconds < 0 else ""
    left = timedelta(seconds=round(abs(seconds)))
    hours, rest = divmod(left.seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [
        (left.days, _("%(n)d d")),
        (hours, _("%(n)d h")),
        (minutes, _("%(n)d min")),
        (rest, _("%(n)d s")),
    ]
    first = next(place for place, (number, _text) in enumerate(parts) if number)
    shown = [text % {"n": number} for number, text in parts[first : first + 2] if number]
    return sign + " ".join(shown)


def share(value: float) -> str:
    """Write a share in percent."""
    return f"{100 * value:.1f}%"


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """A duration of the whole case."""

    label: str
    mean: str
    interval: str
    median: str
    p90: str
    p95: str


def spreads(report: Mapping[str, Any]) -> list[SpreadRow]:
    """Return how long cases take, wait, are worked on and rest."""
    labels = (
        ("cycle_time", _("From arrival to end")),
        ("waiting_time", _("Waiting for people")),
        ("processing_time", _("Being worked on")),
        ("idle_time", _("Begun, but nobody on duty")),
    )
    return [_spread(label, report[name]) for name, label in labels]


def _spread(label: str, figures: Mapping[str, Any]) -> SpreadRow:
    ends = figures["ci95"]
    return SpreadRow(
        label,
        span(figures["mean"]),
        _interval(ends),
        *(span(figures[name]) for name in ("median", "p90", "p95")),
    )


def _interval(ends: Sequence[float] | None) -> str:
    if ends is None or ends[1] < 0.5:
        return "–"
    return _("%(low)s to %(high)s") % {"low": span(max(0, ends[0])), "high": span(ends[1])}


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of the drawing."""

    name: str
    per_case: str
    waiting: str
    processing: str
    queue: str
    on_time: str
    cost: str
    tone: Tone


def steps(report: Mapping[str, Any]) -> list[StepRow]:
    """Return the steps, those that keep cases waiting longest first."""
    heats = heat(report["steps"])
    cases = max(1.0, report["counted_cases"])
    ordered = sorted(report["steps"].items(), key=lambda item: -_burden(item[1]))
    return [
        StepRow(
            name=step["name"],
            per_case=f"{step['executions'] / cases:.2f}",
            waiting=span(step["waiting"]["mean"]),
            processing=span(step["processing"]["mean"]),
            queue=f"{step['queue_mean']:.1f}",
            on_time="–" if step["on_time"] is None else share(step["on_time"]),
            cost=f"{step['cost'] / cases:.2f}",
            tone="late" if heats[node] == HEAT else "wait" if heats[node] == HEAT - 1 else "",
        )
        for node, step in ordered
    ]


def _burden(step: Mapping[str, Any]) -> float:
    """Return the waiting that a step causes in all."""
    waited: float = step["waiting"]["mean"] * (step["executions"] + step["withdrawn"])
    return waited


def heat(steps_of: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Return how hot each step is, by its part of all waiting: a third or more is hottest."""
    total = sum(map(_burden, steps_of.values()))
    found = {}
    for node, step in steps_of.items():
        part = _burden(step) / total if total > 1 else 0.0
        found[node] = 3 if part >= 1 / 3 else 2 if part >= 0.1 else 1 if part >= 0.02 else 0
    return found


def drawing(experiment: Experiment) -> SafeString:
    """Draw what was simulated with heat, waiting times, and how many cases took each flow."""
    definitions = bpmn.read(bytes(experiment.drawing))
    report = experiment.result["report"]
    heats = heat(report["steps"])
    marks = {
        node: Mark(heat=heats[node], note=_note(step)) for node, step in report["steps"].items() if step["executions"]
    }
    flows = {each.id for process in definitions.processes for each in process.flows}
    for name, times in report["visits"].items():
        if name in flows and times * 100 >= 1:
            marks[name] = Mark(count=round(times * 100))
    title = _("%(name)s: heat by waiting; on the lines, cases of 100") % {"name": experiment.name}
    return SafeString(render_svg(definitions, marks, id_prefix=f"simulation-{experiment.pk}-", title=title))


def _note(step: Mapping[str, Any]) -> str:
    waited = step["waiting"]["mean"]
    return _("waits %(time)s") % {"time": span(waited)} if waited >= 1 else ""


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A named share, with what stands beside it."""

    name: str
    share: str
    beside: str = ""
    tone: Tone = ""


def resources(report: Mapping[str, Any]) -> list[ShareRow]:
    """Return how much of the people's time is used; from nine tenths on a queue grows fast."""
    return [
        ShareRow(
            name,
            share(each["utilisation"]),
            f"{each['cost']:,.2f}",
            "late" if each["utilisation"] >= 0.95 else "wait" if each["utilisation"] >= 0.85 else "good",
        )
        for name, each in report["resources"].items()
    ]


@dataclass(frozen=True, slots=True)
class EndRow:
    """How cases end: at which end, which share of them, and how long they took there; dashes where nobody counted."""

    name: str
    share: str
    mean: str
    interval: str
    median: str
    p90: str


def outcomes(experiment: Experiment) -> list[EndRow]:
    """Return how cases end, the most frequent end first."""
    names, report = _end_names(experiment), experiment.result["report"]
    times = report.get("outcome_times", {})  # what was simulated before has none
    return [
        EndRow(names.get(end, end), share(part), *_took(times.get(end)))
        for end, part in sorted(report["outcomes"].items(), key=lambda item: -item[1])
    ]


def _took(figures: Mapping[str, Any] | None) -> tuple[str, str, str, str]:
    if figures is None:
        return "–", "–", "–", "–"
    return span(figures["mean"]), _interval(figures["ci95"]), span(figures["median"]), span(figures["p90"])


def _end_names(experiment: Experiment) -> dict[str, str]:
    """Return what people call the ends of a chart, by id."""
    processes = bpmn.read(bytes(experiment.drawing)).processes
    names = {element.id: element.name or element.id for process in processes for element, _in in process.walk()}
    return names | {"unfinished": _("Not ended")}


# --- over time --------------------------------------------------------------------------------------------------------
CURVES_OF_STEPS = 6
"""Of so many steps, those with the longest queues, the queue is drawn."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A figure over time: its title, the key of its element, what the plot is told, and the same as rows."""

    title: str
    key: str
    plot: Mapping[str, Any]
    rows: Sequence[tuple[str, str]]


def over_time(experiment: Experiment) -> list[Curve]:
    """Return cases under way, queues, people at work, and what is spent, from the first case of the first run on."""
    series = experiment.result["series"]
    if series is None:
        return []
    names = {node: step["name"] for node, step in experiment.result["report"]["steps"].items()}
    queues = sorted(series["queues"].items(), key=lambda each: (-max(each[1], default=0.0), each[0]))
    told = [(_("Cases under way"), series["in_progress"])]
    told += [
        (_("Queue: %(step)s") % {"step": names.get(node, node)}, numbers)
        for node, numbers in queues[:CURVES_OF_STEPS]
        if max(numbers, default=0.0) > 0
    ]
    told += [(_("At work: %(who)s") % {"who": name}, numbers) for name, numbers in series["busy"].items()]
    costs = series.get("cost", ())  # what was simulated before has none
    if any(costs):
        told.append((_("Spent in each %(time)s") % {"time": span(series["step_s"])}, costs))
    return [
        _curve(title, f"over-time-{place}", numbers, series["step_s"]) for place, (title, numbers) in enumerate(told)
    ]


def _curve(title: str, key: str, numbers: Sequence[float], step: float) -> Curve:
    labels = [span(step * (place + 0.5)) for place in range(len(numbers))]
    words = [f"{number:,.1f}" for number in numbers]
    plot = {
        "kind": "line", "name": title, "labels": labels, "values": list(numbers), "shown": words, "urls": [],
        "share": False, "band": None,
    }  # fmt: skip
    return Curve(title, key, plot, list(zip(labels, words, strict=True)))


# --- side by side -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ChangeCell:
    """What a figure becomes, by how much it differs, and whether that is more than chance."""

    value: str
    change: str
    tone: Tone
    certain: bool


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One figure of several experiments."""

    label: str
    base: str
    cells: tuple[ChangeCell, ...]


FIGURES = (
    ("cycle_time.mean", "time", -1),
    ("cycle_time.p95", "time", -1),
    ("waiting_time.mean", "time", -1),
    ("cost_per_case", "money", -1),
    ("throughput_per_hour", "number", 1),
    ("in_progress_mean", "number", -1),
)
"""What is compared first: name, kind, and which direction is good."""


def changes(found: SideBySide) -> list[ChangeRow]:
    """Return the figures that are compared, each with its change in every other experiment."""
    labels = {
        "cycle_time.mean": _("From arrival to end, mean"),
        "cycle_time.p95": _("From arrival to end, 95th percentile"),
        "waiting_time.mean": _("Waiting for people, mean"),
        "cost_per_case": _("Cost per case"),
        "throughput_per_hour": _("Cases ended per hour"),
        "in_progress_mean": _("Cases under way, mean"),
    }
    wanted = [(name, labels[name], kind, good) for name, kind, good in FIGURES]
    report = found.base.result["report"]
    for node, step in report["steps"].items():
        wanted.append((f"steps.{node}.waiting.mean", _("Waiting at “%(step)s”") % {"step": step["name"]}, "time", -1))
    for name in report["resources"]:
        wanted.append((f"resources.{name}.utilisation", _("Use of %(name)s") % {"name": name}, "share", 0))
    names = _end_names(found.base)
    for end in report["outcomes"]:
        wanted.append((f"outcomes.{end}", _("Ends at “%(end)s”") % {"end": names.get(end, end)}, "share", 0))
    rows = (_change(found, name, label, kind, good) for name, label, kind, good in wanted)
    return [row for row in rows if row is not None]


def _change(found: SideBySide, name: str, label: str, kind: str, good: int) -> ChangeRow | None:
    each = [found.differences[other.pk].get(name) for other in found.others]
    if any(one is None for one in each):
        return None
    shown = [one for one in each if one is not None]
    return ChangeRow(label, _WORDS[kind](shown[0].base), tuple(_cell(one, kind, good) for one in shown))


def _cell(change: Difference, kind: str, good: int) -> ChangeCell:
    words = _WORDS[kind]
    if change.ci95 is not None and max(map(abs, change.ci95)) < 1e-9:
        return ChangeCell(words(change.other), _("the same"), "", True)
    sign = "+" if change.difference > 0 else ""
    text = f"{sign}{words(change.difference)}"
    if change.ci95 is not None:
        text = _("%(change)s (%(low)s to %(high)s)") % {
            "change": text,
            "low": words(change.ci95[0]),
            "high": words(change.ci95[1]),
        }
    better = change.difference * good > 0
    tone: Tone = "" if not change.certain or not good else "good" if better else "late"
    return ChangeCell(words(change.other), text, tone, change.certain)


_WORDS: Mapping[str, Any] = {
    "time": span,
    "money": lambda value: f"{value:,.2f}",
    "number": lambda value: f"{value:,.2f}",
    "share": share,
}


def evidence(fits: Iterable[tuple[str, Any]]) -> Sequence[ShareRow]:
    """Return the fits behind figures from history: what, how many, which curve, how far it lies from what was seen."""
    return [
        ShareRow(
            name,
            _("%(shape)s, %(mean)s on average") % {
                "shape": each.distribution.describe()["distribution"],
                "mean": span(each.mean),
            },
            _("%(times)s, distance %(distance).3f") % {"times": times_in_words(each.count), "distance": each.distance},
            "good" if each.good else "wait",
        )
        for name, each in fits
    ]  # fmt: skip
