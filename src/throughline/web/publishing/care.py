"""Who looks after a procedure: owner, day of review, second person; and asking for a review now."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.identity.queries import names_of_colleagues
from throughline.core.procedures.operations import open_review, set_stewardship
from throughline.core.procedures.queries import overview as queries
from throughline.core.procedures.queries.approving import Stewardship, stewardship
from throughline.core.refusals import Refusal
from throughline.web.answers import Asked, done, parameters, signed_in
from throughline.web.parts import Choice, FormField, FormSection
from throughline.web.procedures.drawings import PUBLISH
from throughline.web.procedures.frame import frame


@signed_in
def show_care(request: Asked, key: str) -> HttpResponse:
    """Show who looks after a procedure, or change it."""
    found = queries.procedure(key=key)
    care = stewardship(procedure=key)
    given = parameters(request.POST)
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            set_stewardship(
                key=key,
                owner_id=int(given["owner"]) if given.get("owner", "").isdecimal() else None,
                review_on=_day(given.get("review_on", "")),
                needs_approval=given.get("needs_approval") == "yes",
                by=request.by,
                at=request.at,
            )
            return done(request, reverse("web:procedure_versions", args=[key]), _("Saved."))
        except Refusal as told:
            refusal = told
    versions = reverse("web:procedure_versions", args=[key])
    context = frame(found, "versions") | {
        "form": {
            "title": _("Looking after “%(name)s”") % {"name": found.name},
            "action": reverse("web:procedure_care", args=[key]),
            "cancel_url": versions,
            "button": _("Save"),
            "error": refusal.message if refusal else "",
            "sections": [FormSection(_("Care"), _fields(care, given, refusal))],
        },
        "may": access.allows(request.user, PUBLISH),
        "review_url": reverse("web:procedure_review", args=[key]),
        "versions_url": versions,
    }
    return render(request, "publishing/care.html", context, status=refusal.status if refusal else 200)


def _fields(care: Stewardship, given: dict[str, str], refusal: Refusal | None) -> tuple[FormField, ...]:
    faults = refusal.fields if refusal else {}
    people = tuple(Choice(str(key), name) for key, name in names_of_colleagues())
    day = care.review_on.isoformat() if care.review_on else ""
    needs = given.get("needs_approval", "") == "yes" if given else care.needs_approval
    return (
        FormField("owner", _("Owner"), "choice", given.get("owner", str(care.owner or "")), choices=people),
        FormField(
            "review_on", _("Looked at again on"), "date", given.get("review_on", day),
            help=_("On that day “Procedure review” begins, if it runs here. Three to six months are good."),
            error=faults.get("review_on", ""),
        ),
        FormField(
            "needs_approval", _("Another person must agree before it is published"), "boolean", "yes" if needs else ""
        ),
    )  # fmt: skip


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refusal("no_day", _("Write the day as 2026-03-31."), "review_on") from None


@require_POST
@signed_in
def review_now(request: Asked, key: str) -> HttpResponse:
    """Have the procedure looked at before its day."""
    open_review(key=key, why=request.POST.get("why", ""), by=request.by, at=request.at)
    said = _("Its review is open now, if the procedure “Procedure review” runs here.")
    return done(request, reverse("web:procedure_versions", args=[key]), said)
