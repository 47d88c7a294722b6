"""Why two records are likely the same, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from throughline.core.records.matching.weights import Reason

SHOWN_REASONS = 5
LEVELS = {
    "equal": gettext_lazy("equal"),
    "nearly equal": gettext_lazy("nearly equal"),
    "alike": gettext_lazy("alike"),
    "exchanged": gettext_lazy("exchanged"),
    "one character apart": gettext_lazy("one character apart"),
    "two characters apart": gettext_lazy("two characters apart"),
    "different": gettext_lazy("different"),
}
"""Levels of likeness in words."""


@dataclass(frozen=True, slots=True)
class ReasonShown:
    """What one trait says about a pair: in words, and how many points that gives or takes."""

    label: str
    level: str
    points: str
    tone: str


def reasons_shown(reasons: Sequence[Reason]) -> list[ReasonShown]:
    """Return the loudest reasons in words."""
    return [
        ReasonShown(
            reason.label,
            str(LEVELS[reason.level]),
            f"{reason.bits:+.1f}",
            "good" if reason.bits > 0 else "late",
        )
        for reason in reasons[:SHOWN_REASONS]
    ]
