"""
The future state of a value stream, out of what somebody planned in its chart.

Planned is in words, as in every chart: a *step* with its working time, *what waits* under the name of its step with the
time before it ("10 min", "1 d 4 h", "PT2H"). A name that is there already is an estimate for that step; 0 for both
times says that it goes. A name that is not there is a new step, which stands behind the one that a planned line leads
from, before the one that it leads to, or else at the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from throughline.flow.charts.views.figure import MARK, Figure, ShapeKind
from throughline.flow.charts.views.planned import Plan, PlannedLine, PlannedShape
from throughline.flow.charts.views.stream_map import Station, Whole, stream_map

_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 604_800.0}
_PART: Final = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)\b", re.IGNORECASE
)
_NOTHING: Final = frozenset({"0", "none", "nothing"})


def seconds_of(estimate: str) -> float | None:
    """Return the seconds that an estimate in words stands for; None when it tells no duration."""
    text = estimate.strip().casefold()
    if text in _NOTHING:
        return 0.0
    iso = text.replace("t", " ") if text.startswith("p") else text
    spaced = re.sub(r"(?<=[a-z])(?=\d)", " ", iso.removeprefix("p"))
    parts = _PART.findall(spaced)
    return sum(float(number.replace(",", ".")) * _UNITS[unit[0]] for number, unit in parts) if parts else None


def foreseen(stations: Sequence[Station], plan: Plan) -> list[Station]:
    """Return the steps with what is planned: estimates for those that are there, and new ones among them."""
    there = {each.name.casefold().strip(): place for place, each in enumerate(stations)}
    found = list(stations)
    new: list[Station] = []
    for each in plan.shapes:
        seconds, name = seconds_of(each.estimate), each.name.casefold().strip()
        if name in there and seconds is not None and each.kind in (ShapeKind.STATION, ShapeKind.QUEUE):
            found[there[name]] = _with(found[there[name]], each.kind, seconds)
        elif name not in there and each.kind is ShapeKind.STATION:
            new.append(_planned(each, plan))
    keys = {each.id: found[there[name]].key for each in plan.shapes if (name := each.name.casefold().strip()) in there}
    for station in new:
        found.insert(_place(station, found, plan.lines, keys), station)
    return found


def _with(station: Station, kind: ShapeKind, seconds: float) -> Station:
    if kind is ShapeKind.STATION:
        return replace(station, foreseen_works=seconds)
    return replace(station, foreseen_waits=seconds)


def _planned(step: PlannedShape, plan: Plan) -> Station:
    waits = [
        seconds_of(each.estimate)
        for each in plan.shapes
        if each.kind is ShapeKind.QUEUE and each.name.casefold().strip() == step.name.casefold().strip()
    ]
    return Station(
        step.id, step.name, planned=True, foreseen_works=seconds_of(step.estimate),
        foreseen_waits=next(iter(waits), None),
    )  # fmt: skip


def _place(station: Station, among: Sequence[Station], lines: Sequence[PlannedLine], keys: dict[str, str]) -> int:
    places = {each.key: place for place, each in enumerate(among)}

    def at(end: str) -> int | None:
        key = end.removeprefix("step:").removeprefix("queue:")
        return places.get(keys.get(key, key))

    behind = [place for line in lines if line.target == station.key and (place := at(line.source)) is not None]
    before = [place for line in lines if line.source == station.key and (place := at(line.target)) is not None]
    if behind:
        return max(behind) + 1
    return min(before) if before else len(among)


def planned_stream(plan: Plan, *, title: str) -> Figure:
    """Return a plan of steps as a value stream of its own, in the order in which its lines lead."""
    houses = [each.name for each in plan.shapes if each.kind is ShapeKind.HOUSE]
    steps = _in_order([each for each in plan.shapes if each.kind is ShapeKind.STATION], plan.lines)
    stations = [_planned(each, plan) for each in steps]
    words = {(line.source, line.target): f"{line.text} {MARK}".strip() for line in plan.lines}
    texts = [words.get((one.id, other.id), "") for one, other in pairwise(steps)]
    first, last = (houses[0], houses[-1]) if houses else ("Customer", "Customer")
    whole = Whole.of(each.then for each in stations)
    return stream_map(stations, whole, title=title, supplier=first, customer=last, texts=texts)


def _in_order(steps: Sequence[PlannedShape], lines: Sequence[PlannedLine]) -> list[PlannedShape]:
    """The steps as their lines lead from one to the other; where nothing leads, as they were planned."""
    left = {each.id: each for each in steps}
    found: list[PlannedShape] = []
    while left:
        led_to = {line.target for line in lines if line.source in left and line.source != line.target}
        key = next((key for key in left if key not in led_to), next(iter(left)))
        found.append(left.pop(key))
    return found
