"""The dashboards that come with the product: one for sellers, one for who manages them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from throughline.insight.dashboards.tiles import Kind, Tile


@dataclass(frozen=True, slots=True)
class Shipped:
    """A dashboard that nobody has to make."""

    key: str
    name: str
    period: str
    tiles: tuple[Tile, ...]


SALES = Shipped(
    "sales",
    "Sales",
    "last_90_days",
    (
        Tile(id=1, kind=Kind.NUMBER, kpi="lead-conversion", wide=3),
        Tile(id=2, kind=Kind.NUMBER, kpi="closed-win-rate", wide=3),
        Tile(id=3, kind=Kind.NUMBER, kpi="first-response", wide=3),
        Tile(id=4, kind=Kind.NUMBER, kpi="revenue-won", wide=3),
        Tile(id=5, kind=Kind.TREND, kpi="lead-conversion", step="week", wide=8, high=3),
        Tile(id=6, kind=Kind.FUNNEL, wide=4, high=3),
        Tile(id=7, kind=Kind.BARS, kpi="lead-conversion", by="source", wide=6, high=3),
        Tile(id=8, kind=Kind.TABLE, kpi="closed-win-rate", wide=6, high=3),
    ),
)
MANAGEMENT = Shipped(
    "management",
    "Management",
    "last_90_days",
    (
        Tile(id=1, kind=Kind.NUMBER, kpi="revenue-won", wide=3),
        Tile(id=2, kind=Kind.NUMBER, kpi="sales-velocity", wide=3),
        Tile(id=3, kind=Kind.NUMBER, kpi="customer-retention", wide=3),
        Tile(id=4, kind=Kind.NUMBER, kpi="contacted-in-time", wide=3),
        Tile(id=5, kind=Kind.TREND, kpi="revenue-won", step="month", wide=6, high=3),
        Tile(id=6, kind=Kind.TREND, kpi="closed-win-rate", step="month", wide=6, high=3),
        Tile(id=7, kind=Kind.BARS, kpi="closed-win-rate", by="owner", wide=6, high=3),
        Tile(id=8, kind=Kind.BARS, kpi="first-response", by="team", wide=6, high=3),
        Tile(id=9, kind=Kind.HEAT, procedure="lead-to-deal", wide=12, high=4),
    ),
)
SHIPPED: Mapping[str, Shipped] = {each.key: each for each in (SALES, MANAGEMENT)}
