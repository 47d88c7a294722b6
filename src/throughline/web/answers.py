"""
Answers of views: who may ask, and what a refusal looks like.

Every view for people is wrapped by ``signed_in`` (pages and the parts that htmx swaps) or ``signed_in_json`` (what
islands ask). The wrapper reads the clock once (``request.at``), sets the reader's time zone, and turns refusals into
one clear sentence with the right status: 404, 403, 409, 422.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.refusals import Refusal, require_writable
from throughline.web import moments


class Asked(HttpRequest):
    """
    A request of somebody who is signed in: ``at`` an instant, ``by`` an actor.

    Never made: ``signed_in`` dresses the request that Django hands over.
    """

    user: User
    at: datetime
    by: Actor


Given = ParamSpec("Given")
View = Callable[Concatenate[Asked, Given], HttpResponse]
PlainView = Callable[Concatenate[HttpRequest, Given], HttpResponse]


def signed_in(view: View[Given]) -> PlainView[Given]:
    """Let only people in; send others to the sign-in page. Refusals become a page or a part with one sentence."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        asked = _asked(request)
        with timezone.override(asked.user.time_zone):
            try:
                _require_writable(request)
                return view(asked, *args, **kwargs)
            except Refusal as refusal:
                return refused(asked, refusal)

    return cast("PlainView[Given]", answer)


def signed_in_json(view: View[Given]) -> PlainView[Given]:
    """As ``signed_in``, for islands: refusals are JSON with ``code``, ``message`` and ``fields``."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return JsonResponse({"code": "signed_out", "message": _("You are signed out. Sign in again.")}, status=401)
        asked = _asked(request)
        with timezone.override(asked.user.time_zone):
            try:
                _require_writable(request)
                return view(asked, *args, **kwargs)
            except Refusal as refusal:
                told = {"code": refusal.code, "message": refusal.message, "fields": refusal.fields}
                return JsonResponse(told, status=refusal.status)

    return cast("PlainView[Given]", answer)


def with_inline_styles(view: PlainView[Given]) -> PlainView[Given]:
    """Let a page have style attributes, which bpmn-js and dmn-js write; scripts stay strict."""
    allowed = csp_update({"style-src": ["'self'", "'unsafe-inline'"]})
    return cast("PlainView[Given]", allowed(cast(Any, view)))


def parameters(given: QueryDict) -> dict[str, str]:
    """Return what an address or form gives by name, the last value of each."""
    return {name: str(given.get(name, "")) for name in given}


def _asked(request: HttpRequest) -> Asked:
    asked = cast(Asked, request)
    asked.at, asked.by = moments.now(), Actor.user(asked.user)
    if asked.method == "GET":
        access.keep_seen(asked.user)
    return asked


def _require_writable(request: HttpRequest) -> None:
    """Refuse what no field could keep before anybody looks for it. Files are not looked into."""
    for given in (request.GET, request.POST):
        require_writable(str(value) for _name, values in given.lists() for value in values)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(resolve_url("account_login"))
    return redirect_to_login(request.get_full_path())


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer a refusal that no form takes up: a part for htmx, else a page with its one sentence."""
    status = refusal.status
    if request.headers.get("HX-Request"):
        return render(request, "components/_refusal.html", {"sentence": refusal.message}, status=status)
    template = {403: "403.html", 404: "404.html"}.get(status, "400.html")
    return render(request, template, {"sentence": refusal.message}, status=status)


def done(request: HttpRequest, to: str, said: str) -> HttpResponse:
    """Go on to a page that shows ``said`` as a note."""
    messages.success(request, said)
    return HttpResponseClientRedirect(to) if request.headers.get("HX-Request") else HttpResponseRedirect(to)


def body_of(request: HttpRequest) -> dict[str, Any]:
    """
    Return the JSON document of a request.

    Raises:
        Refusal: it is none.
    """
    try:
        document = json.loads(request.body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Refusal("no_json", _("Expected a JSON document with named members. Send one."))
    return document


def text_of(document: dict[str, Any], name: str) -> str:
    """
    Return a text member of a JSON document, empty when it is not there.

    Raises:
        Refusal: it is something else than a text.
    """
    value = document.get(name, "")
    if not isinstance(value, str):
        raise Refusal("no_text", _("Expected “%(name)s” to be a text. Send one.") % {"name": name}, name)
    return value
