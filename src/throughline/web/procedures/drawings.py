"""What the chart editor asks: checking while one draws, checking an expression, keeping the draft, publishing."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.procedures.operations import publish, save_draft
from throughline.core.procedures.queries.overview import procedure
from throughline.core.refusals import Conflict
from throughline.flow import bpmn, check, feel
from throughline.flow.check.standard import standard
from throughline.web.answers import Asked, body_of, done, signed_in_json, text_of
from throughline.web.procedures.catalogue import known

DESIGN, PUBLISH = access.DESIGN_PROCEDURES, access.PUBLISH_PROCEDURES
PLAIN_TIME = re.compile(r"R\d*/\S+|[+-]?P[0-9YMWDTHS.]+|\d{4}-\d{2}-\d{2}(T\S+)?")
"""Lengths, moments and repetitions in ISO 8601 may stand without being an expression."""


@require_POST
@signed_in_json
def check_drawing(request: Asked) -> HttpResponse:
    """Say what is wrong with a drawing, unfinished as it may be."""
    xml = text_of(body_of(request), "xml").encode()
    try:
        definitions = bpmn.read(xml)
    except bpmn.Unreadable as problem:
        return JsonResponse({"findings": [_finding("unreadable", "error", "", str(problem))]})
    return JsonResponse(
        {
            "findings": [
                _finding(found.rule, found.severity, found.element, found.message, found.trace)
                for found in (*standard(xml), *check.check(definitions, known()))
            ]
        }
    )


def _finding(rule: str, severity: str, element: str, message: str, trace: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"rule": rule, "severity": severity, "element": element, "message": message, "trace": list(trace)}


@require_POST
@signed_in_json
def check_expression(request: Asked) -> HttpResponse:
    """Say whether an expression can be read, and if not, where it breaks."""
    body = body_of(request)
    text, kind = text_of(body, "text"), text_of(body, "kind")
    if kind == "time" and PLAIN_TIME.fullmatch(text.strip()):
        return JsonResponse({"ok": True, "message": ""})
    try:
        feel.compile_expression(text)
    except feel.FeelSyntaxError as problem:
        return JsonResponse({"ok": False, "message": str(problem), "line": problem.line, "column": problem.column})
    return JsonResponse({"ok": True, "message": ""})


@require_POST
@signed_in_json
def keep_draft(request: Asked, key: str) -> HttpResponse:
    """Keep the draft, when nobody has kept another one since it was read."""
    _require_design(request)
    body = body_of(request)
    _require_revision(key, text_of(body, "revision"))
    draft = save_draft(key=key, drawing=text_of(body, "xml").encode(), by=request.by, at=request.at)
    return JsonResponse({"revision": revision_of(draft.number, draft.digest)})


@require_POST
@signed_in_json
def publish_draft(request: Asked, key: str) -> HttpResponse:
    """Publish the draft."""
    access.require_ability(
        request.user, PUBLISH, otherwise=_("Your roles do not let you publish procedures. Ask a manager.")
    )
    body = body_of(request)
    _require_revision(key, text_of(body, "revision"))
    published = publish(key=key, note=text_of(body, "note"), by=request.by, at=request.at)
    url = reverse("web:procedure_live", args=[key])
    done(request, url, _("Version %(n)d runs now.") % {"n": published.version.number})
    return JsonResponse({"url": url, "number": published.version.number, "staying": published.staying})


def _require_design(request: Asked) -> None:
    access.require_ability(
        request.user, DESIGN, otherwise=_("Your roles do not let you draw procedures. Ask a manager.")
    )


def _require_revision(key: str, seen: str) -> None:
    standing = standing_revision(key)
    if seen != standing:
        raise Conflict(
            _("Somebody else has changed this drawing meanwhile. Open it in a second window, compare, and draw again.")
        )


def standing_revision(key: str) -> str:
    """Return what tells this state of the drawing from any other: the draft's, else the published version's."""
    found = procedure(key=key)
    version = found.latest("draft") or found.latest("published")
    return revision_of(version.number, version.digest) if version else ""


def revision_of(number: int, digest: str) -> str:
    """Return the revision of a version."""
    return f"{number}-{digest[:16]}"
