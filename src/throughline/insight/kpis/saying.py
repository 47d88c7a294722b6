"""Figures in words beside what they are of and how they changed, for pages and for paper."""

from __future__ import annotations

from typing import Literal

from django.utils.translation import gettext as _

from throughline.insight.kpis.definitions import Kpi, Unit
from throughline.insight.kpis.measuring import MONEY, Figure, Question, currency_of, is_young
from throughline.insight.kpis.wording import in_words

Tone = Literal["", "good", "late"]


def shown(asked: Question, figure: Figure) -> str:
    """Write a figure in words."""
    currency = currency_of(asked) if asked.kpi.unit in MONEY else ""
    return in_words(asked.kpi.unit, figure.value, currency)


def change(asked: Question, now: Figure, before: Figure) -> str:
    """Write how a figure changed: shares in points, other figures in percent; empty when there is nothing before."""
    if now.value is None or before.value is None:
        return ""
    gap = float(now.value) - float(before.value)
    if asked.kpi.unit is Unit.SHARE:
        return _("%(n)+.1f points") % {"n": gap * 100}
    if asked.kpi.unit is Unit.POINTS:
        return _("%(n)+.0f points") % {"n": gap}
    return f"{gap / float(before.value):+.0%}" if before.value else ""


def tone_of(kpi: Kpi, now: Figure, before: Figure) -> Tone:
    """
    Return whether a change is to be noticed: a share only when the former one lies outside of its interval, and a young
    one not as long as what is still open may bring it back.

    Other figures by a tenth or more.
    """
    if now.value is None or before.value is None:
        return ""
    value, former = float(now.value), float(before.value)
    interval = now.interval
    certain = not interval.holds(former) if interval else abs(value - former) >= 0.1 * abs(former)
    if not certain or value == former or (is_young(kpi, now) and value < former <= _at_most(now)):
        return ""
    return "good" if (value > former) == (kpi.better == "up") else "late"


def _at_most(share: Figure) -> float:
    """What a share comes to if all that is still open counts in the end."""
    return (float(share.numerator or 0) + share.still_open) / share.denominator


def parts_in_words(asked: Question, figure: Figure) -> str:
    """Write what the figure is of: numerator and denominator, and what is still open."""
    noun = str(asked.spec.plural).lower()
    if asked.kpi.unit is Unit.SHARE:
        words = _("%(part)s of %(whole)s") % {"part": f"{figure.numerator or 0:,}", "whole": f"{figure.denominator:,}"}
    else:
        words = _("of %(n)s %(noun)s") % {"n": f"{figure.denominator:,}", "noun": noun}
    return f"{words}, {open_in_words(figure)}" if figure.still_open else words


def open_in_words(figure: Figure) -> str:
    """Write how many records of a figure are still open."""
    return _("%(n)s still open") % {"n": f"{figure.still_open:,}"}
