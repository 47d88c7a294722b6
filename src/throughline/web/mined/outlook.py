"""What is predicted of an open case, in the few words that fit beside its next step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from throughline.core.procedures import charts
from throughline.insight.prediction.models import Outlook
from throughline.web.simulation.shown import share, span

LIKELY = 0.5
"""From here on an end or a delay is worth a word in a list."""


def words_of(outlook: Outlook, at: datetime) -> dict[str, Any]:
    """Return what a record's page says: a sentence of each question that is shown, and where it was examined."""
    sentences = []
    if outlook.ends_at is not None:
        sentences.append(_remaining(outlook.ends_at, at))
    label = charts.running(outlook.version_id).label
    for node, chance in sorted(outlook.ends.items(), key=lambda each: -each[1])[:1]:
        sentences.append(_("ends at “%(end)s” with %(chance)s") % {"end": label(node), "chance": share(chance)})
    if outlook.late is not None:
        sentences.append(_("a step becomes late with %(chance)s") % {"chance": share(outlook.late)})
    return {
        "procedure": outlook.version.procedure.name,
        "sentences": sentences,
        "url": reverse("web:procedure_mined_prediction", args=[outlook.version.procedure.key])
        + f"?version={outlook.version.number}",
        "learned_at": outlook.learned_at,
    }


def note_of(outlook: Outlook | None, at: datetime) -> str:
    """Return what a line of the work list says; empty when there is nothing worth a word."""
    if outlook is None:
        return ""
    parts = []
    if outlook.ends_at is not None and outlook.ends_at > at:
        parts.append(_("likely over in %(span)s") % {"span": span((outlook.ends_at - at).total_seconds())})
    if outlook.late is not None and outlook.late >= LIKELY:
        parts.append(_("likely late (%(chance)s)") % {"chance": share(outlook.late)})
    return " · ".join(parts)


def _remaining(ends_at: datetime, at: datetime) -> str:
    left = (ends_at - at).total_seconds()
    if left <= 0:
        return _("takes longer than most that stood here")
    return _("over in about %(span)s") % {"span": span(left)}
