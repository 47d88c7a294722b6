"""
Publishing a draft, with everything that stands against it on one page: what it does to running cases, test cases that
fail, the word of a second person. And retiring what runs.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.procedures import proving
from throughline.core.procedures.operations import ask_approval, decide_publication, publish, retire
from throughline.core.procedures.queries import migration as moving
from throughline.core.procedures.queries import overview as queries
from throughline.core.procedures.queries.approving import ApprovalRow, approvals, stewardship
from throughline.core.procedures.queries.variants import following
from throughline.core.refusals import Refusal
from throughline.web.answers import Asked, done, signed_in
from throughline.web.procedures.drawings import PUBLISH
from throughline.web.procedures.frame import frame


@signed_in
def show_publishing(request: Asked, key: str) -> HttpResponse:
    """Show what publishing the draft means, or publish it."""
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            return _publish(request, key)
        except Refusal as told:
            refusal = told
    return _page(request, key, refusal)


def _publish(request: Asked, key: str) -> HttpResponse:
    published = publish(
        key=key,
        note=request.POST.get("note", ""),
        despite=request.POST.get("despite", ""),
        by=request.by,
        at=request.at,
    )
    said = _("Version %(n)d runs now.") % {"n": published.version.number}
    return done(request, reverse("web:procedure_live", args=[key]), said)


def _page(request: Asked, key: str, refusal: Refusal | None = None) -> HttpResponse:
    found = queries.procedure(key=key)
    draft, published = found.latest("draft"), found.latest("published")
    care = stewardship(procedure=key)
    asked = approvals(procedure=key, user=request.user) if draft else []
    context = frame(found, "versions") | {
        "title": _("Publish version %(n)d") % {"n": draft.number} if draft else _("Publish"),
        "draft": draft,
        "published": published,
        "may_publish": access.allows(request.user, PUBLISH),
        "may_draw": access.allows(request.user, access.DESIGN_PROCEDURES),
        "may_override": access.allows(request.user, access.OVERRIDE_TESTS),
        "impact": moving.publish_impact(procedure=key) if draft else None,
        "variants": [
            {"variant": each, "url": reverse("web:variant", args=[each.key])} for each in following(procedure=key)
        ],
        "failing": _failing(key, draft.id) if draft else [],
        "needs_approval": care.needs_approval,
        "approvals": [_approval(key, row) for row in asked],
        "agreed": any(row.granted and row.holds for row in asked),
        "open": any(row.granted is None and row.holds for row in asked),
        "note": request.POST.get("note", draft.note if draft else ""),
        "despite": request.POST.get("despite", ""),
        "error": refusal.message if refusal else "",
        "action": reverse("web:procedure_publishing", args=[key]),
        "ask_url": reverse("web:publish_approvals", args=[key]),
        "versions_url": reverse("web:procedure_versions", args=[key]),
        "tests_url": reverse("web:procedure_tests", args=[key]),
        "diff_url": _diff_url(key, published, draft),
        "now": request.at,
    }
    return render(request, "publishing/publish.html", context, status=refusal.status if refusal else 200)


def _diff_url(key: str, published: queries.VersionRow | None, draft: queries.VersionRow | None) -> str:
    if published is None or draft is None:
        return ""
    return f"{reverse('web:version_diff', args=[key])}?from={published.number}&to={draft.number}"


def _failing(key: str, version_id: int) -> list[dict[str, Any]]:
    version = queries.version(version_id=version_id)
    drawing = proving.drawn(version)
    proved = proving.prove(version.procedure_id, drawing, proving.tables_of(version, drawing))
    return [
        {
            "name": each.test.name,
            "url": reverse("web:procedure_test", args=[key, each.test.pk]),
            "words": each.verdict.departures[0].words,
        }
        for each in proved
        if not each.verdict.passed
    ]


def _approval(key: str, row: ApprovalRow) -> dict[str, Any]:
    return {
        "row": row,
        "decide_url": reverse("web:publish_approval", args=[key, row.id]) if row.mine and row.holds else "",
    }


@require_POST
@signed_in
def ask(request: Asked, key: str) -> HttpResponse:
    """Ask others whether the draft may be published."""
    try:
        ask_approval(key=key, words=request.POST.get("words", ""), by=request.by, at=request.at)
    except Refusal as refusal:
        return _page(request, key, refusal)
    return done(request, reverse("web:procedure_publishing", args=[key]), _("Asked. You are told of the answer."))


@require_POST
@signed_in
def decide(request: Asked, key: str, approval_id: int) -> HttpResponse:
    """Agree, or say why not."""
    granted = request.POST.get("granted") == "yes"
    try:
        decide_publication(
            key=key,
            approval_id=approval_id,
            granted=granted,
            reason=request.POST.get("reason", ""),
            by=request.by,
            at=request.at,
        )
    except Refusal as refusal:
        return _page(request, key, refusal)
    said = _("You have agreed.") if granted else _("You have not agreed.")
    return done(request, reverse("web:procedure_publishing", args=[key]), said)


@require_POST
@signed_in
def retire_version(request: Asked, key: str) -> HttpResponse:
    """Let no more cases start; those under way go on."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise Refusal("reason_missing", _("Say why it is retired; the history keeps it."), "reason")
    staying = retire(key=key, reason=reason, by=request.by, at=request.at)
    said = _("No new case starts. %(n)d under way go on to their end.") % {"n": staying}
    return done(request, reverse("web:procedure_versions", args=[key]), said)
