"""At the form of a new record: what is likely the same is shown before anything is made, and can be filled instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from throughline.core.records import RecordSpec
from throughline.core.records.matching.finding import find_duplicates
from throughline.core.records.merging.queries import EMPTY
from throughline.core.records.operations import update_record
from throughline.core.records.queries import get_record
from throughline.web.answers import Asked
from throughline.web.duplicates.reasons import reasons_shown
from throughline.web.records.present import url_of

SAME, ANYWAY = "same_as", "anyway"
"""Names of the buttons: it is this one, and make another all the same."""


def alike(request: Asked, spec: RecordSpec, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what is likely the same as what was entered, unless somebody wants another one all the same."""
    if ANYWAY in request.POST:
        return []
    found = find_duplicates(spec=spec, values=values, user=request.user)
    return [
        {
            "id": each.id,
            "title": each.title,
            "subtitle": each.subtitle,
            "url": url_of(spec, each.id),
            "sureness": each.sureness,
            "reasons": reasons_shown(each.reasons),
        }
        for each in found
    ]


def chosen(request: Asked) -> int | None:
    """Return the record that somebody says it is, or None."""
    text = request.POST.get(SAME, "")
    return int(text) if text.isdecimal() else None


def fill(request: Asked, spec: RecordSpec, record_id: int, values: Mapping[str, Any]) -> Any:
    """
    Give a record the entered values that it lacks, and return it; what it says already stays.

    Raises:
        NotFound, NotAllowed, Refusal: as for a change.
    """
    record = get_record(spec=spec, user=request.user, record_id=record_id)
    lacking = {
        name: value
        for name, value in values.items()
        if not spec.field(name).is_through and spec.field(name).value_of(record) in EMPTY
    }
    return update_record(spec=spec, record_id=record_id, values=lacking, by=request.by, at=request.at)
