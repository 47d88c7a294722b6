"""What helps while one draws: what an expression gives on a real record, and who else is at the drawing."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.drafting.operations import attend
from throughline.core.records import RecordSpec, registry
from throughline.core.records.context import facts_of
from throughline.flow import feel
from throughline.flow.values import Value
from throughline.web.answers import Asked, body_of, signed_in_json, text_of
from throughline.web.procedures.drawings import standing_revision

_AS_TEXT = feel.compile_expression("string(value)", ("value",))
LONGEST = 160
"""So much of a value is shown."""


@require_POST
@signed_in_json
def preview(request: Asked) -> HttpResponse:
    """
    Say what an expression gives on the newest record of a type that the asker sees.

    ``known`` is false when it names something else than the record, which only a case knows.
    """
    body = body_of(request)
    spec = registry.find(text_of(body, "record"))
    try:
        expression = feel.compile_expression(text_of(body, "text"))
    except feel.FeelSyntaxError:
        return JsonResponse({"known": False, "value": "", "record": ""})
    if spec is None or not access.can(request.user, access.VIEW, spec):
        return JsonResponse({"known": False, "value": "", "record": ""})
    others = {path[0] for path in expression.reads} - {spec.type}
    record = _newest(spec, request)
    if others or record is None:
        return JsonResponse({"known": False, "value": "", "record": ""})
    value = expression.evaluate({spec.type: _seen(spec, record, request)}, now=request.at)
    return JsonResponse({"known": True, "value": _in_words(value), "record": spec.title(record)})


def _newest(spec: RecordSpec, request: Asked) -> Any:
    rows = spec.model._default_manager.filter(access.visible(spec, request.user), deleted_at=None, sandbox=False)
    return rows.order_by("-pk").first()


def _seen(spec: RecordSpec, record: Any, request: Asked) -> dict[str, Value]:
    """The record as expressions have it, without the fields that the asker may not read."""
    rights = access.field_rights(request.user, spec)
    found = facts_of(spec, record)
    return {name: value for name, value in found.items() if name not in spec.by_name or rights.reads(name)}


def _in_words(value: Value) -> str:
    if value is None:
        return _("nothing (null)")
    text = str(_AS_TEXT.evaluate({"value": value}))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


@require_POST
@signed_in_json
def give_sign(request: Asked, key: str) -> HttpResponse:
    """Note that somebody is at a drawing, and say who else is, who draws, and which state is kept."""
    body = body_of(request)
    seen = attend(
        key=key, draws=bool(body.get("draws")), takes_over=bool(body.get("takesOver")), by=request.by, at=request.at
    )
    return JsonResponse(
        {"others": seen.others, "drawing": seen.drawing, "mine": seen.mine, "revision": standing_revision(key)}
    )
