"""At the form of a new record: what is likely the same is shown before anything is made, and can be filled instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from throughline.core.records import RecordSpec, registry
from throughline.core.records.matching.finding import find_duplicates
from throughline.core.records.merging.queries import EMPTY
from throughline.core.records.operations import make_record, update_record
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


@transaction.atomic
def fill(request: Asked, spec: RecordSpec, record_id: int, values: Mapping[str, Any]) -> Any:
    """
    Give a record, and whom it is of, the entered values that they lack, and return it; what is said already stays.

    Raises:
        NotFound, NotAllowed, Refusal: as for a change.
    """
    record = get_record(spec=spec, user=request.user, record_id=record_id)
    lacking = {name: value for name, value in values.items() if spec.field(name).value_of(record) in EMPTY}
    own = {name: value for name, value in lacking.items() if not spec.field(name).is_through}
    for link, given in _beside(spec, lacking).items():
        there, linked = registry.get(spec.field(link).to), getattr(record, link)
        said = _writable(there, given)
        if linked is None:
            own[link] = make_record(spec=there, values=said, by=request.by, at=request.at).pk
        else:
            known = {name for name in said if there.field(name).value_of(linked) not in EMPTY}
            missing = {name: value for name, value in said.items() if name not in known}
            update_record(spec=there, record_id=linked.pk, values=missing, by=request.by, at=request.at)
    return update_record(spec=spec, record_id=record_id, values=own, by=request.by, at=request.at)


def _writable(spec: RecordSpec, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what columns say in fields that people write: a whole name in its parts."""
    described = spec.model(**given)
    derived = spec.hooks.derive(described)
    names = [each.name for each in spec.fields if each.name in {*given, *derived} and not each.read_only]
    return {name: value for name in names if (value := spec.field(name).value_of(described)) not in EMPTY}


def _beside(spec: RecordSpec, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return values of fields that lie on linked records (``contact__email``), by link and name there."""
    found: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        if spec.field(name).is_through:
            link, _, there = spec.field(name).source.partition("__")
            found.setdefault(link, {})[there] = value
    return found
