"""Scores in words: what costs points, for the page of a record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.records import RecordSpec
from throughline.core.records.quality.keeping import FIELD, score_of
from throughline.core.records.quality.rule import Loss
from throughline.core.records.queries import RecordPage
from throughline.web import moments
from throughline.web.answers import Asked
from throughline.web.parts import Tone

GOOD, MIDDLING = 70, 40


@dataclass(frozen=True, slots=True)
class Scored:
    """The score of a record: points, how that looks, and what costs the others."""

    points: int
    tone: Tone
    losses: tuple[str, ...]
    url: str


def tone_of(points: float) -> Tone:
    """Return how a score looks."""
    return "good" if points >= GOOD else "wait" if points >= MIDDLING else "late"


def quality_of(request: Asked, found: RecordPage) -> Scored | None:
    """Return the score of a record as it is now; None where nobody scores, or the asker may not know. One query."""
    spec = found.spec
    if spec.quality is None or not access.field_rights(request.user, spec).reads(FIELD):
        return None
    scored = score_of(spec, found.record, request.at)
    told = tuple(_told(spec, found.record, loss, request.at) for loss in scored.losses)
    return Scored(scored.points, tone_of(scored.points), told, f"{reverse('web:quality')}?kind={spec.type}")


def _told(spec: RecordSpec, record: Any, loss: Loss, at: datetime) -> str:
    labels = _(" or ").join(str(spec.by_name[name].label) for name in loss.fields)
    if loss.what == "missing":
        return _("no %(fields)s (−%(points)d)") % {"fields": labels, "points": loss.points}
    if loss.what == "odd":
        return _("%(fields)s cannot be right (−%(points)d)") % {"fields": labels, "points": loss.points}
    if loss.what == "twice":
        return _("likely there twice (−%(points)d)") % {"points": loss.points}
    touched = max(record.last_activity_at or record.updated_at, record.updated_at)
    return _("last touched %(when)s (−%(points)d)") % {
        "when": moments.in_words(touched, now=at),
        "points": loss.points,
    }
