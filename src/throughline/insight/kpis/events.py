"""Business facts of key figures: goals set, and bands left and reached again."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("goal.saved", "Goal set")
class GoalSaved(JournalEvent, frozen=True, kw_only=True):
    """Somebody set a goal for a key figure. Numbers are exact, as text."""

    goal: int
    kpi: str
    period: str
    target: str | None
    low: str | None
    high: str | None
    owner: int


@event("goal.deleted", "Goal deleted")
class GoalDeleted(JournalEvent, frozen=True, kw_only=True):
    """Somebody gave a goal up."""

    goal: int
    kpi: str


@event("goal.left_band", "Key figure left its band")
class GoalLeftBand(JournalEvent, frozen=True, kw_only=True):
    """A key figure is outside of the band of a goal; its owner was told."""

    goal: int
    kpi: str
    value: str
    low: str | None
    high: str | None


@event("goal.back_in_band", "Key figure is in its band again")
class GoalBackInBand(JournalEvent, frozen=True, kw_only=True):
    """A key figure came back into the band of a goal."""

    goal: int
    kpi: str
    value: str
