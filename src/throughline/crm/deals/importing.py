"""Making deals and products set-wise, from rows of stored values by field name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.records import operations, registry
from throughline.core.records.choices import reading_once
from throughline.core.records.making import Columns, Row, make_records
from throughline.core.records.spec import Created
from throughline.core.records.text import fold
from throughline.core.refusals import Refusal
from throughline.crm.deals import events, life
from throughline.crm.deals.models import Deal, Product
from throughline.crm.people.models import Organization


@transaction.atomic
def create_deals(rows: Sequence[Row], *, by: Actor, at: datetime) -> Created:
    """
    Make deals; rows whose external key is known are left alone. Each passes the gate of its stage.

    A deal that ended elsewhere keeps the instant at which it ended (``closed_at``).

    Raises:
        Refusal: a gate does not let one through; the row's external key is named. Nothing is written.
    """
    spec = registry.get("deal")
    homes = operations.home_teams({row["owner"] for row in rows if row.get("owner")})
    linked: dict[str, dict[int, Any]] = {
        "organization": Organization.objects.in_bulk({row["organization"] for row in rows if row.get("organization")}),
        "product": Product.objects.in_bulk({row["product"] for row in rows if row.get("product")}),
    }

    def derive(columns: Columns) -> None:
        if columns["team_id"] is None and columns["owner_id"] is not None:
            columns["team_id"] = homes.get(columns["owner_id"])
        deal = Deal(**{name: value for name, value in columns.items() if name != "id"})
        for link, known in linked.items():
            setattr(deal, link, known.get(columns[f"{link}_id"]))
        name_deal(deal)
        try:
            life.settle(deal, {}, at)
        except Refusal as refused:
            named = f"{columns['external_id']}: {refused}" if columns["external_id"] else str(refused)
            raise Refusal(refused.code, named, refused.field, fields=refused.fields) from refused
        for column in _WORKED_OUT:
            columns[column] = getattr(deal, column)

    def fact(columns: Columns) -> journal.JournalEvent:
        return life.opened(Deal(**columns))

    with reading_once():
        return make_records(spec, rows, derive=derive, fact=fact, by=by, at=at)


_WORKED_OUT = (
    "name", "sort_name", "pipeline_id", "stage_id", "stage_entered_at", "currency", "probability", "forecast_category",
    "expected_revenue", "closed_at",
)  # fmt: skip


def name_deal(deal: Deal) -> Sequence[str]:
    """Fill the name where nobody gave one, and its sorted form."""
    if not deal.name:
        told = [str(part) for part in (_called(deal, "organization"), _called(deal, "product")) if part]
        deal.name = ", ".join(told) or deal.external_id or "Deal"
    deal.sort_name = fold(deal.name)
    return ("name", "sort_name")


def _called(deal: Deal, link: str) -> Any:
    return getattr(deal, link) if getattr(deal, f"{link}_id") else None


@transaction.atomic
def create_products(rows: Sequence[Row], *, by: Actor, at: datetime) -> Created:
    """Make products; rows whose external key is known are left alone."""

    def derive(columns: Columns) -> None:
        columns["sort_name"] = fold(columns["name"])

    def fact(columns: Columns) -> journal.JournalEvent:
        price = columns["price"]
        return events.ProductAdded(
            name=columns["name"], code=columns["code"], price=None if price is None else format(price, "f")
        )

    return make_records(registry.get("product"), rows, derive=derive, fact=fact, by=by, at=at)


def name_product(product: Product) -> Sequence[str]:
    """Fill the sorted form of the name."""
    product.sort_name = fold(product.name)
    return ("sort_name",)
