"""
Duplicates: the list of likely pairs with the reasons, two records side by side with a choice per field, merging and
taking it back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.procedures.merging import merge_with_cases, running_twice
from throughline.core.records import RecordSpec, registry
from throughline.core.records.matching import decisions
from throughline.core.records.matching.finding import Found, find_duplicates
from throughline.core.records.merging.links import counted
from throughline.core.records.merging.operations import take_back_merge
from throughline.core.records.merging.queries import EMPTY, latest, mergeable, preferred, worth
from throughline.core.records.queries import ShownField, get_record, record_page
from throughline.core.refusals import Refusal
from throughline.web.answers import Asked, done, signed_in
from throughline.web.duplicates.reasons import reasons_shown
from throughline.web.parts import Cell
from throughline.web.records.filters import address
from throughline.web.records.present import cell_of_shown, slug, url_of

PAGE = 50
# -- The list ----------------------------------------------------------------------------------------------------------


@signed_in
def show_list(request: Asked) -> HttpResponse:
    """Show the likely pairs of one type, the surest first, and the latest merges; first of a type that has any."""
    specs = [spec for spec in decisions.compared_types() if access.can(request.user, access.VIEW, spec)]
    counts = {each.type: decisions.count_open(spec=each, user=request.user) for each in specs}
    wanted = request.GET.get("type", "")
    spec = next((each for each in specs if each.type == wanted), None)
    spec = spec or next((each for each in specs if counts[each.type]), specs[0] if specs else None)
    page = int(text) if (text := request.GET.get("page", "")).isdecimal() else 0
    begin = page * PAGE
    found = decisions.open_pairs(spec=spec, user=request.user, limit=PAGE + 1, offset=begin) if spec else []
    context = {
        "tabs": [
            {
                "label": each.plural,
                "url": f"{reverse('web:duplicates')}?{address({'type': each.type})}",
                "current": each is spec,
                "count": counts[each.type],
            }
            for each in specs
        ],
        "pairs": [_pair(spec, pair) for pair in found[:PAGE]] if spec is not None else [],
        "next_url": f"?{address({'type': spec.type, 'page': str(page + 1)})}" if spec and len(found) > PAGE else "",
        "different_url": reverse("web:duplicates_different", args=[slug(spec)]) if spec is not None else "",
        "merges": [_merged(each) for each in latest(user=request.user)],
        "now": request.at,
    }
    return render(request, "duplicates/list.html", context)


def _pair(spec: RecordSpec, pair: decisions.Pair) -> dict[str, Any]:
    return {
        "one": pair.one,
        "other": pair.other,
        "one_url": url_of(spec, pair.one.id),
        "other_url": url_of(spec, pair.other.id),
        "url": reverse("web:duplicate_pair", args=[slug(spec), pair.one.id, pair.other.id]),
        "sureness": pair.sureness,
        "reasons": reasons_shown(pair.reasons),
    }


def _merged(each: Any) -> dict[str, Any]:
    spec = registry.get(each.record_type)
    return {
        "title": each.title,
        "absorbed": each.absorbed,
        "url": url_of(spec, each.survivor_id),
        "by": each.by,
        "at": each.at,
        "is_undone": each.undone_at is not None,
        "left": each.left,
        "back_url": reverse("web:merge_taking_back", args=[each.id]) if each.undone_at is None else "",
    }


@require_POST
@signed_in
def tell(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Remember that two that look alike are different things."""
    ids = [int(text) for text in request.POST.getlist("record") if text.isdecimal()]
    if len(set(ids)) != 2:
        raise Refusal("no_pair", _("Choose two records."))
    decisions.tell_apart(spec=spec, ids=ids, by=request.by, at=request.at)
    to = f"{reverse('web:duplicates')}?{address({'type': spec.type})}"
    return done(request, to, _("Remembered: they are different. Nobody is asked again."))


# -- Side by side ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """One field of both records: what each says, and whose value is proposed (``one`` or ``other``)."""

    name: str
    label: str
    one: Cell
    other: Cell
    takes_other: bool
    differs: bool


@signed_in
def show_pair(request: Asked, spec: RecordSpec, one_id: int, other_id: int) -> HttpResponse:
    """Show two records side by side, with a choice per field."""
    return _side_by_side(request, spec, one_id, other_id)


