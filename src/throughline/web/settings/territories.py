"""Territories: which records belong to a part of the market, who works on it, and what falls in before it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from throughline.core.access.models import Territory
from throughline.core.identity.queries import names_of_colleagues
from throughline.core.records import FieldSpec, RecordSpec, registry
from throughline.core.records.territories import (
    FIELD_TYPES,
    Extent,
    extent,
    get_territory,
    may_manage,
    read_where,
    restore_territory,
    retire_territory,
    save_territory,
    territories,
)
from throughline.core.records.text import clean
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice
from throughline.web.records.present import url_of

CONDITIONS = 4
"""So many fields at least can be said; one more than there are."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A row of the form: a field and the values of it that belong to the territory."""

    place: int
    fields: tuple[Choice, ...]
    values: str
    choices: str = ""


@dataclass(slots=True)
class Draft:
    """What the form says: the values of each field as they were written."""

    name: str = ""
    may_edit: bool = False
    members: frozenset[str] = frozenset()
    where: dict[str, list[str]] = field(default_factory=dict)


@signed_in
def show_all(request: Asked) -> HttpResponse:
    """Show all territories: rule, people, and how many records fall in."""
    may_manage(request.user)
    rows = [_row(each, request) for each in territories()]
    context = {
        "territories": [row for row in rows if not row["retired_at"]],
        "retired": [row for row in rows if row["retired_at"]],
        "new_urls": [
            {"label": str(spec.plural), "url": f"{reverse('web:settings_territory_new')}?kind={spec.type}"}
            for spec in registry.everything()
            if _fields(spec)
        ],
        "now": request.at,
    }
    return render(request, "settings/territories.html", context)


def _row(each: Territory, request: Asked) -> dict[str, Any]:
    spec = registry.find(each.record_type)
    size = extent(record_type=each.record_type, where=each.where, user=request.user)
    members = sorted(member.name for member in each.members.all())
    return {
        "name": each.name,
        "url": reverse("web:settings_territory", args=[each.key]),
        "rule": _rule(spec, each.where) if spec else _("Its record type is gone."),
        "kind": str(spec.plural) if spec else each.record_type,
        "members": ", ".join(members),
        "may_edit": each.may_edit,
        "size": _size(size),
        "retired_at": each.retired_at,
        "back_url": reverse("web:settings_territory_restoration", args=[each.key]),
    }


def _rule(spec: RecordSpec, where: Mapping[str, Sequence[Any]]) -> str:
    """Return a rule in words: ``Region is North or South, and Country is DE``."""
    told = []
    for name, values in where.items():
        described = spec.by_name.get(name)
        label = str(described.label) if described else name
        words = _(" or ").join(_words(described, values))
        told.append(_("%(field)s is %(values)s") % {"field": label, "values": words})
    return _(", and ").join(told)


def _words(described: FieldSpec | None, values: Sequence[Any]) -> list[str]:
    labels = {choice.value: str(choice.label) for choice in described.choices} if described else {}
    return [labels.get(str(value), str(value)) for value in values]


def _size(size: Extent) -> str:
    number = number_format(size.number, force_grouping=True)
    told = ngettext("%(n)s record", "%(n)s records", size.number) % {"n": number}
    return told if size.exact else _("more than %(records)s") % {"records": told}


# -- One territory -----------------------------------------------------------------------------------------------------


@signed_in
def create(request: Asked) -> HttpResponse:
    """Show the form of a new territory, or make it."""
    may_manage(request.user)
    spec = registry.find(str(request.GET.get("kind", "lead")))
    if spec is None or not _fields(spec):
        raise NotFound(_("There is no such record type. Choose one on the page of territories."))
    return _answer(request, spec, None)


@signed_in
def change(request: Asked, key: str) -> HttpResponse:
    """Show a territory to be changed, or change it."""
    may_manage(request.user)
    territory = get_territory(key)
    spec = registry.find(territory.record_type)
    if spec is None:
        raise NotFound(_("The record type of this territory is gone. Retire the territory."))
    return _answer(request, spec, territory)


