"""Addresses of the interface, below ``/api/``."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from throughline.api import problems
from throughline.api.document import document
from throughline.api.events import EVENTS
from throughline.api.hooks import HOOKS
from throughline.api.people import PEOPLE
from throughline.api.prices import PRICES
from throughline.api.problems import Wrong
from throughline.api.records import RECORDS
from throughline.api.rest import REST
from throughline.api.site import Answer, Call, Endpoint, patterns

ENDPOINTS: tuple[Endpoint, ...] = (*REST, *EVENTS, *HOOKS, *PEOPLE, *PRICES, *RECORDS)
"""Everything that can be asked; record types have a place of their own, so that their names cannot hide others."""


def show_document(call: Call) -> Answer:
    """Return the OpenAPI document for the key."""
    return Answer(document(ENDPOINTS, user=call.user, holder=call.holder))


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """Answer for addresses that are none."""
    return problems.of_wrong(
        Wrong(404, "no_such_address", f"There is nothing at {request.path}. Look at /api/v1/openapi.json.")
    )


DOCUMENT = Endpoint("GET", "openapi.json", "document", "The OpenAPI document", show_document, "me")

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include(patterns((DOCUMENT, *ENDPOINTS)))),
    re_path("", nothing_here),
]
