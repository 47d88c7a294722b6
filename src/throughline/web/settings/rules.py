"""The validation rules of a record type."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core.records import RecordSpec
from throughline.core.records.custom import operations, queries
from throughline.core.refusals import NotFound, Refusal
from throughline.web.answers import Asked, done, parameters, signed_in
from throughline.web.parts import Choice, FormField, FormSection
from throughline.web.settings.fields import asked_for


@signed_in
def create(request: Asked, kind: str) -> HttpResponse:
    """Show the form of a new rule, or make it."""
    return _answer(request, asked_for(request, kind), None, {})


@signed_in
def change(request: Asked, kind: str, rule_id: int) -> HttpResponse:
    """Show a rule to be changed, or change it."""
    spec = asked_for(request, kind)
    kept = queries.rule_of_key(record_type=kind, rule_id=rule_id)
    said = {"name": kept.name, "condition": kept.condition, "message": kept.message, "field": kept.field}
    return _answer(request, spec, rule_id, said)


def _answer(request: Asked, spec: RecordSpec, rule_id: int | None, said: Mapping[str, str]) -> HttpResponse:
    if request.method != "POST":
        return _page(request, spec, rule_id, said)
    given = parameters(request.POST)
    try:
        operations.set_rule(
            record_type=spec.type,
            name=given.get("name", ""),
            condition=given.get("condition", ""),
            message=given.get("message", ""),
            field=given.get("field", ""),
            rule_id=rule_id,
            by=request.by,
            at=request.at,
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, spec, rule_id, given, refusal)
    said_so = _("The rule holds for what is written from now on.")
    return done(request, reverse("web:settings_type", args=[spec.type]), said_so)


def _page(
    request: Asked, spec: RecordSpec, rule_id: int | None, given: Mapping[str, str], refusal: Refusal | None = None
) -> HttpResponse:
    errors = refusal.fields if refusal else {}
    example = next((each for each in spec.fields if each.type in ("integer", "money", "number")), None)
    hint = f"{spec.type}.{example.name} > 0" if example else f"{spec.type}.owner != null"
    places = tuple(Choice(each.name, str(each.label)) for each in spec.fields if not each.read_only)

    def field(name: str, label: str, kind: str = "string", **more: object) -> FormField:
        value, error = given.get(name, ""), errors.get(name, "")
        return FormField(name=name, label=label, kind=kind, value=value, error=error, **more)  # type: ignore[arg-type]

    args = [spec.type] if rule_id is None else [spec.type, rule_id]
    form = {
        "title": given.get("name") or _("New rule"),
        "plural": spec.plural,
        "list_url": reverse("web:settings_type", args=[spec.type]),
        "action": reverse("web:settings_rule_new" if rule_id is None else "web:settings_rule", args=args),
        "cancel_url": reverse("web:settings_type", args=[spec.type]),
        "button": _("Save"),
        "error": "" if refusal is None or errors else refusal.message,
        "sections": [
            FormSection(
                _("What must hold"),
                (
                    field("name", _("Name"), required=True, max_length=120),
                    field("condition", _("Condition"), "text", required=True, help=_("Such as %(x)s.") % {"x": hint}),
                    field("message", _("Sentence when it does not hold"), required=True, max_length=300),
                    field("field", _("At the field"), "choice", choices=places),
                ),
            )
        ],
    }
    context = {
        "form": form,
        "retire_url": "" if rule_id is None else reverse("web:settings_rule_retirement", args=args),
    }
    return render(request, "settings/rule.html", context, status=refusal.status if refusal else 200)


@require_POST
@signed_in
def retire(request: Asked, kind: str, rule_id: int) -> HttpResponse:
    """Ask a rule no more."""
    asked_for(request, kind)
    operations.retire_rule(record_type=kind, rule_id=rule_id, by=request.by, at=request.at)
    return done(request, reverse("web:settings_type", args=[kind]), _("The rule is retired."))
