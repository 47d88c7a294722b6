"""Links by which a customer opens a quote: sealed with the installation's key, one at a time, until the last day."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core import signing

from throughline.core.refusals import NotFound
from throughline.crm.quotes.models import Quote, QuoteStatus

SALT = "throughline.quotes.link"
PLACE = "q/"
"""Where customers open quotes, below the installation's address."""
GONE = "This link leads nowhere any more. Ask whoever sent it for a new one."
SEEN = (QuoteStatus.SENT, QuoteStatus.ACCEPTED, QuoteStatus.REJECTED, QuoteStatus.EXPIRED)


def token_of(quote: Quote) -> str:
    """Return what the link to a sent quote ends with."""
    return signing.dumps([quote.pk, quote.link_no], salt=SALT)


def link_of(quote: Quote) -> str:
    """Return the whole link to a sent quote, as the customer is given it."""
    return f"{settings.SITE_URL}/{PLACE}{token_of(quote)}/"


def quote_of(token: str) -> Quote:
    """
    Return the quote that a link leads to.

    Raises:
        NotFound: the link was not made here, a newer one has taken its place, or the quote was taken back.
    """
    try:
        key, number = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as wrong:
        raise NotFound(GONE) from wrong
    rows = Quote.objects.select_related("organization", "contact", "owner", "deal")
    quote = rows.filter(pk=key, link_no=number, deleted_at=None, status__in=SEEN).first()
    if quote is None:
        raise NotFound(GONE)
    return quote


def is_over(quote: Quote, at: datetime) -> bool:
    """Return whether the last day of a quote has passed, at the time of UTC."""
    return quote.valid_until is not None and at.date() > quote.valid_until
