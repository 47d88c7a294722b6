"""
The public page of a quote: whoever has the link reads it, takes the document along, accepts with a name, or rejects.

It sets no cookie and needs no session. The token in the address is the secret: the page is kept out of search engines
and caches, and tells other sites nothing of where a reader comes from. Opening it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from throughline.core.actor import Actor, ActorKind
from throughline.core.refusals import NotFound, Refusal
from throughline.crm.quotes import links
from throughline.crm.quotes.letter import seller
from throughline.crm.quotes.models import Quote, QuoteStatus
from throughline.crm.quotes.operations import accept_quote, reject_quote, sums_of
from throughline.web import moments
from throughline.web.quotes.panels import lines_shown, sums_shown
from throughline.web.quotes.views import kept, pdf

CUSTOMER = Actor(ActorKind.FORM, "quote", "Customer")
Page = Callable[[HttpRequest, str], HttpResponse]


def _private(view: Page) -> Page:
    @wraps(view)
    def answer(request: HttpRequest, token: str) -> HttpResponse:
        try:
            answered = view(request, token)
        except NotFound as gone:
            answered = render(request, "quotes/gone.html", {"sentence": gone.message}, status=404)
        answered["X-Robots-Tag"] = "noindex, nofollow"
        answered["Cache-Control"] = "no-store"
        answered["Referrer-Policy"] = "no-referrer"
        return answered

    return answer


@csrf_exempt  # no session and no cookie: the secret is the address, which a foreign page does not know
@_private
def show(request: HttpRequest, token: str) -> HttpResponse:
    """Show a quote, or take its answer."""
    quote = links.quote_of(token)
    if request.method != "POST":
        return _page(request, quote, None)
    try:
        _answer(request, token)
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, links.quote_of(token), refusal)
    return redirect(request.path)


def _answer(request: HttpRequest, token: str) -> None:
    sent, at = request.POST, moments.now()
    if sent.get("do") == "reject":
        reject_quote(token=token, reason=sent.get("reason", ""), by=CUSTOMER, at=at)
    else:
        accept_quote(
            token=token,
            name=sent.get("name", ""),
            agreed="agreed" in sent,
            digest=sent.get("digest", ""),
            by=CUSTOMER,
            at=at,
        )


def _page(request: HttpRequest, quote: Quote, refusal: Refusal | None) -> HttpResponse:
    now = moments.now()
    is_open = quote.status == QuoteStatus.SENT and not links.is_over(quote, now)
    context = {
        "title": _("Quote %(number)s") % {"number": quote.number},
        "quote": quote,
        "seller": seller(),
        "customer": str(quote.organization or quote.contact or ""),
        "lines": lines_shown(quote),
        "sums": sums_shown(sums_of(quote), quote.currency),
        "intro": quote.intro,
        "terms": quote.terms,
        "pdf_url": f"{request.path}document.pdf",
        "is_open": is_open,
        "is_accepted": quote.status == QuoteStatus.ACCEPTED,
        "is_rejected": quote.status == QuoteStatus.REJECTED,
        "given": request.POST if refusal else {},
        "error": refusal.message if refusal else "",
        "error_field": (refusal.field or "") if refusal else "",
        "now": now,
    }
    return render(request, "quotes/public.html", context, status=refusal.status if refusal else 200)


@_private
def document(request: HttpRequest, token: str) -> HttpResponse:
    """Give the document of a quote."""
    quote = links.quote_of(token)
    return pdf(kept(quote.document), quote.number)
