"""Decision tables beside the drawing: what the editor of a procedure asks to show one, or to make one for a step."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core.procedures.queries import overview as queries
from throughline.core.records import FieldType, registry
from throughline.core.refusals import Refusal
from throughline.web.answers import Asked, body_of, signed_in_json, text_of
from throughline.web.decisions.views import Clause, made, props_of, require_design
from throughline.web.procedures.catalogue import decision_entry
from throughline.web.procedures.keys import named

FEEL_TYPES = {
    FieldType.INTEGER: "number",
    FieldType.NUMBER: "number",
    FieldType.MONEY: "number",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.DATETIME: "date and time",
    FieldType.TEXT: "string",
    FieldType.LONG_TEXT: "string",
    FieldType.EMAIL: "string",
    FieldType.PHONE: "string",
    FieldType.URL: "string",
    FieldType.CHOICE: "string",
}
"""The type of a table's input that asks for a field; other fields (references, lists) are of any type."""


@signed_in_json
def show_model(request: Asked, key: str) -> HttpResponse:
    """Return what the table editor takes."""
    return JsonResponse(props_of(request, queries.decision(key=key)))


@require_POST
@signed_in_json
def make(request: Asked, key: str) -> HttpResponse:
    """Make a table for a step of this procedure, which asks for a field of its record first."""
    require_design(request)
    procedure, body = queries.procedure(key=key), body_of(request)
    name = named(text_of(body, "name"), otherwise=_("Give the table a name, such as “Route lead”."))
    table = queries.decision(key=made(request, name, asks=_asked(text_of(body, "asks"), procedure.record_type)))
    props: dict[str, Any] = props_of(request, table)
    return JsonResponse(props | {"entry": decision_entry(table.key, table.name, props["xml"].encode())})


def _asked(path: str, record_type: str) -> Clause | None:
    """Return the input for ``lead.region``; None for no field."""
    if not path:
        return None
    spec, (of, _dot, name) = registry.find(record_type), path.partition(".")
    field = spec.by_name.get(name) if spec is not None and spec.type == of else None
    if field is None:
        raise Refusal("no_field", _("The record of this procedure has no such field. Choose one of the list."), "asks")
    return Clause(str(field.label), path, FEEL_TYPES.get(field.type, ""))
