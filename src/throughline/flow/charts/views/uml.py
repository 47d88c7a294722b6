"""
UML (2.5.1) of what is there: record types as classes, stages as states, a case as a sequence, procedures as use cases.

The activity diagram has a module of its own (``activity``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from throughline.flow.bpmn.render.text import width_of, wrap
from throughline.flow.charts.views.figure import Ending, Figure, Line, Shape, ShapeKind
from throughline.flow.charts.views.layers import LONGEST_WORDS, arrange
from throughline.flow.charts.views.sizes import SMALL, size_of

MOST_ROWS = 14
STEP = 44.0
"""Between two messages of a sequence."""
APART = 60.0
"""Between two participants at least."""
HOOK = 34.0
"""How far a message to oneself goes out."""
MARGIN = 24.0
"""Beside the words of a message."""


@dataclass(frozen=True, slots=True)
class Link:
    """A field that points at another type: the field's name, the type, whether it names several."""

    name: str
    to: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A record type: key, name, fields with their types (``~`` before what is planned), links."""

    key: str
    name: str
    fields: tuple[tuple[str, str], ...]
    links: tuple[Link, ...] = ()
    planned: bool = False


def class_diagram(kinds: Sequence[Kind], *, title: str) -> Figure:
    """Return record types with their fields and what they point at."""
    known = {kind.key for kind in kinds}
    shapes = tuple(
        Shape(
            id=kind.key, kind=ShapeKind.CLASS, name=kind.name, rows=_rows(kind), ref=f"type:{kind.key}",
            planned=kind.planned,
        )
        for kind in kinds
    )  # fmt: skip
    lines = tuple(
        Line(source=kind.key, target=link.to, text=link.name + (" *" if link.many else ""), ends=Ending.OPEN)
        for kind in kinds
        for link in kind.links
        if link.to in known
    )
    told = f"{len(shapes)} record types and {len(lines)} links between them."
    return arrange(Figure(title, told, shapes, lines))


def _rows(kind: Kind) -> tuple[str, ...]:
    rows = [f"{name}: {of}" for name, of in kind.fields]
    return (*rows[: MOST_ROWS - 1], f"… and {len(rows) - MOST_ROWS + 1} more") if len(rows) > MOST_ROWS else tuple(rows)


@dataclass(frozen=True, slots=True)
class State:
    """A state: key, name, whether things end there, what to say below it."""

    key: str
    name: str
    is_end: bool = False
    rows: tuple[str, ...] = ()
    tone: str = ""
    planned: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """A way from state to state, with words and whether it is only planned."""

    source: str
    target: str
    text: str = ""
    planned: bool = False


def state_machine(states: Sequence[State], moves: Sequence[Move], *, title: str) -> Figure:
    """Return states and the moves between them; the first state is where things begin."""
    start = Shape(id="(start)", kind=ShapeKind.START, name="")
    end = Shape(id="(end)", kind=ShapeKind.END, name="")
    shapes = [
        Shape(
            id=state.key, kind=ShapeKind.STATE, name=state.name, rows=state.rows, ref=f"state:{state.key}",
            tone=state.tone, planned=state.planned,
        )
        for state in states
    ]  # fmt: skip
    lines = [Line(source=move.source, target=move.target, text=move.text, planned=move.planned) for move in moves]
    if states:
        lines.insert(0, Line(source=start.id, target=states[0].key))
        shapes.insert(0, start)
    if any(state.is_end for state in states):
        lines += [Line(source=state.key, target=end.id) for state in states if state.is_end]
        shapes.append(end)
    told = f"{len(states)} states and {len(moves)} moves between them."
    return arrange(Figure(title, told, tuple(shapes), tuple(lines)))


@dataclass(frozen=True, slots=True)
class UseCase:
    """A procedure, and the roles that have a part in it."""

    key: str
    name: str
    roles: tuple[str, ...]
    planned: bool = False


def use_cases(cases: Sequence[UseCase], *, title: str) -> Figure:
    """Return roles and the procedures in which they have a part."""
    roles = tuple(dict.fromkeys(role for case in cases for role in case.roles))
    actors = tuple(Shape(id=f"role:{role}", kind=ShapeKind.ACTOR, name=role, ref=f"role:{role}") for role in roles)
    ovals = tuple(
        Shape(
            id=f"case:{case.key}", kind=ShapeKind.USE_CASE, name=case.name, ref=f"procedure:{case.key}",
            planned=case.planned,
        )
        for case in cases
    )  # fmt: skip
    lines = tuple(
        Line(source=f"role:{role}", target=f"case:{case.key}", ends=Ending.NONE)
        for case in cases
        for role in case.roles
    )
    told = f"{len(actors)} roles and {len(ovals)} procedures."
    return arrange(Figure(title, told, (*actors, *ovals), lines))


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of a sequence: from whom to whom, its words, and when, in words. To oneself: something done."""

    source: str
    target: str
    text: str
    at: str = ""


def sequence(messages: Sequence[Sent], *, title: str) -> Figure:
    """Return who said or did what, in order, from the top down."""
    names = tuple(dict.fromkeys(name for sent in messages for name in (sent.source, sent.target)))
    long = STEP * (len(messages) + 1)
    heads: dict[str, Shape] = {}
    left = 0.0
    middle: float | None = None
    for place, name in enumerate(names):
        plain = Shape(id=name, kind=ShapeKind.HEAD, name=name, mark=f"{long:.0f}")
        width, height = size_of(plain)
        if middle is not None:
            left = max(left, middle + _room(messages, names[place - 1], name) - width / 2)
        middle = left + width / 2
        heads[name] = Shape(
            id=name, kind=ShapeKind.HEAD, name=name, mark=f"{long:.0f}", x=left, y=0.0, width=width, height=height
        )
        left += width + APART
    low = max((head.height for head in heads.values()), default=0.0)
    heads = {name: _stretched(head, low) for name, head in heads.items()}
    lines, notes = [], []
    for number, sent in enumerate(messages, start=1):
        y = low + number * STEP
        x, to = heads[sent.source].middle[0], heads[sent.target].middle[0]
        points = ((x, y), (to, y)) if x != to else ((x, y - 8), (x + HOOK, y - 8), (x + HOOK, y + 8), (x, y + 8))
        lines.append(Line(source=sent.source, target=sent.target, text=sent.text, points=points))
        if sent.at:
            notes.append((-110.0, y - 8, sent.at))
    told = f"{len(messages)} messages between {len(names)} participants."
    return Figure(title, told, tuple(heads.values()), tuple(lines), tuple(notes))


def _room(messages: Sequence[Sent], one: str, other: str) -> float:
    """Return how far apart two neighbours stand, so that no words reach from one line of life to the next."""
    own = [HOOK + _width(sent) for sent in messages if sent.source == sent.target == one]
    between = [_width(sent) for sent in messages if {sent.source, sent.target} == {one, other}]
    return max((*own, *between), default=0.0) + MARGIN


def _width(sent: Sent) -> float:
    return max((width_of(each, SMALL) for each in wrap(sent.text, LONGEST_WORDS, SMALL, most=2)), default=0.0)


def _stretched(head: Shape, height: float) -> Shape:
    return Shape(
        id=head.id, kind=head.kind, name=head.name, mark=head.mark, x=head.x, y=0.0, width=head.width, height=height
    )