def _answer(request: Asked, spec: RecordSpec, territory: Territory | None) -> HttpResponse:
    if request.method != "POST":
        return _page(request, spec, territory, _kept(territory))
    draft = _read(request.POST)
    try:
        if request.POST.get("do") == "preview":
            where = read_where(spec, draft.where)
            size = extent(record_type=spec.type, where=where, user=request.user, examples=True)
            return _page(request, spec, territory, draft, size=size)
        saved = save_territory(
            key=territory.key if territory else "",
            name=draft.name,
            record_type=spec.type,
            where=draft.where,
            member_ids=[int(member) for member in draft.members],
            may_edit=draft.may_edit,
            by=request.by,
            at=request.at,
        )
    except NotAllowed:
        raise
    except Refusal as refusal:
        return _page(request, spec, territory, draft, refusal=refusal)
    return done(request, reverse("web:settings_territories"), _("%(name)s is saved.") % {"name": saved.name})


def _kept(territory: Territory | None) -> Draft:
    if territory is None:
        return Draft()
    return Draft(
        name=territory.name,
        may_edit=territory.may_edit,
        members=frozenset(str(member.pk) for member in territory.members.all()),
        where={name: [str(value) for value in values] for name, values in territory.where.items()},
    )


def _read(sent: QueryDict) -> Draft:
    where: dict[str, list[str]] = {}
    for name, text in zip(sent.getlist("field"), sent.getlist("values"), strict=False):
        parts = [clean(part) for part in str(text).split(";" if ";" in str(text) else ",") if part.strip()]
        if name and parts:
            where.setdefault(str(name), []).extend(parts)
    return Draft(
        name=str(sent.get("name", "")),
        may_edit=sent.get("may_edit") == "yes",
        members=frozenset(str(key) for key in sent.getlist("member") if str(key).isdecimal()),
        where=where,
    )


def _page(
    request: Asked,
    spec: RecordSpec,
    territory: Territory | None,
    draft: Draft,
    *,
    refusal: Refusal | None = None,
    size: Extent | None = None,
) -> HttpResponse:
    said = [*draft.where.items(), *[("", [])] * max(1, CONDITIONS - len(draft.where))]
    context = {
        "title": territory.name if territory else _("New territory"),
        "kind": str(spec.plural),
        "all_url": reverse("web:settings_territories"),
        "retire_url": reverse("web:settings_territory_retirement", args=[territory.key])
        if territory and territory.retired_at is None
        else "",
        "error": refusal.message if refusal else "",
        "errors": refusal.fields if refusal else {},
        "name": draft.name,
        "may_edit": draft.may_edit,
        "conditions": [_condition(spec, place, name, values) for place, (name, values) in enumerate(said, 1)],
        "members": [Choice(str(key), name, str(key) in draft.members) for key, name in names_of_colleagues()],
        "size": _size(size) if size else "",
        "examples": [{"title": title, "url": url_of(spec, key)} for key, title in size.examples] if size else [],
    }
    return render(request, "settings/territory.html", context, status=refusal.status if refusal else 200)


def _condition(spec: RecordSpec, place: int, name: str, values: Sequence[str]) -> Condition:
    offered = {each.name: str(each.label) for each in _fields(spec)}
    known = spec.by_name.get(name)
    if known is not None:
        offered.setdefault(name, str(known.label))
    parted = "; " if any("," in value for value in values) else ", "
    return Condition(
        place=place,
        fields=tuple(Choice(key, label, key == name) for key, label in offered.items()),
        values=parted.join(values),
        choices=", ".join(choice.value for choice in known.choices) if known else "",
    )


def _fields(spec: RecordSpec) -> list[FieldSpec]:
    """Return what a territory of a type is most often made of: texts that are no person's, choices, yes or no."""
    return [
        each
        for each in spec.fields
        if each.type in FIELD_TYPES
        and not each.is_through
        and not each.personal
        and not each.read_only
        and each.type.value in ("text", "choice", "boolean", "integer")
    ]


@require_POST
@signed_in
def retire(request: Asked, key: str) -> HttpResponse:
    """Let a territory open records to nobody any more."""
    retired = retire_territory(key=key, by=request.by, at=request.at)
    said = _("%(name)s is retired: it opens nothing to its people any more.") % {"name": retired.name}
    return done(request, reverse("web:settings_territories"), said)


@require_POST
@signed_in
def restore(request: Asked, key: str) -> HttpResponse:
    """Put a retired territory to use again."""
    restored = restore_territory(key=key, by=request.by, at=request.at)
    return done(request, reverse("web:settings_territories"), _("%(name)s is in use again.") % {"name": restored.name})
