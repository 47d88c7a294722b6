"""
The value stream map (Rother and Shook 1998; Martin and Osterling 2013) of a main path with its figures.

From left to right, in as many rows as it takes: who asks, the steps with their data boxes and what waits between them,
who gets; below each row the ladder of waiting (up) and working time (down), and at the end the figures of the whole.
The future state is the same map with estimates in the place of what is: every one of them says that it is planned, and
what it is now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from throughline.flow.bpmn.render.text import width_of
from throughline.flow.charts.views.figure import MARK, Figure, Line, Point, Shape, ShapeKind
from throughline.flow.charts.views.sizes import SMALL, size_of

APART: Final = 16.0
"""Between a step and what waits beside it."""
TOP: Final = 150.0
"""The houses stand above the first row."""
LADDER: Final = 22.0
BELOW: Final = 96.0
"""From the ladder of a row to the next row."""
PER_ROW: Final = 6
ROOM: Final = 40.0


@dataclass(frozen=True, slots=True)
class Station:
    """
    One step: how long cases wait before it and are worked on in it (seconds; None when unknown), how many wait now,
    how many people do it, the share that is right the first time, the share of all cases that come here, and what it is
    worth (``yes``, ``necessary``, ``waste`` or empty). ``foreseen_waits``, ``foreseen_works``: estimates of the future.
    """

    key: str
    name: str
    waits: float | None = None
    works: float | None = None
    queue: float | None = None
    people: int | None = None
    right: float | None = None
    share: float | None = None
    worth: str = ""
    planned: bool = False
    foreseen_waits: float | None = None
    foreseen_works: float | None = None

    @property
    def is_foreseen(self) -> bool:
        """Whether anything of it is an estimate."""
        return self.planned or self.foreseen_waits is not None or self.foreseen_works is not None

    @property
    def then(self) -> Station:
        """The step as it is foreseen, with what is known where nothing is."""
        waits = self.waits if self.foreseen_waits is None else self.foreseen_waits
        works = self.works if self.foreseen_works is None else self.foreseen_works
        return replace(self, waits=waits, works=works, queue=self.queue if self.foreseen_waits is None else None)


@dataclass(frozen=True, slots=True)
class Whole:
    """Figures of the whole: lead time and working time of a case in seconds, None when unknown."""

    lead: float | None
    works: float | None

    @classmethod
    def of(cls, stations: Iterable[Station]) -> Whole:
        """Return the sums of the ladder."""
        steps = list(stations)
        works = [each.works for each in steps if each.works is not None]
        spent = works + [each.waits for each in steps if each.waits is not None]
        return cls(sum(spent) if spent else None, sum(works) if works else None)

    @property
    def efficiency(self) -> float | None:
        """Working time per lead time."""
        return self.works / self.lead if self.works is not None and self.lead else None


_WORTH: Final = {"yes": ("good", "adds value"), "necessary": ("", "necessary"), "waste": ("late", "waste")}
Said = Callable[[float], str]


def stream_map(
    stations: Sequence[Station],
    whole: Whole,
    *,
    title: str,
    said: Said | None = None,
    supplier: str = "Customer",
    customer: str = "Customer",
    texts: Sequence[str] = (),
) -> Figure:
    """
    Return the map of what is. ``said`` writes a number of seconds in words; ``texts`` stand on the arrows between
    steps.
    """
    said = said or duration
    return _map(_Wanted(title, _told(whole, said), said, (supplier, customer), texts), stations)


def future_map(stations: Sequence[Station], *, title: str, said: Said | None = None) -> Figure:
    """Return the map of the future state; what is foreseen to take no time at all is left out."""
    said = said or duration
    left = [each for each in stations if (each.foreseen_waits, each.foreseen_works) != (0, 0)]
    now = Whole.of(each for each in stations if not each.planned)
    then = Whole.of(each.then for each in left)
    told = f"Now: {_told(now, said) or 'no times are known'}. Then {MARK}: {_told(then, said) or 'no times are known'}."
    return _map(_Wanted(title, told, said, is_future=True), left)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a map is to look like, apart from its steps. ``told``: the figures of the whole in words."""

    title: str
    told: str
    said: Said
    houses: tuple[str, str] = ("Customer", "Customer")
    texts: Sequence[str] = ()
    is_future: bool = False


def _map(wanted: _Wanted, stations: Sequence[Station]) -> Figure:
    shapes: list[Shape] = []
    steps: list[Shape] = []
    rails: list[tuple[Point, ...]] = []
    notes: list[tuple[float, float, str]] = []
    top = TOP
    for begin in range(0, len(stations), PER_ROW):
        row = stations[begin : begin + PER_ROW]
        queues, stands = _row(row, top, wanted)
        low = max(shape.y + shape.height for shape in (*queues, *stands)) + ROOM
        drawn = [each.then if wanted.is_future or each.planned else each for each in row]
        rail, words = _ladder(drawn, stands, low, wanted.said)
        shapes += [shape for pair in zip(queues, stands, strict=True) for shape in pair]
        steps += stands
        rails.append(rail)
        notes += words
        top = low + BELOW
    right = max((step.x + step.width for step in steps), default=0.0)
    first = _at(Shape(id="supplier", kind=ShapeKind.HOUSE, name=wanted.houses[0]), 0.0, 0.0)
    last = _at(Shape(id="customer", kind=ShapeKind.HOUSE, name=wanted.houses[1]), max(right, first.width) + 24, 0.0)
    if wanted.told and steps:
        notes.append((0.0, top - BELOW + LADDER + 44, wanted.told))
    lines = [*_ends(first, steps, last), *_pushes(steps, wanted.texts)] if steps else []
    description = f"{len(steps)} steps; {wanted.told or 'no times are known.'}"
    return Figure(wanted.title, description, (first, *shapes, last), tuple(lines), tuple(notes), tuple(rails))


