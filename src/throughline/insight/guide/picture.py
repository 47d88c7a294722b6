"""
The customer's journey as a picture: who it is for, where they meet the company, what hurts, and what becomes of it.

Theory of operation. Every touchpoint is a column, in the order in which the customer comes by them; pain points that
belong to none stand in a last one. Persons are cards on top. A pain point is told apart by its word, not by colour
alone; what the new way makes of it stands below it. The description inside the picture says all of it in
sentences, so that it can be listened to. Colours are the page's tokens; it prints as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from throughline.flow.bpmn.render import svg
from throughline.flow.bpmn.render.geometry import Box, number
from throughline.flow.bpmn.render.palette import (
    CANVAS,
    DONE,
    DONE_STROKE,
    FILL,
    HERE,
    HERE_STROKE,
    LABEL,
    LANE_LINE,
    LATE,
    LATE_STROKE,
    MUTED,
    PRIMARY,
    PRIMARY_TEXT,
    STROKE,
    token,
)
from throughline.flow.bpmn.render.text import LINE_HEIGHT, wrap
from throughline.insight.guide.answers import Answers, PainPoint, Persona, Touchpoint

COLUMN: Final = 196.0
GAP: Final = 16.0
MARGIN: Final = 20.0
PAD: Final = 10.0
SIZE: Final = 13.0
SMALL: Final = 11.5
DOT: Final = 13.0
_TONES: Final[Mapping[str, tuple[str, str]]] = {
    "late": (LATE, LATE_STROKE),
    "frustrating": (token("tone-wait"), STROKE),
    "wasteful": (FILL, LANE_LINE),
}
_GONE: Final = (DONE, DONE_STROKE)


@dataclass(frozen=True, slots=True)
class Words:
    """What the picture says in the reader's language: ``kinds`` and ``fates`` by their keys."""

    title: str
    persons: str
    touchpoints: str
    pains: str
    elsewhere: str
    kinds: Mapping[str, str]
    fates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    size: float = SIZE
    bold: bool = False
    colour: str = LABEL


def journey(answers: Answers, words: Words, *, prefix: str = "journey-picture") -> str:
    """Return the picture as SVG; ``prefix`` keeps ids apart when a page has several. Empty when nothing is told."""
    stops = columns_of(answers)
    if not stops and not answers.personas:
        return ""
    wide = max(len(stops), len(answers.personas), 1)
    width = 2 * MARGIN + wide * COLUMN + (wide - 1) * GAP
    parts: list[str] = []
    top = _persons(parts, answers.personas, words, MARGIN)
    bottom = _stops(parts, stops, words, top)
    height = bottom + MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{prefix}-title {prefix}-told"'
        f' viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" height="{number(height)}"'
        f" font-family={svg.quoted(svg.FONT)}>"
        f'<title id="{prefix}-title">{svg.escaped(words.title)}</title>'
        f'<desc id="{prefix}-told">{svg.escaped(told(answers, words))}</desc>'
        f"{svg.rectangle(Box(0, 0, width, height), more=f' fill={svg.quoted(CANVAS)}')}"
    )
    return head + "".join(parts) + "</svg>"


@dataclass(frozen=True, slots=True)
class Column:
    """A touchpoint (None: what belongs to none) with the pain points there."""

    touchpoint: Touchpoint | None
    pains: tuple[PainPoint, ...]


def columns_of(answers: Answers) -> list[Column]:
    """Return touchpoints in order with their pain points, those without a touchpoint last."""
    moments = {each.moment for each in answers.touchpoints}
    found = [
        Column(each, tuple(pain for pain in answers.pains if pain.moment == each.moment))
        for each in answers.touchpoints
    ]
    loose = tuple(pain for pain in answers.pains if pain.moment not in moments)
    return [*found, Column(None, loose)] if loose else found


def told(answers: Answers, words: Words) -> str:
    """Return the picture in sentences."""
    said = [f"{each.name}: {each.wants}." if each.wants else f"{each.name}." for each in answers.personas]
    for place, column in enumerate(columns_of(answers), start=1):
        at = words.elsewhere if column.touchpoint is None else f"{place}. {_moment(column.touchpoint)}"
        said.append(f"{at}.")
        said.extend(f"{_pain(pain, words)}." for pain in column.pains)
    return " ".join(said)


def _moment(touchpoint: Touchpoint) -> str:
    return f"{touchpoint.moment} ({touchpoint.channel})" if touchpoint.channel else touchpoint.moment


def _pain(pain: PainPoint, words: Words) -> str:
    said = f"{words.kinds[pain.kind]}: {pain.text}"
    return f"{said} – {_fate(pain, words)}" if pain.fate else said


