"""The page of data quality: scores and how well fields are filled, by record type, each leading to the records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.records import RecordSpec, registry
from throughline.core.records.filters import Reading
from throughline.core.records.quality.keeping import FIELD
from throughline.core.records.quality.queries import Band, Filled, fill_rates
from throughline.core.records.quality.rule import AGES
from throughline.core.refusals import NotFound
from throughline.web.answers import Asked, signed_in
from throughline.web.parts import Tab
from throughline.web.quality.words import tone_of
from throughline.web.records.filters import address
from throughline.web.records.present import slug


@signed_in
def show(request: Asked) -> HttpResponse:
    """Show how good the records of a type are that the asker may see."""
    held = access.grants(request.user)
    kinds = [each for each in registry.everything() if held.scope(each.type, access.VIEW) is not access.Scope.NONE]
    first = next((each for each in kinds if each.quality is not None), kinds[0] if kinds else None)
    wanted = str(request.GET.get("kind", "")) or (first.type if first else "")
    spec = next((each for each in kinds if each.type == wanted), None)
    if spec is None:
        raise NotFound(_("There are no such records that you may see. Choose another kind."))
    rates = fill_rates(spec=spec, user=request.user, reading=Reading(request.user, request.at))
    looked_at = number_format(rates.looked_at, force_grouping=True)
    context = {
        "kind": str(spec.plural),
        "tabs": [
            Tab(str(each.plural), each.icon, f"?kind={each.type}", current=each.type == spec.type) for each in kinds
        ],
        "looked_at": looked_at,
        "whole": rates.whole,
        "is_empty": not rates.looked_at,
        "new_url": reverse("web:record_list", args=[slug(spec)]),
        "average": "" if rates.average is None else f"{rates.average:.0f}",
        "tone": "" if rates.average is None else tone_of(rates.average),
        "bands": [_band(spec, band, rates.looked_at) for band in rates.bands],
        "fields": [_field(spec, each, rates.looked_at) for each in rates.fields],
        "weights": _weights(spec, request) if rates.bands else [],
        "ages": [{"days": age.days, "percent": percent} for age, percent in AGES],
    }
    return render(request, "quality/quality.html", context)


def _band(spec: RecordSpec, band: Band, of: int) -> dict[str, Any]:
    return {
        "label": _("%(low)d to %(high)d") % {"low": band.low, "high": band.high},
        "tone": tone_of(band.low),
        "records": number_format(band.records, force_grouping=True),
        "share": _percent(band.records, of),
        "url": _listed(spec, {"field": FIELD, "op": "between", "value": [band.low, band.high]}) if band.records else "",
    }


def _field(spec: RecordSpec, each: Filled, of: int) -> dict[str, Any]:
    missing = of - each.filled
    return {
        "label": str(each.spec.label),
        "points": each.points,
        "share": _percent(each.filled, of),
        "percent": round(100 * each.filled / of) if of else 0,
        "missing": number_format(missing, force_grouping=True),
        "url": _listed(spec, {"field": each.spec.name, "op": "empty"}) if missing else "",
    }


def _percent(part: int, of: int) -> str:
    """Return a share in whole percent, never all or nothing unless it is."""
    if not of:
        return "–"
    whole = round(100 * part / of)
    return f"{min(max(whole, 1), 99) if 0 < part < of else whole} %"


def _listed(spec: RecordSpec, condition: Mapping[str, Any]) -> str:
    """Return the address of the list of just these records."""
    wanted = json.dumps({"all": [condition]}, separators=(",", ":"))
    return f"{reverse('web:record_list', args=[slug(spec)])}?{address({'view': 'all', 'f': wanted})}"


def _weights(spec: RecordSpec, request: Asked) -> list[dict[str, Any]]:
    rule = spec.quality
    if rule is None or not access.field_rights(request.user, spec).reads(FIELD):
        return []
    told = [
        {"what": _(" or ").join(str(spec.by_name[name].label) for name in part.fields), "points": part.points}
        for part in rule.parts
    ]
    told.append({"what": _("Touched lately"), "points": rule.touched})
    if rule.single:
        told.append({"what": _("Not likely there twice"), "points": rule.single})
    return told
