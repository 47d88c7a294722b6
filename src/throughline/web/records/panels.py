"""
What a capability shows on the page of its records beyond what every record shows: one panel, above the timeline.

A panel is a template with its values; who has one is said in ``PANELS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from throughline.core.records.queries import RecordPage
from throughline.web.activities.shown import activity_panel
from throughline.web.answers import Asked
from throughline.web.deals.panel import deal_panel
from throughline.web.deals.products import price_book_panel, product_panel
from throughline.web.people.affiliations import contact_panel, organization_panel
from throughline.web.queues.panel import queue_panel
from throughline.web.quotes.panels import contract_panel, invoice_panel, quote_panel
from throughline.web.territories.panel import territory_panel

Panel = Callable[[Asked, RecordPage], Mapping[str, Any]]

PANELS: dict[str, Panel] = {
    "activity": activity_panel,
    "contact": contact_panel,
    "organization": organization_panel,
    "deal": deal_panel,
    "product": product_panel,
    "price_book": price_book_panel,
    "queue": queue_panel,
    "quote": quote_panel,
    "contract": contract_panel,
    "invoice": invoice_panel,
    "territory": territory_panel,
}


def panel_context(request: Asked, found: RecordPage) -> dict[str, Any]:
    """Return the panel of a record as ``panel`` (with its ``template``), None for types without one."""
    make = PANELS.get(found.spec.type)
    return {"panel": make(request, found) if make else None}
