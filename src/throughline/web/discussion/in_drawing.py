"""What is said about steps, on the drawing itself: the open remarks, those of trials among them, as the editor asks."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.discussion import operations, queries
from throughline.core.discussion.models import Remark, Standing
from throughline.core.discussion.operations import About
from throughline.core.procedures.queries import overview
from throughline.core.refusals import NotFound
from throughline.web import moments
from throughline.web.answers import Asked, body_of, signed_in_json, text_of
from throughline.web.discussion.views import suggested, who_said
from throughline.web.procedures.drawings import DESIGN


@signed_in_json
def remarks(request: Asked, key: str) -> HttpResponse:
    """Return what is open about a procedure, the latest first, or say something about a step of it."""
    if request.method == "POST":
        body = body_of(request)
        about = About(key, _number(key), text_of(body, "element"))
        operations.add_remark(about=about, body=text_of(body, "words"), by=request.by, at=request.at)
    found = queries.remarks(procedure=key)
    replies: dict[int, int] = {}
    for each in found:
        if each.answers_id is not None:
            replies[each.answers_id] = replies.get(each.answers_id, 0) + 1
    may_design = access.allows(request.user, DESIGN)
    shown = [each for each in found if each.answers_id is None and each.standing == Standing.OPEN]
    lines = [_line(each, request, replies.get(each.pk, 0), may_design=may_design) for each in reversed(shown)]
    return JsonResponse({"remarks": lines})


def _number(key: str) -> int:
    found = overview.procedure(key=key)
    version = found.latest("draft") or found.latest("published")
    if version is None:
        raise NotFound("Nothing is drawn yet. Save the drawing first.")
    return version.number


def _line(each: Remark, request: Asked, replies: int, *, may_design: bool) -> dict[str, Any]:
    return {
        "id": each.pk,
        "element": each.element,
        "about": each.element_name,
        "who": who_said(each),
        "when": moments.date_and_time(each.said_at),
        "words": each.body,
        "suggests": suggested(each),
        "inTrial": each.in_trial,
        "replies": replies,
        "maySettle": may_design or each.author_id == request.user.pk,
    }


@require_POST
@signed_in_json
def settle(request: Asked, remark_id: int) -> HttpResponse:
    """Say that a remark is done."""
    operations.settle_remark(remark_id=remark_id, standing=Standing.DONE, by=request.by, at=request.at)
    return JsonResponse({})
