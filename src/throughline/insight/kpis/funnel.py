"""How far the leads of a cohort came: captured, contacted, qualified, a deal, a customer."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, Count, Q, Value, When

from throughline.core.identity.models import User
from throughline.insight.kpis.definitions import BECAME_CUSTOMER, BECAME_DEAL, BY_KEY
from throughline.insight.kpis.measuring import Question, Window, population


@dataclass(frozen=True, slots=True)
class Reached:
    """How many of a cohort reached a stage at least; whoever reached a later one has passed it."""

    stage: str
    count: int


CUSTOMER = BECAME_CUSTOMER
DEAL = BECAME_DEAL | CUSTOMER
QUALIFIED = Q(qualified_at__isnull=False) | DEAL
CONTACTED = Q(first_responded_at__isnull=False) | QUALIFIED


def funnel(*, user: User, window: Window) -> list[Reached]:
    """Return the stages of the leads captured in a period, as the asker sees them. One query."""
    found = population(Question(BY_KEY["lead-to-customer"], user, window))
    stages = {"contacted": CONTACTED, "qualified": QUALIFIED, "deal": DEAL, "customer": CUSTOMER}
    counts = found.aggregate(
        captured=Count("pk"),
        **{name: Count(Case(When(reached, then=Value(1)))) for name, reached in stages.items()},
    )
    names = ("captured", *stages)
    return [Reached(name, counts[name]) for name in names]