def _side_by_side(
    request: Asked, spec: RecordSpec, one_id: int, other_id: int, refusal: Refusal | None = None
) -> HttpResponse:
    if one_id == other_id:
        raise Refusal("same_record", _("A record cannot be merged with itself. Choose another one."))
    one, other = (get_record(spec=spec, user=request.user, record_id=key) for key in (one_id, other_id))
    if "survivor" not in request.GET and worth(spec, other) > worth(spec, one):
        one, other = other, one
    shown = [_shown(request, spec, record.pk) for record in (one, other)]
    taken = set(request.POST.getlist("take")) if refusal else set(preferred(spec, one, other))
    found = find_duplicates(spec=spec, values=_values(spec, one, shown[0]), user=request.user, but=one.pk, limit=20)
    fields = [
        FieldChoice(
            described.name,
            str(described.label),
            cell_of_shown(shown[0][described.name]),
            cell_of_shown(shown[1][described.name]),
            takes_other=described.name in taken,
            differs=described.value_of(one) != described.value_of(other),
        )
        for described in mergeable(spec)
        if described.name in shown[0]
        and described.name in shown[1]
        and (described.value_of(one) not in EMPTY or described.value_of(other) not in EMPTY)
    ]
    args = [slug(spec), one.pk, other.pk]
    context = {
        "plural": spec.plural,
        "one": _head(spec, one),
        "other": _head(spec, other),
        "fields": [field for field in fields if field.differs],
        "same": [field for field in fields if not field.differs],
        "likeness": next((_likeness(each) for each in found if each.id == other.pk), None),
        "twice": running_twice(spec=spec, survivor_id=one.pk, absorbed_id=other.pk),
        "moving": [{"label": label, "count": count} for label, count in counted(spec, other.pk)],
        "merge_url": reverse("web:duplicate_merge", args=args),
        "swap_url": f"{reverse('web:duplicate_pair', args=[slug(spec), other.pk, one.pk])}?survivor=first",
        "different_url": reverse("web:duplicates_different", args=args[:1]),
        "list_url": f"{reverse('web:duplicates')}?{address({'type': spec.type})}",
        "error": refusal.message if refusal else "",
        "now": request.at,
    }
    return render(request, "duplicates/pair.html", context, status=refusal.status if refusal else 200)


def _head(spec: RecordSpec, record: Any) -> dict[str, Any]:
    return {
        "id": record.pk,
        "title": spec.title(record),
        "number": record.number,
        "url": url_of(spec, record.pk),
        "owner": record.owner.name if record.owner else "",
        "created_at": record.created_at,
    }


def _shown(request: Asked, spec: RecordSpec, record_id: int) -> dict[str, ShownField]:
    found = record_page(spec=spec, user=request.user, record_id=record_id)
    return {shown.spec.name: replace(shown, writable=False) for _section, fields in found.sections for shown in fields}


def _values(spec: RecordSpec, record: Any, shown: dict[str, ShownField]) -> dict[str, Any]:
    return {
        described.name: described.value_of(record)
        for described in mergeable(spec)
        if described.name in shown and described.value_of(record) not in EMPTY
    }


def _likeness(found: Found) -> dict[str, Any]:
    return {"sureness": found.sureness, "reasons": reasons_shown(found.reasons)}


@require_POST
@signed_in
def merge(request: Asked, spec: RecordSpec, one_id: int, other_id: int) -> HttpResponse:
    """Merge the second record into the first."""
    try:
        merge_with_cases(
            spec=spec,
            survivor_id=one_id,
            absorbed_id=other_id,
            take=request.POST.getlist("take"),
            ending=request.POST.getlist("ending") if "asked" in request.POST else None,
            by=request.by,
            at=request.at,
        )
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        return _side_by_side(request, spec, one_id, other_id, refusal)
    return done(request, url_of(spec, one_id), _("Merged. You can take it back on the page Duplicates, any time."))


@require_POST
@signed_in
def take_back(request: Asked, merge_id: int) -> HttpResponse:
    """Make two records of one again."""
    merged = take_back_merge(merge_id=merge_id, by=request.by, at=request.at)
    for sentence in merged.left:
        messages.warning(request, sentence)
    messages.success(request, _("Taken back: they are two again."))
    return redirect(reverse("web:duplicates"))
