"""Who else may see a contract: whoever sees its deal."""

from __future__ import annotations

from django.db.models import QuerySet

from throughline.core import access
from throughline.core.records import registry
from throughline.crm.contracts.models import Contract


def of_visible_deals(seen: access.Seen) -> QuerySet[Contract]:
    """Return the contracts of deals that the person sees."""
    return Contract.objects.filter(seen.at(registry.get("deal"), "deal_id"), deal__isnull=False)


OF_DEALS = access.Widening(
    key="deals",
    reason="It belongs to a deal that you may see.",
    rows=of_visible_deals,
    column="id",
    through=lambda: [registry.get("deal")],
)

WIDENINGS = (("contract", OF_DEALS),)
