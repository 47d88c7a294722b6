"""Figures in words, by their unit."""

from __future__ import annotations

from decimal import Decimal

from django.utils import formats

from throughline.insight.kpis.definitions import Unit

_STEPS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def in_words(unit: Unit, value: float | Decimal | None, currency: str = "") -> str:
    """Write a figure; an unknown one as a dash."""
    if value is None:
        return "–"
    if unit is Unit.SHARE:
        return f"{float(value) * 100:.1f} %"
    if unit is Unit.POINTS:
        return f"{float(value):+.0f}"
    if unit is Unit.SPAN:
        return _span(float(value))
    amount = formats.number_format(Decimal(str(value)).quantize(Decimal(1)), force_grouping=True)
    words = f"{amount} {currency}".strip()
    return f"{words} a day" if unit is Unit.MONEY_PER_DAY else words


def _span(seconds: float) -> str:
    left = round(seconds)
    parts: list[tuple[int, str]] = []
    for size, word in _STEPS:
        number, left = divmod(left, size)
        if number or parts:
            parts.append((number, word))
    return " ".join(f"{number} {word}" for number, word in parts[:2] if number) or "0 s"
