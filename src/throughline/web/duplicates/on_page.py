"""On the page of a record: what it is likely the same as, with the way to compare both."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from throughline.core.records.matching.decisions import likely_of
from throughline.core.records.queries import RecordPage
from throughline.web.answers import Asked
from throughline.web.records.present import slug, url_of


def likely_same(request: Asked, found: RecordPage) -> list[dict[str, Any]]:
    """Return what the record is likely the same as, as far as the reader may see it, the surest first."""
    spec, own = found.spec, found.record.pk
    return [
        {
            "title": each.title,
            "subtitle": each.subtitle,
            "url": url_of(spec, each.id),
            "compare_url": reverse("web:duplicate_pair", args=[slug(spec), own, each.id]),
        }
        for each in likely_of(spec=spec, user=request.user, record_id=own)
    ]