def _fate(pain: PainPoint, words: Words) -> str:
    fate = words.fates[pain.fate]
    return f"{fate}: {pain.how}" if pain.how else fate


# -- Rows --------------------------------------------------------------------------------------------------------------


def _persons(parts: list[str], personas: Sequence[Persona], words: Words, top: float) -> float:
    if not personas:
        return top
    parts.append(_heading(words.persons, top))
    top += 24
    cards = [
        [_Line(each.name, bold=True), *([_Line(each.wants, SMALL, colour=MUTED)] if each.wants else [])]
        for each in personas
    ]
    height = max(_height(card) for card in cards)
    for place, card in enumerate(cards):
        parts.append(_card(_column(place, top, height), card, HERE, HERE_STROKE))
    return top + height + 26


def _stops(parts: list[str], stops: Sequence[Column], words: Words, top: float) -> float:
    if not stops:
        return top - 26
    parts.append(_heading(words.touchpoints, top))
    rail = top + 24 + DOT
    last = max((place for place, each in enumerate(stops) if each.touchpoint is not None), default=-1)
    if last > 0:
        line = f"M{number(_middle(0))} {number(rail)}H{number(_middle(last))}"
        parts.append(svg.path(line, f' fill="none" stroke="{PRIMARY}" stroke-width="2"'))
    names = [_stop(parts, place, each, rail, words) for place, each in enumerate(stops)]
    below = max(names) + 18
    if any(each.pains for each in stops):
        parts.append(_heading(words.pains, below))
        below += 24
    return max(_pains(parts, place, each.pains, below, words) for place, each in enumerate(stops))


def _stop(parts: list[str], place: int, column: Column, rail: float, words: Words) -> float:
    """Draw a touchpoint and return where it ends."""
    x, under = _middle(place), rail + DOT + 6
    if column.touchpoint is None:
        lines = [_Line(words.elsewhere, SMALL, colour=MUTED)]
    else:
        number_ = svg.lines_of_text([str(place + 1)], x, rail - SIZE * 0.6, SIZE, colour=PRIMARY_TEXT, bold=True)
        parts.append(svg.circle(x, rail, DOT, f' fill="{PRIMARY}"') + number_)
        lines = [_Line(column.touchpoint.moment, bold=True)]
        if column.touchpoint.channel:
            lines.append(_Line(column.touchpoint.channel, SMALL, colour=MUTED))
    for line in lines:
        rows = wrap(line.text, COLUMN, line.size, bold=line.bold)
        parts.append(svg.lines_of_text(rows, x, under, line.size, colour=line.colour, bold=line.bold, halo=True))
        under += len(rows) * line.size * LINE_HEIGHT
    return under


def _pains(parts: list[str], place: int, pains: Sequence[PainPoint], top: float, words: Words) -> float:
    for pain in pains:
        lines = [_Line(words.kinds[pain.kind], SMALL, bold=True), _Line(pain.text)]
        if pain.fate:
            lines.append(_Line(f"→ {_fate(pain, words)}", SMALL, bold=pain.fate != "stays"))
        fill, stroke = _GONE if pain.fate == "removed" else _TONES[pain.kind]
        box = _column(place, top, _height(lines))
        parts.append(_card(box, lines, fill, stroke, dashed=pain.fate == "eased"))
        top = box.bottom + 10
    return top


# -- Cards -------------------------------------------------------------------------------------------------------------


def _column(place: int, top: float, height: float) -> Box:
    return Box(MARGIN + place * (COLUMN + GAP), top, COLUMN, height)


def _middle(place: int) -> float:
    return _column(place, 0, 0).cx


def _rows(line: _Line) -> tuple[str, ...]:
    return wrap(line.text, COLUMN - 2 * PAD, line.size, bold=line.bold)


def _height(lines: Sequence[_Line]) -> float:
    return 2 * PAD + sum(len(_rows(line)) * line.size * LINE_HEIGHT for line in lines) + 3 * (len(lines) - 1)


def _card(box: Box, lines: Sequence[_Line], fill: str, stroke: str, *, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="5 3"' if dashed else ""
    drawn = [svg.rectangle(box, radius=8, more=f' fill="{fill}" stroke="{stroke}"{dashes}')]
    top = box.y + PAD
    for line in lines:
        rows = _rows(line)
        drawn.append(
            svg.lines_of_text(rows, box.x + PAD, top, line.size, anchor="start", colour=line.colour, bold=line.bold)
        )
        top += len(rows) * line.size * LINE_HEIGHT + 3
    return "".join(drawn)


def _heading(text: str, top: float) -> str:
    return svg.lines_of_text([text], MARGIN, top, SMALL, anchor="start", colour=MUTED, bold=True)
