"""What a derived chart consists of: shapes with words, lines between them, and where they are once arranged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

Point = tuple[float, float]
MARK = "(planned)"
"""The word beside everything that is not there yet."""


class ShapeKind(StrEnum):
    """What a shape stands for, and so how it looks."""

    PROCESS = "process"
    """A step that works on data: rounded, its number above its name."""
    ENTITY = "entity"
    """A person, organization or system outside: a box."""
    STORE = "store"
    """Data that is kept: open on the right, its key on the left."""
    CLASS = "class"
    """A record type: its name above its fields."""
    STATE = "state"
    START = "start"
    END = "end"
    ACTOR = "actor"
    USE_CASE = "use_case"
    HOUSE = "house"
    """The supplier or the customer of a value stream."""
    STATION = "station"
    """A step of a value stream: its name above its figures."""
    QUEUE = "queue"
    """What waits between two steps: a triangle with its figure."""
    DECISION = "decision"
    """Where an activity diagram parts or comes together: a diamond."""
    BAR = "bar"
    """Where an activity diagram forks and joins."""
    HEAD = "head"
    """Somebody who takes part in a sequence: a box with a line of life below."""


class Ending(StrEnum):
    """How a line ends."""

    NONE = ""
    ARROW = "arrow"
    OPEN = "open"
    DIAMOND = "diamond"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """
    One shape. ``rows`` stand below its name; ``mark`` is a short word beside or above it (a number, a key).

    ``ref`` names what it shows (``step:check``, ``type:lead``), so that a page can lead there. x, y, width and height
    are given by the arranging, or by the view where a chart has an order of its own. ``tone``: ``good``, ``wait``,
    ``late`` or nothing.
    """

    id: str
    kind: ShapeKind
    name: str
    rows: tuple[str, ...] = ()
    mark: str = ""
    ref: str = ""
    planned: bool = False
    tone: str = ""
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0

    @property
    def middle(self) -> Point:
        """The point in its middle."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line from shape to shape, with words on it; ``points`` once it is arranged."""

    source: str
    target: str
    text: str = ""
    begins: Ending = Ending.NONE
    ends: Ending = Ending.ARROW
    dashed: bool = False
    planned: bool = False
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """
    A chart: its title, one sentence for who does not see it, shapes and lines. ``notes``: words at a place; ``rails``:
    lines that join no shapes.
    """

    title: str
    description: str
    shapes: tuple[Shape, ...]
    lines: tuple[Line, ...] = ()
    notes: tuple[tuple[float, float, str], ...] = field(default=())
    rails: tuple[tuple[Point, ...], ...] = field(default=())

    @property
    def by_id(self) -> dict[str, Shape]:
        """The shapes by id."""
        return {shape.id: shape for shape in self.shapes}

    def nudged(self, places: dict[str, Point]) -> Figure:
        """Return the figure with some shapes moved by hand to where they were put; their lines follow straight."""
        shapes = tuple(
            replace(shape, x=places[shape.id][0], y=places[shape.id][1]) if shape.id in places else shape
            for shape in self.shapes
        )
        lines = tuple(
            replace(line, points=()) if line.source in places or line.target in places else line for line in self.lines
        )
        return replace(self, shapes=shapes, lines=lines)


def joined(texts: Iterable[str], most: int = 3) -> str:
    """Return a few texts with commas between, and how many more there are."""
    all_ = list(dict.fromkeys(text for text in texts if text))
    told = ", ".join(all_[:most])
    return f"{told} and {len(all_) - most} more" if len(all_) > most else told
