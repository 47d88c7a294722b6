"""
What an outsider sees who was given a link: the drawing, and a place for a remark. No session, no cookie.

The secret in the address is all there is; the page is kept out of search engines and caches and tells other sites
nothing of where a reader comes from. Whoever tries secrets is stopped after a few that open nothing.
"""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from throughline.core.discussion import operations, queries
from throughline.core.discussion.models import Link
from throughline.core.procedures.queries import overview
from throughline.core.refusals import NotFound, Refusal
from throughline.flow import bpmn
from throughline.web import moments
from throughline.web.parts import Choice

MOST_WRONG = 20
"""Secrets that open nothing, from one address within ``WINDOW`` seconds; then every answer is 429."""
WINDOW = 600


@csrf_exempt  # no session and no cookie: the secret is the address, which a foreign page does not know
def show(request: HttpRequest, secret: str) -> HttpResponse:
    """Show a version of a procedure to an outsider, or take their remark."""
    answered = _answer(request, secret)
    answered["X-Robots-Tag"] = "noindex, nofollow"
    answered["Cache-Control"] = "no-store"
    answered["Referrer-Policy"] = "no-referrer"
    return answered


def _answer(request: HttpRequest, secret: str) -> HttpResponse:
    counter = f"shared:{request.META.get('REMOTE_ADDR', '')}"
    if int(cache.get(counter, 0)) >= MOST_WRONG:
        sentence = _("Too many links that lead nowhere. Try again in a few minutes.")
        return render(request, "discussion/gone.html", {"sentence": sentence}, status=429)
    now = moments.now()
    try:
        link = operations.link_of(secret=secret, at=now)
    except NotFound as gone:
        if not cache.add(counter, 1, WINDOW):
            cache.set(counter, int(cache.get(counter, 0)) + 1, WINDOW)
        return render(request, "discussion/gone.html", {"sentence": gone.message}, status=404)
    if request.method != "POST":
        return _page(request, link, None)
    given = request.POST
    try:
        operations.add_guest_remark(
            secret=secret,
            name=given.get("name", ""),
            body=given.get("body", ""),
            element=given.get("element", ""),
            by=operations.OUTSIDER,
            at=now,
        )
    except Refusal as refusal:
        return _page(request, link, refusal)
    return redirect(f"{request.path}?said=1")


def _page(request: HttpRequest, link: Link, refusal: Refusal | None) -> HttpResponse:
    found = overview.procedure(key=link.procedure.key)
    version = next(each for each in found.versions if each.number == link.number)
    chart = bpmn.read(overview.drawing(version_id=version.id))
    context = {
        "link": link,
        "name": found.name,
        "summary": found.summary,
        "picture": SafeString(bpmn.render_svg(chart, title=found.name)),
        "steps": [Choice(each.id, each.name) for each in queries.places(chart) if not each.is_arrow],
        "given": request.POST if refusal else {},
        "said": "said" in request.GET and refusal is None,
        "error": refusal.message if refusal else "",
        "now": moments.now(),
    }
    return render(request, "discussion/public.html", context, status=refusal.status if refusal else 200)
