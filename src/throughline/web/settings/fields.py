"""The fields of a record type: the list with what rests on each, one in a form with its preview, retiring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.procedures.queries.uses import charts_that_read
from throughline.core.records import FieldType, RecordSpec, registry
from throughline.core.records.custom import live, operations, queries
from throughline.core.records.custom.models import CustomField
from throughline.core.records.custom.operations import OFFERED, Wish
from throughline.core.refusals import NotFound, Refusal
from throughline.web.answers import Asked, done, parameters, signed_in
from throughline.web.parts import Choice, FormField, FormSection
from throughline.web.records.forms import form_field_of

TYPES: Mapping[str, Any] = {
    FieldType.TEXT: gettext_lazy("Text"),
    FieldType.LONG_TEXT: gettext_lazy("Long text"),
    FieldType.INTEGER: gettext_lazy("Whole number"),
    FieldType.NUMBER: gettext_lazy("Number"),
    FieldType.MONEY: gettext_lazy("Money"),
    FieldType.DATE: gettext_lazy("Day"),
    FieldType.DATETIME: gettext_lazy("Day and time"),
    FieldType.BOOLEAN: gettext_lazy("Yes or no"),
    FieldType.CHOICE: gettext_lazy("One choice"),
    FieldType.MULTI_CHOICE: gettext_lazy("Several choices"),
    FieldType.EMAIL: gettext_lazy("E-mail"),
    FieldType.PHONE: gettext_lazy("Phone"),
    FieldType.URL: gettext_lazy("Web address"),
    FieldType.USER: gettext_lazy("Colleague"),
    FieldType.RECORD: gettext_lazy("Another record"),
}
FUNCTIONS = {
    "count": gettext_lazy("How many"),
    "sum": gettext_lazy("Sum"),
    "min": gettext_lazy("Smallest"),
    "max": gettext_lazy("Largest"),
}
STATES = {
    "ready": gettext_lazy("indexed"),
    "failed": gettext_lazy("index failed"),
    "": gettext_lazy("index in a moment"),
}
CHECKS: tuple[tuple[str, Any, Any], ...] = (
    ("required", gettext_lazy("Always needed"), ""),
    ("in_list", gettext_lazy("A column of the list"), ""),
    ("in_filters", gettext_lazy("In the filter bar"), ""),
    ("searched", gettext_lazy("Found by search"), ""),
    ("indexed", gettext_lazy("Quick to filter and sort by"), gettext_lazy("An index is made behind, without a pause.")),
    ("personal", gettext_lazy("Tells of a person"), gettext_lazy("Erasing the person takes it out of the journal.")),
    ("sensitive", gettext_lazy("Hidden unless a role says otherwise"), ""),
)


def asked_for(request: Asked, kind: str) -> RecordSpec:
    """
    Return a record type for who may change settings.

    Raises:
        NotAllowed, NotFound: as said.
    """
    operations.may_define(request.by)
    spec = registry.find(kind)
    if spec is None:
        raise NotFound(_("There is no such record type. Choose one from the list."))
    return spec


# -- The list ----------------------------------------------------------------------------------------------------------


@signed_in
def show_type(request: Asked, kind: str) -> HttpResponse:
    """Show the fields and rules of a type, and what its form looks like."""
    spec = asked_for(request, kind)
    held = live.current()
    own = held.fields.get(kind, ())
    context = {
        "kind": _head(spec, held),
        "fields": [_line(spec, each) for each in own],
        "built_in": [
            {"label": each.label, "key": each.name, "type": TYPES.get(each.type, each.type)}
            for each in spec.declared.fields
        ],
        "retired": [
            {
                "label": each.label,
                "key": each.key,
                "at": each.retired_at,
                "back_url": reverse("web:settings_field_restoration", args=[kind, each.key]),
            }
            for each in held.retired.get(kind, ())
        ],
        "rules": [
            {
                "name": rule.name,
                "condition": rule.condition,
                "message": rule.message,
                "url": reverse("web:settings_rule", args=[kind, rule.pk]),
            }
            for rule in held.rules.get(kind, ())
        ],
        "new_field_url": reverse("web:settings_field_new", args=[kind]),
        "new_rule_url": reverse("web:settings_rule_new", args=[kind]),
        "sections": _form_of(spec),
        "now": request.at,
    }
    return render(request, "settings/type.html", context)


def _head(spec: RecordSpec, held: live.Definitions) -> dict[str, Any]:
    is_own = spec.type in held.types
    return {
        "name": str(spec.plural),
        "icon": spec.icon,
        "key": spec.type,
        "url": reverse("web:settings_type", args=[spec.type]),
        "all_url": reverse("web:settings_records"),
        "change_url": reverse("web:settings_type_change", args=[spec.type]) if is_own else "",
    }


def _line(spec: RecordSpec, each: CustomField) -> dict[str, Any]:
    return {
        "label": each.label,
        "key": each.key,
        "expression": f"{spec.type}.{each.key}",
        "type": TYPES.get(each.type, each.type),
        "notes": [str(note) for note in _notes(each)],
        "url": reverse("web:settings_field", args=[spec.type, each.key]),
    }


def _notes(each: CustomField) -> Sequence[Any]:
    said = [str(label) for name, label, _help in CHECKS if name != "indexed" and getattr(each, name)]
    if each.formula:
        said.append(_("formula"))
    if each.rollup:
        said.append(_("roll-up"))
    if each.stale:
        said.append(_("being worked out"))
    if each.indexed:
        said.append(str(STATES.get(each.index_state, STATES[""])))
    return said


def _form_of(spec: RecordSpec) -> list[FormSection]:
    shown = []
    for section in spec.sections:
        named = [spec.field(name) for name in section.fields if name in spec.by_name]
        fields = tuple(form_field_of(each) for each in named if not each.read_only)
        if fields:
            shown.append(FormSection(section.title, fields))
    return shown


# -- One field ---------------------------------------------------------------------------------------------------------


@signed_in
def create(request: Asked, kind: str) -> HttpResponse:
    """Show the form of a new field, or make it."""
    spec = asked_for(request, kind)
    if request.method != "POST":
        return _page(request, spec, {"type": "text", "section": live.OWN_SECTION})
    given = _given(request)
    try:
        made = operations.define_field(record_type=kind, wish=read_wish(given), by=request.by, at=request.at)
    except Refusal as refusal:
        return _page(request, spec, given, refusal=refusal)
    said = _("%(label)s is on every form, list and filter of %(plural)s now.")
    return done(
        request, reverse("web:settings_type", args=[kind]), said % {"label": made.label, "plural": spec.plural.lower()}
    )


@signed_in
def change(request: Asked, kind: str, key: str) -> HttpResponse:
    """Show a field to be changed, or change it."""
    spec = asked_for(request, kind)
    kept = queries.field_of_key(record_type=kind, key=key)
    if request.method != "POST":
        return _page(request, spec, as_given(kept), kept=kept)
    given = _given(request) | {"type": kept.type} if "type" not in request.POST else _given(request)
    try:
        operations.change_field(record_type=kind, key=key, wish=read_wish(given), by=request.by, at=request.at)
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, spec, given, kept=kept, refusal=refusal)
    return done(request, reverse("web:settings_type", args=[kind]), _("Saved."))


@require_POST
@signed_in
def preview(request: Asked, kind: str) -> HttpResponse:
    """Show how the field would look on a form, while it is being described."""
    spec = asked_for(request, kind)
    return render(request, "settings/_preview.html", {"shown": _preview(spec, _given(request))})


def _preview(spec: RecordSpec, given: Mapping[str, str]) -> FormField | None:
    wish = read_wish(given)
    made = CustomField(record_type=spec.type, key=wish.key or "preview", label=wish.label or _("Label"))
    made.type, made.help, made.required, made.to = wish.type, wish.help, wish.required, wish.to
    made.choices = [list(pair) for pair in wish.choices]
    if wish.type is FieldType.RECORD and registry.find(wish.to) is None:
        return None
    return form_field_of(live.field_of(made))


def _given(request: Asked) -> dict[str, str]:
    given = parameters(request.POST)
    given["required_at"] = "\n".join(request.POST.getlist("required_at"))
    return given


def read_wish(given: Mapping[str, str]) -> Wish:
    """Return what the form says of a field."""
    lines = [line.strip() for line in given.get("choices", "").splitlines() if line.strip()]
    is_rollup = given.get("source") == "rollup"
    where = {given["where_field"]: given.get("where_value", "")} if given.get("where_field") else {}
    rollup = {
        "function": given.get("function", ""),
        **dict(zip(("type", "link"), given.get("link", ".").partition(".")[::2], strict=True)),
        "field": given.get("rolled", "") if given.get("function") != "count" else "",
        "where": where,
        "open": given.get("open") == "yes",
    }
    kind = given.get("type", "")
    return Wish(
        label=given.get("label", ""),
        type=FieldType(kind) if kind in OFFERED else FieldType.TEXT,
        key=given.get("key", "").strip(),
        help=given.get("help", "").strip()[:300],
        section=given.get("section", "").strip()[:80],
        position=int(given["position"]) if given.get("position", "").strip().isdecimal() else 0,
        choices=tuple((line, line) for line in lines) if kind in ("choice", "multi_choice") else (),
        to=given.get("to", "") if kind == "record" else "",
        default=given.get("default", "").strip() or None,
        required_at=tuple(filter(None, given.get("required_at", "").split("\n"))),
        formula=given.get("formula", "").strip() if given.get("source") == "formula" else "",
        rollup=rollup if is_rollup else {},
        **{name: given.get(name) == "yes" for name, _label, _help in CHECKS},
    )


def as_given(kept: CustomField) -> dict[str, str]:
    """Return a kept field as its form takes it."""
    rollup = kept.rollup or {}
    where = next(iter(rollup.get("where", {}).items()), ("", ""))
    return {
        "label": kept.label,
        "type": kept.type,
        "help": kept.help,
        "section": kept.section,
        "position": str(kept.position),
        "choices": "\n".join(value for value, _label in kept.choices),
        "to": kept.to,
        "default": ", ".join(kept.default) if isinstance(kept.default, list) else str(kept.default or ""),
        "required_at": "\n".join(kept.required_at),
        "source": "formula" if kept.formula else "rollup" if kept.rollup else "",
        "formula": kept.formula,
        "function": rollup.get("function", ""),
        "link": f"{rollup['type']}.{rollup['link']}" if rollup else "",
        "rolled": rollup.get("field", ""),
        "where_field": where[0],
        "where_value": str(where[1]),
        "open": "yes" if rollup.get("open") else "",
        **{name: "yes" if getattr(kept, name) else "" for name, _label, _help in CHECKS},
    }


def _page(
    request: Asked,
    spec: RecordSpec,
    given: Mapping[str, str],
    *,
    kept: CustomField | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    errors = refusal.fields if refusal else {}
    held = live.current()
    sections = _sections(spec, given, errors, is_new=kept is None)
    known = {each.name for section in sections for each in section.fields}
    context = {
        "kind": _head(spec, held),
        "title": kept.label if kept else _("New field"),
        "sections": sections,
        "columns": _columns(spec, given),
        "checks": [
            {"name": name, "label": label, "help": help_, "is_set": given.get(name) == "yes"}
            for name, label, help_ in CHECKS
        ],
        "shown": _preview(spec, given),
        "preview_url": reverse("web:settings_field_preview", args=[spec.type]),
        "retire_url": reverse("web:settings_field_retirement", args=[spec.type, kept.key]) if kept else "",
        "expression": f"{spec.type}.{kept.key}" if kept else "",
        "error": "" if refusal is None or (errors and set(errors) <= known) else refusal.message,
    }
    return render(request, "settings/field.html", context, status=refusal.status if refusal else 200)


def _columns(spec: RecordSpec, given: Mapping[str, str]) -> list[Choice]:
    if not spec.board_column:
        return []
    wanted = given.get("required_at", "").split("\n")
    return [Choice(each.value, str(each.label), each.value in wanted) for each in spec.field(spec.board_column).choices]


def _sections(
    spec: RecordSpec, given: Mapping[str, str], errors: Mapping[str, str], *, is_new: bool
) -> list[FormSection]:
    def field(name: str, label: str, kind: str = "string", **more: Any) -> FormField:
        return FormField(
            name=name, label=label, kind=kind, value=given.get(name, ""), error=errors.get(name, ""), **more
        )

    types = tuple(Choice(str(kind), str(label)) for kind, label in TYPES.items())
    records = tuple(Choice(each.type, str(each.label)) for each in registry.everything())
    key = (field("key", _("Key"), help=_("Empty: made of the label. Charts and files use it; it never changes.")),)
    described = FormSection(
        _("What it is"),
        (
            field("label", _("Label"), required=True, max_length=120),
            *(key if is_new else ()),
            field("type", _("Type"), "choice", required=True, choices=types),
            field("help", _("Help below the field"), max_length=300),
            field("choices", _("Choices"), "text", help=_("For choices: one on a line.")),
            field("to", _("Points at"), "choice", choices=records, help=_("For another record.")),
            field("default", _("Value of a new record")),
            field("section", _("Part of the form"), max_length=80),
            field("position", _("Place within"), "number"),
        ),
    )
    sources = (Choice("", _("People fill it in")), Choice("formula", _("A formula")), Choice("rollup", _("A roll-up")))
    functions = tuple(Choice(name, str(label)) for name, label in FUNCTIONS.items())
    example = f"{spec.type}.{next(iter(spec.declared.by_name))}"
    source = FormSection(
        _("Where its value comes from"),
        (
            field("source", _("Source"), "choice", choices=sources[1:], help=_("Empty: people fill it in.")),
            field("formula", _("Formula"), "text", help=_("FEEL over the record, such as %(x)s.") % {"x": example}),
            field("function", _("Work out"), "choice", choices=functions),
            field("link", _("Over"), "choice", choices=_links(spec)),
            field("rolled", _("Of the field"), help=_("The key of a field with figures.")),
            field("where_field", _("Only where the field"), help=_("The key of a field; empty for all.")),
            field("where_value", _("is")),
            field("open", _("Show it to people who do not see all of these"), "boolean"),
        ),
    )
    return [described, source]


def _links(spec: RecordSpec) -> tuple[Choice, ...]:
    return tuple(
        Choice(f"{other.type}.{each.name}", f"{other.plural}: {each.label}")
        for other in registry.everything()
        for each in other.fields
        if each.type is FieldType.RECORD and each.to == spec.type and not each.is_through
    )


# -- Retiring ----------------------------------------------------------------------------------------------------------


@signed_in
def retire(request: Asked, kind: str, key: str) -> HttpResponse:
    """Show what uses a field, and retire it."""
    spec = asked_for(request, kind)
    kept = queries.field_of_key(record_type=kind, key=key)
    if request.method == "POST":
        operations.retire_field(record_type=kind, key=key, by=request.by, at=request.at)
        said = _("%(label)s is retired. Its values are kept; you can restore it.") % {"label": kept.label}
        return done(request, reverse("web:settings_type", args=[kind]), said)
    context = {
        "kind": _head(spec, live.current()),
        "field": {"label": kept.label, "key": key, "url": reverse("web:settings_field", args=[kind, key])},
        "blocking": operations.what_rests_on(spec, key),
        "charts": charts_that_read(record_type=kind, name=key),
        "views": queries.views_that_use(record_type=kind, key=key),
        "roles": [role.name for role in access.roles_that_name(record_type=kind, field=key)],
        "filled": queries.filled_count(spec=spec, key=key),
    }
    return render(request, "settings/retire.html", context)


@require_POST
@signed_in
def restore(request: Asked, kind: str, key: str) -> HttpResponse:
    """Show a retired field again."""
    asked_for(request, kind)
    kept = operations.restore_field(record_type=kind, key=key, by=request.by, at=request.at)
    said = _("%(label)s is back, with its values.") % {"label": kept.label}
    return done(request, reverse("web:settings_type", args=[kind]), said)
