"""The form of a territory's rule: which records belong, who works on them, and what falls in before it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.identity.queries import names_of_colleagues
from throughline.core.records import RecordSpec, registry
from throughline.core.records.queries import get_record
from throughline.core.records.text import clean
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.territories.keeping import may_manage
from throughline.core.territories.models import Territory
from throughline.core.territories.operations import set_rule
from throughline.core.territories.queries import Extent, extent, people_on
from throughline.core.territories.rules import dividing_fields, read_where
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice
from throughline.web.records.present import slug, url_of
from throughline.web.territories.panel import examples, sized

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

    may_edit: bool = False
    members: frozenset[str] = frozenset()
    where: dict[str, list[str]] = field(default_factory=dict)
    version: str = ""


# -- Where they were before --------------------------------------------------------------------------------------------


@signed_in
def former(request: Asked, key: str = "") -> HttpResponse:
    """Lead on from where territories were before they were records."""
    spec = registry.get("territory")
    if not key:
        return redirect("web:record_list", slug(spec))
    found = Territory.objects.filter(rule__key=key).values_list("pk", flat=True).first()
    return redirect(url_of(spec, get_record(spec=spec, user=request.user, record_id=found or 0).pk))


@signed_in
def former_new(request: Asked) -> HttpResponse:
    """Lead on to the form of a new territory."""
    return redirect("web:record_new", slug(registry.get("territory")))


# -- The rule ----------------------------------------------------------------------------------------------------------


@signed_in
def change_rule(request: Asked, territory_id: int) -> HttpResponse:
    """Show what belongs to a territory and who works on it, or change that; the first time, of the type ``?kind=``."""
    territories = registry.get("territory")
    territory: Territory = get_record(spec=territories, user=request.user, record_id=territory_id)
    may_manage(request.user)
    access.require(request.by, access.EDIT, territories, territory)
    kind = territory.rule.record_type if territory.rule else str(request.GET.get("kind", ""))
    spec = registry.find(kind)
    if spec is None or not (territory.rule or dividing_fields(spec)):
        raise NotFound(_("There is no such record type. Choose one on the page of the territory."))
    if request.method != "POST":
        return _page(request, spec, territory, _kept(territory))
    draft = _read(request.POST)
    try:
        if request.POST.get("do") == "preview":
            size = extent(record_type=spec.type, where=read_where(spec, draft.where), user=request.user)
            return _page(request, spec, territory, draft, size=size)
        set_rule(
            territory_id=territory.pk,
            record_type=spec.type,
            where=draft.where,
            member_ids=[int(member) for member in draft.members],
            may_edit=draft.may_edit,
            version=int(draft.version) if draft.version.isdecimal() else None,
            by=request.by,
            at=request.at,
        )
    except NotAllowed:
        raise
    except Refusal as refusal:
        return _page(request, spec, territory, draft, refusal=refusal)
    return done(request, url_of(territories, territory.pk), _("%(name)s is saved.") % {"name": territory.name})


def _kept(territory: Territory) -> Draft:
    version = str(territory.version)
    if territory.rule is None:
        return Draft(version=version)
    return Draft(
        may_edit=territory.rule.may_edit,
        members=frozenset(str(key) for key, _name in people_on(territory)),
        where={name: [_written(value) for value in values] for name, values in territory.rule.where.items()},
        version=version,
    )


def _written(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _read(sent: QueryDict) -> Draft:
    where: dict[str, list[str]] = {}
    for name, text in zip(sent.getlist("field"), sent.getlist("values"), strict=False):
        parts = [clean(part) for part in str(text).split(";" if ";" in str(text) else ",") if part.strip()]
        if name and parts:
            where.setdefault(str(name), []).extend(parts)
    return Draft(
        may_edit=sent.get("may_edit") == "yes",
        members=frozenset(str(key) for key in sent.getlist("member") if str(key).isdecimal()),
        where=where,
        version=str(sent.get("version", "")),
    )


def _page(
    request: Asked,
    spec: RecordSpec,
    territory: Territory,
    draft: Draft,
    *,
    refusal: Refusal | None = None,
    size: Extent | None = None,
) -> HttpResponse:
    said = [*draft.where.items(), *[("", [])] * max(1, CONDITIONS - len(draft.where))]
    territories = registry.get("territory")
    context: dict[str, Any] = {
        "name": territory.name,
        "kind": str(spec.plural),
        "all_url": reverse("web:record_list", args=[slug(territories)]),
        "page_url": url_of(territories, territory.pk),
        "version": draft.version,
        "error": refusal.message if refusal else "",
        "may_edit": draft.may_edit,
        "conditions": [_condition(spec, place, name, values) for place, (name, values) in enumerate(said, 1)],
        "members": [Choice(str(key), name, str(key) in draft.members) for key, name in names_of_colleagues()],
        "size": sized(size) if size else "",
        "examples": examples(spec.type, size),
    }
    return render(request, "territories/rule.html", context, status=refusal.status if refusal else 200)


def _condition(spec: RecordSpec, place: int, name: str, values: Sequence[str]) -> Condition:
    offered = {each.name: str(each.label) for each in dividing_fields(spec)}
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
