"""Who else may see a quote: whoever sees its deal."""

from __future__ import annotations

from django.db.models import QuerySet

from throughline.core import access
from throughline.core.records import registry
from throughline.crm.quotes.models import Quote


def of_visible_deals(seen: access.Seen) -> QuerySet[Quote]:
    """Return the quotes of deals that the person sees."""
    return Quote.objects.filter(seen.at(registry.get("deal"), "deal_id"), deal__isnull=False)


OF_DEALS = access.Widening(
    key="deals",
    reason="It belongs to a deal that you may see.",
    rows=of_visible_deals,
    column="id",
    through=lambda: [registry.get("deal")],
)

WIDENINGS = (("quote", OF_DEALS),)
