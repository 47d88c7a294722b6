"""
What tiles show to somebody: every figure counted with the rights of the one who looks or who gets it by mail. What is
mailed is read behind the second wall too (``walled_answer``): nobody looks at it before it leaves the house.

Pages add addresses to it, paper adds none; so a figure is the same on both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core.identity.models import User
from throughline.core.procedures.queries import overview
from throughline.core.records.walls import walled
from throughline.core.refusals import NotFound
from throughline.flow import bpmn
from throughline.flow.bpmn.render import Mark, render_svg
from throughline.insight.dashboards.tiles import Kind, Tile
from throughline.insight.kpis.definitions import BY_KEY
from throughline.insight.kpis.funnel import funnel
from throughline.insight.kpis.measuring import (
    Behind,
    Question,
    Window,
    available,
    behind,
    is_young,
    measure,
    parted,
    trend,
)
from throughline.insight.kpis.saying import Tone, change, open_in_words, parts_in_words, shown, tone_of
from throughline.insight.mined import used
from throughline.insight.mined.scope import shown_cases

BARS, RECORDS = 12, 20
"""So many bars and records a tile shows."""
STAGES = {
    "captured": gettext_lazy("Captured"),
    "contacted": gettext_lazy("Contacted"),
    "qualified": gettext_lazy("Qualified"),
    "deal": gettext_lazy("Deal"),
    "customer": gettext_lazy("Customer"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """
    One bar, point or stage: its label, its figure in words and as a number (None where unknown). ``word``: as addresses
    have it; ``days``: the first and last of its days; ``young``: how many are still open, where it may still change.
    """

    label: str
    value: str
    number: float | None
    word: str = ""
    days: tuple[date, date] | None = None
    young: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a tile shows to somebody. ``hidden``: they must not see the figure. ``asked``: the question, where it is one
    about a key figure. ``picture``: the drawing of a heat, as SVG.
    """

    title: str
    hidden: bool = False
    asked: Question | None = None
    value: str = ""
    of: str = ""
    change: str = ""
    tone: Tone = ""
    beside: str = ""
    parts: tuple[Part, ...] = ()
    records: tuple[Behind, ...] = field(default=())
    picture: str = ""


def answer(tile: Tile, *, user: User, window: Window) -> Answer:
    """Return what a tile shows to ``user`` for a period; a figure that they must not see says so and counts nothing."""
    if tile.kind is Kind.FUNNEL:
        return _funnel(user, window)
    if tile.kind is Kind.HEAT:
        return _heat(tile, user, window)
    kpi = BY_KEY.get(tile.kpi)
    if kpi is None or kpi not in available(user):
        return Answer(kpi.name if kpi else _("Unknown figure"), hidden=True)
    return _ANSWERS[tile.kind](Question(kpi, user, window, tile.where), tile)


def walled_answer(tile: Tile, *, user: User, window: Window) -> Answer:
    """Return the same, read behind the second wall: for who is not at the page."""
    if tile.kind is Kind.HEAT:
        return _heat(tile, user, window, is_walled=True)
    with walled(user):
        return answer(tile, user=user, window=window)


def _number(asked: Question, _tile: Tile) -> Answer:
    figure, before = measure(asked), measure(asked.during(asked.window.before))
    return Answer(
        asked.kpi.name,
        asked=asked,
        value=shown(asked, figure),
        of=parts_in_words(asked, figure) if figure.value is not None else _("unknown so far"),
        change=change(asked, figure, before),
        tone=tone_of(asked.kpi, figure, before),
    )


def _trend(asked: Question, tile: Tile) -> Answer:
    return Answer(asked.kpi.name, asked=asked, parts=points(asked, tile.step or "week") if asked.kpi.measure else ())


def points(asked: Question, step: str) -> tuple[Part, ...]:
    """Return the trend of a figure: one part for each day, week, month or quarter of the period."""
    windows = {window.days[0]: window for window in asked.window.parts(step)}
    return tuple(
        Part(
            formats.date_format(windows[day].days[0], "j M Y"),
            shown(asked, figure),
            None if figure.value is None else float(figure.value),
            days=windows[day].days,
            young=open_in_words(figure) if is_young(asked.kpi, figure) else "",
        )
        for day, figure in trend(asked, step)
    )


def _bars(asked: Question, tile: Tile) -> Answer:
    found = parted(asked, tile.by)[:BARS] if asked.kpi.measure else []
    parts = tuple(
        Part(label, shown(asked, figure), None if figure.value is None else float(figure.value), word)
        for label, word, figure in found
    )
    return Answer(asked.kpi.name, asked=asked, parts=parts, beside=_("by %(by)s") % {"by": tile.by})


def _table(asked: Question, _tile: Tile) -> Answer:
    found, count = behind(asked, limit=RECORDS)
    return Answer(asked.kpi.name, asked=asked, records=tuple(found), beside=_("%(n)s in all") % {"n": f"{count:,}"})


_ANSWERS: dict[Kind, Callable[[Question, Tile], Answer]] = {
    Kind.NUMBER: _number,
    Kind.TREND: _trend,
    Kind.BARS: _bars,
    Kind.TABLE: _table,
}


def _funnel(user: User, window: Window) -> Answer:
    title = _("Funnel of leads")
    if BY_KEY["lead-to-customer"] not in available(user):
        return Answer(title, hidden=True)
    stages = funnel(user=user, window=window)
    first = stages[0].count
    return Answer(
        title,
        parts=tuple(
            Part(
                str(STAGES[each.stage]),
                f"{each.count:,} ({each.count / first:.0%})" if first else "0",
                float(each.count),
            )
            for each in stages
        ),
    )


def _heat(tile: Tile, user: User, window: Window, *, is_walled: bool = False) -> Answer:
    try:
        found = overview.procedure(key=tile.procedure)
    except NotFound:
        return Answer(tile.procedure, hidden=True)
    version = found.latest("published") or found.latest("retired")
    if version is None:
        return Answer(found.name, hidden=True)
    key, number = tile.procedure, version.number
    cases = shown_cases(procedure=key, user=user, version=number) if is_walled else None
    happened = used(procedure=key, user=user, version=number, since=window.since, until=window.until, cases=cases)
    total = sum(node.total_seconds for node in happened.nodes) or 1.0
    marks = {
        node.node: Mark(count=node.visits, heat=_warmth(node.total_seconds / total))
        for node in happened.nodes
        if node.visits
    }
    drawing = bpmn.read(overview.drawing(version_id=version.id))
    title = _("%(name)s: heat by the time spent") % {"name": found.name}
    return Answer(found.name, picture=render_svg(drawing, marks, id_prefix=f"tile{tile.id}-", title=title))


def _warmth(part: float) -> int:
    return 3 if part >= 1 / 3 else 2 if part >= 0.1 else 1 if part >= 0.02 else 0
