"""A drawing as shapes and lines, whatever tool it comes from. Coordinates in pixels, y downwards, of the whole page."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import hypot


class UnreadableDrawing(Exception):
    """The file cannot be read as a drawing; says what was expected and found."""


class Kind(StrEnum):
    """What a shape looks like, in the terms of flow charts; what it means is decided with the lines at it."""

    STEP = "step"
    USER_STEP = "user step"
    SEND_STEP = "send step"
    RECEIVE_STEP = "receive step"
    SERVICE_STEP = "service step"
    SCRIPT_STEP = "script step"
    RULE_STEP = "rule step"
    MANUAL_STEP = "manual step"
    CALL = "call"
    DECISION = "decision"
    PARALLEL = "parallel"
    INCLUSIVE = "inclusive"
    EVENT_GATEWAY = "event gateway"
    COMPLEX = "complex"
    EVENT = "event"
    START = "start"
    END = "end"
    TIMER = "timer"
    MESSAGE = "message"
    REFERENCE = "reference"
    DATA = "data"
    STORE = "store"
    NOTE = "note"
    LANE = "lane"
    GROUP = "group"
    DECORATION = "decoration"


STEPS = frozenset(
    {
        Kind.STEP, Kind.USER_STEP, Kind.SEND_STEP, Kind.RECEIVE_STEP, Kind.SERVICE_STEP, Kind.SCRIPT_STEP,
        Kind.RULE_STEP, Kind.MANUAL_STEP, Kind.CALL,
    }
)  # fmt: skip
GATEWAYS = frozenset({Kind.DECISION, Kind.PARALLEL, Kind.INCLUSIVE, Kind.EVENT_GATEWAY, Kind.COMPLEX})
EVENTS = frozenset({Kind.EVENT, Kind.START, Kind.END, Kind.TIMER, Kind.MESSAGE, Kind.REFERENCE})
FLOW = STEPS | GATEWAYS | EVENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """
    One drawn shape. ``sure`` is False where its kind is a guess. ``parent`` is the shape that contains it by the file.

    ``event`` names the BPMN event definition of an event where the file says it (``timer``, ``message``, …).
    """

    id: str
    text: str
    kind: Kind
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    parent: str = ""
    sure: bool = True
    event: str = ""

    def holds(self, x: float, y: float, slack: float = 0.0) -> bool:
        """Return whether a point lies in the shape's rectangle, widened by ``slack``."""
        return (
            self.x - slack <= x <= self.x + self.width + slack and self.y - slack <= y <= self.y + self.height + slack
        )

    def distance(self, x: float, y: float) -> float:
        """Return how far a point lies from the shape's rectangle, 0 inside."""
        across = max(self.x - x, 0.0, x - self.x - self.width)
        down = max(self.y - y, 0.0, y - self.y - self.height)
        return hypot(across, down)

    @property
    def middle(self) -> tuple[float, float]:
        """The point in the middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def area(self) -> float:
        """The area of its rectangle."""
        return self.width * self.height


Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """
    One drawn line. ``source`` and ``target`` are ids of shapes or of other lines, empty where an end is loose;
    ``start`` and ``end`` are the points where the ends lie, as far as the file says.
    """

    id: str
    text: str = ""
    source: str = ""
    target: str = ""
    start: Point | None = None
    end: Point | None = None
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Sketch:
    """
    One page of a drawing.

    ``remarks`` are sentences about what the reader could not see for sure, each to be seen by whoever brings it.
    """

    name: str
    shapes: tuple[Shape, ...]
    lines: tuple[Line, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a doubt: ``value`` is what is kept, ``label`` what a button says."""

    value: str
    label: str


SEEN = Choice("seen", "I have seen it")
"""What is said to a remark that changes nothing."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """
    Something that was not sure: ``kind`` (a slug), ``element`` (an id of the chart, or empty), and a question.

    ``key`` names the question, the same each time the drawing is read; ``answer`` is what it was answered with, empty
    while it is open. ``choices`` can be said with one click; ``free`` questions take words of one's own, too.
    """

    kind: str
    element: str
    message: str
    choices: tuple[Choice, ...] = field(default=())
    key: str = ""
    answer: str = ""
    free: bool = False


@dataclass(frozen=True, slots=True)
class Fate:
    """
    What became of one drawn shape or line.

    ``became`` is the name of a BPMN element (``userTask``, ``lane``, ``sequenceFlow``), ``participant`` for the band
    around all lanes, ``part`` for what belongs to another shape, or empty for what was left out; then ``reason`` says
    why. ``element`` is the id of the element in the chart.
    """

    drawn: str
    text: str
    became: str
    reason: str = ""
    element: str = ""
