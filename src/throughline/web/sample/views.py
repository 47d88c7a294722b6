"""The page of the sample company: what it is, loading it, taking it away."""

from __future__ import annotations

import secrets

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core.identity.models import User
from throughline.sample import company
from throughline.sample.founding import DOMAIN
from throughline.web.answers import Asked, done, signed_in


@signed_in
def show(request: Asked) -> HttpResponse:
    """Show what the sample company is, and load it (POST): then its people and their password are shown this once."""
    company.require(request.by)
    if request.method != "POST":
        return _page(request, password="")
    password = secrets.token_urlsafe(9)
    company.load_company(by=request.by, at=request.at, password=password)
    return _page(request, password=password)


def _page(request: Asked, *, password: str) -> HttpResponse:
    people = ("maya", "tom", "ines", "omar", "petra", "alma")
    emails = [f"{name}@{DOMAIN}" for name in people] if password else []
    context = {
        "state": company.state(),
        "extent": company.extent(),
        "password": password,
        "people": User.objects.filter(email__in=emails).prefetch_related("teams").order_by("pk"),
    }
    return render(request, "sample/show.html", context)


@require_POST
@signed_in
def end(request: Asked) -> HttpResponse:
    """Take the sample company away."""
    company.remove_company(by=request.by, at=request.at)
    return done(
        request, reverse("web:sample"), _("The sample company is gone. Your installation is as empty as before.")
    )
