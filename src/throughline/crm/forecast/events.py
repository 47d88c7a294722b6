"""What the journal tells of the forecast. Amounts are exact, as text."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("forecast.taken", "Forecast kept")
class ForecastTaken(JournalEvent):
    """How all deals stood was kept for the day."""

    day: str
    deals: int
    committed: str
    weighted: str
    currency: str


@event("target.set", "Target set")
class TargetSet(JournalEvent):
    """How much somebody is to sell in a month."""

    person: int
    month: str
    former: str | None
    amount: str
