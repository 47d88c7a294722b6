"""A dashboard as a PDF: the Typst template of this folder, filled with what its tiles show to one person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import formats, translation
from django.utils.translation import gettext as _

from throughline.core.identity.models import User
from throughline.core.paper import typeset
from throughline.insight.dashboards.answers import Answer, walled_answer
from throughline.insight.dashboards.models import Report
from throughline.insight.dashboards.tiles import Tile
from throughline.insight.kpis.measuring import Window


def printed(report: Report, *, user: User, at: datetime) -> bytes:
    """
    Return a dashboard as ``user`` sees it at ``at``: every figure is counted with their rights, behind both walls.

    Raises:
        RuntimeError: it cannot be set; a fault of ours.
    """
    with translation.override(settings.LANGUAGE_CODE):
        window = Window.named(report.period, user=user, at=at)
        data = {
            "title": report.name,
            "days": days_in_words(window),
            "person": _("As %(name)s sees it") % {"name": user.name},
            "words": {
                "hidden": _("You do not see this figure."),
                "none": _("None in this period."),
                "unknown": _("Unknown so far."),
                "counted": _("counted"),
            },
            "tiles": [_tile(tile, walled_answer(tile, user=user, window=window)) for tile in report.tiles],
        }
    return typeset(__name__, "report.typ", data)


def days_in_words(window: Window) -> str:
    """Write the first and the last day of a period."""
    first, last = (formats.date_format(day, "j M Y") for day in window.days)
    return _("%(first)s to %(last)s") % {"first": first, "last": last}


def _tile(tile: Tile, found: Answer) -> dict[str, Any]:
    largest = max((part.number or 0.0 for part in found.parts), default=0.0)
    return {
        "kind": tile.kind.value,
        "title": found.title,
        "hidden": found.hidden,
        "value": found.value,
        "of": found.of,
        "change": found.change,
        "beside": found.beside,
        "parts": [
            {
                "label": part.label,
                "value": f"{part.value} ({part.young})" if part.young else part.value,
                "size": max(0.0, part.number or 0.0) / largest if largest > 0 else 0.0,
            }
            for part in found.parts
        ],
        "records": [{"title": row.title, "counted": bool(row.counted)} for row in found.records],
        "picture": found.picture,
    }