def _row(row: Sequence[Station], top: float, wanted: _Wanted) -> tuple[list[Shape], list[Shape]]:
    """Return what waits and the steps of a row, from left to right."""
    queues: list[Shape] = []
    stands: list[Shape] = []
    x = 0.0
    for station in row:
        planned = station.planned or (wanted.is_future and station.foreseen_waits is not None)
        rows = _waiting(station, wanted.said, is_future=wanted.is_future)
        waits = Shape(id=f"queue:{station.key}", kind=ShapeKind.QUEUE, name=station.name, rows=rows, planned=planned)
        queue = _at(waits, x, top + 10)
        step = _at(_step(station, wanted.said, is_future=wanted.is_future), x + queue.width + APART, top)
        queues.append(queue)
        stands.append(step)
        x = step.x + step.width + APART
    return queues, stands


def _at(shape: Shape, x: float, y: float) -> Shape:
    width, height = size_of(shape)
    return replace(shape, x=x, y=y, width=width, height=height)


def _step(station: Station, said: Said, *, is_future: bool) -> Shape:
    tone, worth = _WORTH.get(station.worth, ("", ""))
    foreseen = station.foreseen_works if is_future or station.planned else None
    rows = [
        _figure("worked on", station.works, foreseen, said),
        f"people: {station.people}" if station.people is not None else "",
        f"right first time: {station.right:.0%}" if station.right is not None else "",
        f"in {station.share:.0%} of cases" if station.share is not None and station.share < 0.995 else "",
        worth,
    ]
    return Shape(
        id=station.key if station.planned else f"step:{station.key}", kind=ShapeKind.STATION,
        name=f"{station.name} {MARK}" if station.planned else station.name, ref=f"step:{station.key}", tone=tone,
        rows=tuple(row for row in rows if row), planned=station.planned or foreseen is not None,
    )  # fmt: skip


def _figure(name: str, now: float | None, then: float | None, said: Said) -> str:
    """Return a figure in words; an estimate says so, and what it is now."""
    if then is None:
        return f"{name}: {said(now)}" if now is not None else ""
    return f"{name}: ≈ {said(then)} " + (f"(planned, now {said(now)})" if now is not None else MARK)


def _waiting(station: Station, said: Said, *, is_future: bool) -> tuple[str, ...]:
    then = station.foreseen_waits if is_future or station.planned else None
    if then is not None:
        return f"≈ {said(then)}", MARK, *([f"now {said(station.waits)}"] if station.waits is not None else [])
    rows = [
        f"{station.queue:,.0f} wait" if station.queue is not None else "",
        said(station.waits) if station.waits is not None else "",
    ]
    return tuple(row for row in rows if row)


# --- lines ------------------------------------------------------------------------------------------------------------
def _ends(first: Shape, steps: Sequence[Shape], last: Shape) -> tuple[Line, Line]:
    """Return how who asks leads to the first step, and the last step to who gets."""
    x, turn = first.middle[0], TOP - 24
    asks = ((x, first.y + first.height), (x, turn), (steps[0].middle[0], turn), (steps[0].middle[0], steps[0].y))
    end, beside = steps[-1], last.middle[0]
    y = end.y + 18.0
    gets = ((end.x + end.width, y), (beside, y), (beside, last.y + last.height))
    return (
        Line(source=first.id, target=steps[0].id, points=asks, text="asks"),
        Line(source=end.id, target=last.id, points=gets, text="gets"),
    )


def _pushes(steps: Sequence[Shape], texts: Sequence[str]) -> list[Line]:
    """Return the broken arrows from step to step, those to the next row around its beginning."""
    lines = []
    for place, (one, other) in enumerate(pairwise(steps)):
        y, end = one.y + 18.0, other.y + 18.0
        points: tuple[Point, ...] = ((one.x + one.width, y), (other.x, end))
        if other.y > one.y:
            between = other.y - 34.0
            beside = one.x + one.width + 24.0
            points = (
                (one.x + one.width, y),
                (beside, y),
                (beside, between),
                (-30.0, between),
                (-30.0, end),
                points[-1],
            )
        text = texts[place] if place < len(texts) else ""
        lines.append(Line(source=one.id, target=other.id, dashed=True, points=points, text=text))
    return lines


def _ladder(
    stations: Sequence[Station], steps: Sequence[Shape], y: float, said: Said
) -> tuple[tuple[Point, ...], list[tuple[float, float, str]]]:
    """Return the ladder of a row as one line up and down, with waiting above and working below."""
    points: list[Point] = []
    notes: list[tuple[float, float, str]] = []
    left = 0.0
    for station, step in zip(stations, steps, strict=True):
        points += [(left, y), (step.x, y), (step.x, y + LADDER), (step.x + step.width, y + LADDER)]
        if station.waits is not None:
            notes.append((_middle(left, step.x, said(station.waits)), y - 18, said(station.waits)))
        if station.works is not None:
            words = said(station.works)
            notes.append((_middle(step.x, step.x + step.width, words), y + LADDER + 4, words))
        left = step.x + step.width
    points.append((left, y))
    return tuple(points), notes


def _middle(left: float, right: float, words: str) -> float:
    return (left + right - width_of(words, SMALL)) / 2


# --- words ------------------------------------------------------------------------------------------------------------
def _told(whole: Whole, said: Said) -> str:
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
