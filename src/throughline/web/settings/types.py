"""Record types: the list, and those that people make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import get_resolver, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core.records import FieldType, RecordSpec, registry
from throughline.core.records.custom import live, operations, queries
from throughline.core.refusals import NotFound, Refusal
from throughline.web.answers import Asked, done, parameters, signed_in
from throughline.web.parts import Choice, FormField, FormSection
from throughline.web.records.present import slug
from throughline.web.settings.fields import asked_for

ICONS = (
    "circle", "briefcase", "building-2", "calendar", "clipboard-list", "file-text", "flag", "gavel", "globe",
    "handshake", "map-pin", "notebook-pen", "package", "rocket", "shield", "star", "target", "timer", "users", "video",
)  # fmt: skip


@signed_in
def show_all(request: Asked) -> HttpResponse:
    """Show all record types with how many fields and rules people gave them."""
    operations.may_define(request.by)
    held = live.current()
    context = {
        "kinds": [_line(spec, held) for spec in registry.everything()],
        "retired": [
            {"label": each.plural, "back_url": reverse("web:settings_type_restoration", args=[each.key])}
            for each in queries.retired_types()
        ],
        "new_url": reverse("web:settings_type_new"),
    }
    return render(request, "settings/records.html", context)


def _line(spec: RecordSpec, held: live.Definitions) -> dict[str, Any]:
    return {
        "label": str(spec.plural),
        "icon": spec.icon,
        "url": reverse("web:settings_type", args=[spec.type]),
        "fields": len(held.fields.get(spec.type, ())),
        "rules": len(held.rules.get(spec.type, ())),
        "is_own": spec.type in held.types,
    }


@signed_in
def create(request: Asked) -> HttpResponse:
    """Show the form of a new type, or make it."""
    operations.may_define(request.by)
    if request.method != "POST":
        return _page(request, None, {"icon": "circle"})
    given = parameters(request.POST)
    try:
        _refuse_address(given)
        made = operations.make_type(
            key=given.get("key", "").strip(),
            label=given.get("label", ""),
            plural=given.get("plural", ""),
            number_prefix=given.get("number_prefix", ""),
            icon=given.get("icon", "") if given.get("icon") in ICONS else "circle",
            by=request.by,
            at=request.at,
        )
    except Refusal as refusal:
        return _page(request, None, given, refusal)
    said = _("%(plural)s have a list, forms, search and rights now. Add their fields.") % {"plural": made.plural}
    return done(request, reverse("web:settings_type", args=[made.key]), said)


def _refuse_address(given: Mapping[str, str]) -> None:
    """Refuse a key whose address is taken by other pages."""
    key = given.get("key", "").strip() or operations.type_key_of(given.get("label", ""))
    if key.replace("_", "-") in _taken(get_resolver().url_patterns):
        raise Refusal("key_taken", _("Other pages have this address. Choose another key."), "key")


def _taken(patterns: Iterable[Any]) -> set[str]:
    """Return the first words of all addresses."""
    words: set[str] = set()
    for each in patterns:
        start = str(each.pattern).lstrip("^")
        if start:
            words.add(start.partition("/")[0])
        elif hasattr(each, "url_patterns"):
            words |= _taken(each.url_patterns)
    return words


@signed_in
def change(request: Asked, kind: str) -> HttpResponse:
    """Show a type that people made to be changed, or change it."""
    spec = asked_for(request, kind)
    kept = queries.type_of_key(key=kind)
    if request.method != "POST":
        said = {"label": kept.label, "plural": kept.plural, "icon": kept.icon, "board_field": kept.board_field}
        return _page(request, spec, said)
    given = parameters(request.POST)
    try:
        operations.change_type(
            key=kind,
            label=given.get("label", ""),
            plural=given.get("plural", ""),
            icon=given.get("icon", "") if given.get("icon") in ICONS else kept.icon,
            board_field=given.get("board_field", ""),
            by=request.by,
            at=request.at,
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, spec, given, refusal)
    return done(request, reverse("web:settings_type", args=[kind]), _("Saved."))


def _page(
    request: Asked, spec: RecordSpec | None, given: Mapping[str, str], refusal: Refusal | None = None
) -> HttpResponse:
    errors = refusal.fields if refusal else {}

    def field(name: str, label: str, kind: str = "string", **more: Any) -> FormField:
        return FormField(
            name=name, label=label, kind=kind, value=given.get(name, ""), error=errors.get(name, ""), **more
        )

    icons = tuple(Choice(icon, icon.replace("-", " ")) for icon in ICONS)
    names = [
        field("label", _("One of them is called"), required=True, max_length=60),
        field("plural", _("Several are called"), required=True, max_length=60),
        field("icon", _("Icon"), "choice", choices=icons),
    ]
    if spec is None:
        names.append(
            field("number_prefix", _("Numbers begin with"), required=True, max_length=6, help=_("Such as PRJ."))
        )
        names.append(field("key", _("Key"), max_length=32, help=_("Empty: made of the name. It never changes.")))
    else:
        own = [each for each in spec.fields if each.custom and each.type is FieldType.CHOICE]
        choices = tuple(Choice(each.name, each.label) for each in own)
        names.append(field("board_field", _("Columns of the board"), "choice", choices=choices))
    form = {
        "title": spec.plural if spec else _("New record type"),
        "plural": _("Fields and types"),
        "list_url": reverse("web:settings_records"),
        "action": reverse("web:settings_type_change", args=[spec.type]) if spec else reverse("web:settings_type_new"),
        "cancel_url": reverse("web:settings_type", args=[spec.type]) if spec else reverse("web:settings_records"),
        "button": _("Save") if spec else _("Make the type"),
        "error": "" if refusal is None or errors else refusal.message,
        "sections": [FormSection(_("The type"), tuple(names))],
    }
    context = {
        "form": form,
        "retire_url": reverse("web:settings_type_retirement", args=[spec.type]) if spec else "",
        "list_url": reverse("web:record_list", args=[slug(spec)]) if spec else "",
    }
    return render(request, "settings/rule.html", context, status=refusal.status if refusal else 200)


@require_POST
@signed_in
def retire(request: Asked, kind: str) -> HttpResponse:
    """Show a type no more."""
    asked_for(request, kind)
    kept = operations.retire_type(key=kind, by=request.by, at=request.at)
    said = _("%(plural)s are retired; their records are kept.") % {"plural": kept.plural}
    return done(request, reverse("web:settings_records"), said)


@require_POST
@signed_in
def restore(request: Asked, kind: str) -> HttpResponse:
    """Show a retired type again."""
    operations.may_define(request.by)
    kept = operations.restore_type(key=kind, by=request.by, at=request.at)
    return done(request, reverse("web:settings_records"), _("%(plural)s are back.") % {"plural": kept.plural})
