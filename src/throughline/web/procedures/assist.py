"""What helps while one draws: what an expression gives on a real record, and who else is at the drawing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.drafting.operations import attend
from throughline.core.records import RecordSpec, registry
from throughline.core.records.context import facts_of
from throughline.core.records.discretion import is_told, subtitle_for
from throughline.core.records.queries import get_record
from throughline.core.records.search import search
from throughline.flow import feel
from throughline.flow.values import Value
from throughline.web.answers import Asked, body_of, signed_in_json, text_of
from throughline.web.procedures.drawings import standing_revision

_AS_TEXT = feel.compile_expression("string(value)", ("value",))
LONGEST = 160
"""So much of a value is shown."""
OFFERED = 8
"""So many records are offered at once."""


@require_POST
@signed_in_json
def preview(request: Asked) -> HttpResponse:
    """
    Say what an expression gives on a record that the asker sees: the one that is named, else the newest of the type.

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
    chosen = text_of(body, "id")
    record = get_record(spec=spec, user=request.user, record_id=int(chosen)) if chosen.isdecimal() else None
    record = record or next(iter(_newest(spec, request, 1)), None)
    if others or record is None:
        return JsonResponse({"known": False, "value": "", "record": ""})
    value = expression.evaluate({spec.type: seen(spec, record, request)}, now=request.at)
    return JsonResponse({"known": True, "value": _in_words(value), "record": spec.title(record)})


def _newest(spec: RecordSpec, request: Asked, count: int) -> list[Any]:
    rows = spec.model._default_manager.filter(access.visible(spec, request.user), deleted_at=None, sandbox=False)
    return list(rows.select_related(*spec.select_related).order_by("-pk")[:count])


def seen(spec: RecordSpec, record: Any, request: Asked, names: Collection[str] | None = None) -> dict[str, Value]:
    """
    Return a record as expressions have it, without the fields that the asker may not read.

    ``names`` narrows to these members.
    """
    rights = access.field_rights(request.user, spec)
    found = facts_of(spec, record, names)
    return {name: value for name, value in found.items() if _is_told(spec, rights, name)}


def _is_told(spec: RecordSpec, rights: access.FieldRights, name: str) -> bool:
    """Return whether a member of a record's context may be known: a field, or what follows from fields."""
    if name in spec.by_name:
        return rights.reads(name)
    return name not in spec.facts or is_told(spec, rights, spec.facts[name])


@signed_in_json
def records(request: Asked) -> HttpResponse:
    """Offer records of a type to try things on: those that contain the words, without words the newest."""
    spec, words = registry.find(request.GET.get("record", "")), request.GET.get("q", "").strip()
    if spec is None or not access.can(request.user, access.VIEW, spec):
        return JsonResponse({"records": []})
    if words:
        hits = search(user=request.user, text=words, types=[spec.type], limit=OFFERED)
        return JsonResponse({"records": [{"id": hit.ref.id, "title": hit.title, "line": hit.subtitle} for hit in hits]})
    newest = _newest(spec, request, OFFERED)
    below = subtitle_for(spec, request.user)
    lines = [{"id": each.pk, "title": spec.title(each), "line": below(each)} for each in newest]
    return JsonResponse({"records": lines})


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
