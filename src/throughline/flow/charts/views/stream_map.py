"""
The value stream map (Rother and Shook 1998; Martin and Osterling 2013) of a main path with its figures.

From left to right: who asks, the steps with their data boxes and what waits between them, who gets; below, the ladder
of waiting and working time, and the figures of the whole. A future state is another map with planned steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from throughline.flow.charts.views.figure import Ending, Figure, Line, Point, Shape, ShapeKind
from throughline.flow.charts.views.sizes import size_of

GAP: Final = 96.0
TOP: Final = 150.0
LADDER: Final = 60.0


@dataclass(frozen=True, slots=True)
class Station:
    """
    One step: how long cases wait before it and are worked on in it (seconds; None when unknown), how many wait now,
    how many people do it, the share that is right the first time, and what it is worth (``yes``, ``necessary``,
    ``waste`` or empty).
    """

    key: str
    name: str
    waits: float | None = None
    works: float | None = None
    queue: float | None = None
    people: int | None = None
    right: float | None = None
    worth: str = ""
    planned: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """Figures of the whole: lead time and working time of a case in seconds, None when unknown."""

    lead: float | None
    works: float | None

    @property
    def efficiency(self) -> float | None:
        """Working time per lead time."""
        return self.works / self.lead if self.works is not None and self.lead else None


_WORTH: Final = {"yes": ("good", "adds value"), "necessary": ("", "necessary"), "waste": ("late", "waste")}


def stream_map(
    stations: Sequence[Station],
    whole: Whole,
    *,
    title: str,
    said: Callable[[float], str] | None = None,
    supplier: str = "Customer",
    customer: str = "Customer",
) -> Figure:
    """Return the map. ``said`` writes a number of seconds in words."""
    said = said or duration
    shapes: list[Shape] = []
    lines: list[Line] = []
    x = 0.0
    steps: list[Shape] = []
    for station in stations:
        queue = Shape(id=f"queue:{station.key}", kind=ShapeKind.QUEUE, name="", rows=_waiting(station, said))
        queue = _at(queue, x, TOP + 10)
        step = _at(_step(station, said), x + queue.width + 22, TOP)
        shapes += [queue, step]
        if steps:
            lines.append(_across(steps[-1], step))
        steps.append(step)
        x = step.x + step.width + GAP - queue.width
    low = max((step.y + step.height for step in steps), default=TOP)
    right = max((step.x + step.width for step in steps), default=0.0)
    first = _at(Shape(id="supplier", kind=ShapeKind.HOUSE, name=supplier), 0.0, 0.0)
    last = Shape(id="customer", kind=ShapeKind.HOUSE, name=customer)
    last = _at(last, max(right - size_of(last)[0], first.width + GAP), 0.0)
    if steps:
        lines.append(Line(source=first.id, target=steps[0].id, points=_down(first, steps[0]), text="asks"))
        lines.append(Line(source=steps[-1].id, target=last.id, points=_up(steps[-1], last), text="gets"))
    ladder, notes = _ladder(stations, steps, low + 40, said)
    notes += _summary(whole, right, low + 40 + LADDER + 26, said)
    told = f"{len(steps)} steps; " + (_told(whole, said) or "no times are known.")
    return Figure(title, told, (first, *shapes, last), (*lines, *ladder), tuple(notes))


def _at(shape: Shape, x: float, y: float) -> Shape:
    width, height = size_of(shape)
    return replace(shape, x=x, y=y, width=width, height=height)


def _step(station: Station, said: Callable[[float], str]) -> Shape:
    tone, worth = _WORTH.get(station.worth, ("", ""))
    rows = [
        f"worked on: {said(station.works)}" if station.works is not None else "",
        f"people: {station.people}" if station.people is not None else "",
        f"right first time: {station.right:.0%}" if station.right is not None else "",
        worth,
    ]
    return Shape(
        id=f"step:{station.key}", kind=ShapeKind.STATION, name=station.name, ref=f"step:{station.key}", tone=tone,
        rows=tuple(row for row in rows if row), planned=station.planned,
    )  # fmt: skip


def _waiting(station: Station, said: Callable[[float], str]) -> tuple[str, ...]:
    rows = [
        f"{station.queue:,.0f} wait" if station.queue is not None else "",
        said(station.waits) if station.waits is not None else "",
    ]
    return tuple(row for row in rows if row)


def _across(one: Shape, other: Shape) -> Line:
    y = TOP + 18.0
    points = ((one.x + one.width, y), (other.x, y))
    return Line(source=one.id, target=other.id, dashed=True, points=points)


def _down(house: Shape, step: Shape) -> tuple[Point, ...]:
    x = house.middle[0]
    return ((x, house.y + house.height), (x, TOP - 24), (step.middle[0], TOP - 24), (step.middle[0], step.y))


def _up(step: Shape, house: Shape) -> tuple[Point, ...]:
    x = house.middle[0]
    return ((step.middle[0], step.y), (step.middle[0], TOP - 24), (x, TOP - 24), (x, house.y + house.height))


def _ladder(
    stations: Sequence[Station], steps: Sequence[Shape], y: float, said: Callable[[float], str]
) -> tuple[list[Line], list[tuple[float, float, str]]]:
    """Return the ladder as one line up and down, with waiting above and working below."""
    if not steps:
        return [], []
    points: list[Point] = []
    notes: list[tuple[float, float, str]] = []
    left = 0.0
    for station, step in zip(stations, steps, strict=True):
        points += [(left, y), (step.x, y), (step.x, y + 22), (step.x + step.width, y + 22)]
        if station.waits is not None:
            notes.append((left + 4, y - 18, said(station.waits)))
        if station.works is not None:
            notes.append((step.x + 6, y + 26, said(station.works)))
        left = step.x + step.width
    points.append((left, y))
    line = Line(source=steps[0].id, target=steps[-1].id, ends=Ending.NONE, points=tuple(points))
    return [line], notes


def _summary(whole: Whole, right: float, y: float, said: Callable[[float], str]) -> list[tuple[float, float, str]]:
    told = _told(whole, said)
    return [(max(right - 420, 0.0), y, told)] if told else []


def _told(whole: Whole, said: Callable[[float], str]) -> str:
    parts = [
        f"lead time {said(whole.lead)}" if whole.lead is not None else "",
        f"working time {said(whole.works)}" if whole.works is not None else "",
        f"efficiency {whole.efficiency:.1%}" if whole.efficiency is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def duration(seconds: float) -> str:
    """Return a duration in the largest unit that leaves a number of at least 1."""
    for unit, size in (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
