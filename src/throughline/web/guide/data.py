"""The data that a procedure needs and that is missing: the rows of a form, on the first page and on the last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from throughline.core.records import FieldType, registry
from throughline.insight.guide.answers import Answers, Need
from throughline.insight.guide.models import Guide
from throughline.insight.guide.needs import OFFERED, key_for, made, may_make, settle_needs, still_lacking
from throughline.web.answers import Asked
from throughline.web.guide.rows import BLANK, sent
from throughline.web.parts import Choice
from throughline.web.settings.fields import TYPES

Given = Mapping[str, str]


def context(
    request: Asked, guide: Guide, answers: Answers, given: Given, *, found: Sequence[Need] = (), blank: int = BLANK
) -> dict[str, Any]:
    """
    Return what the panel of missing fields shows: what was sent, else what is noted and ``found``, and empty rows.
    """
    spec = registry.find(guide.procedure.record_type)
    if spec is None:
        return {}
    noted = still_lacking(spec, answers)
    known = {key_for(need) for need in noted}
    needs = list(read(given)) or [*noted, *(need for need in found if key_for(need) not in known)]
    rows = [need for need in needs if key_for(need) not in answers.fields]
    return {
        "record_plural": str(spec.plural).lower(),
        "needs": [_row(number, need) for number, need in enumerate([*rows, *[Need(label="")] * blank])],
        "may_make": may_make(request.user),
        "made": made(spec, answers),
        "found": bool(found),
    }


def _row(number: int, need: Need) -> dict[str, Any]:
    return {
        "number": number,
        "label": need.label,
        "key": need.key,
        "choices": ", ".join(need.choices),
        "types": [Choice(kind, str(TYPES[kind]), chosen=kind == need.type) for kind in OFFERED],
    }


def read(given: Given) -> list[Need]:
    """Return the missing fields that a form names."""
    return [
        Need(
            label=row["label"],
            key=row.get("key", ""),
            type=row.get("type") or FieldType.TEXT,
            choices=tuple(each for part in row.get("choices", "").split(",") if (each := part.strip())),
        )
        for row in sent(given, "need")
        if row.get("label")
    ]


def settled(request: Asked, guide: Guide, answers: Answers, given: Given) -> Answers:
    """
    Return the answers with the fields that were asked for made, or noted for who may make them.

    Raises:
        Refusal: one of them cannot be made.
    """
    return settle_needs(
        record_type=guide.procedure.record_type, answers=answers, needs=read(given), user=request.user, by=request.by,
        at=request.at,
    )  # fmt: skip


def outcome(request: Asked, guide: Guide, answers: Answers) -> dict[str, Any]:
    """Return which fields the path made, and which are still to be made."""
    spec = registry.find(guide.procedure.record_type)
    if spec is None:
        return {}
    return {
        "made": made(spec, answers),
        "lacking": [need.label for need in still_lacking(spec, answers)],
        "fields_url": reverse("web:settings_type", args=[spec.type]) if may_make(request.user) else "",
    }
