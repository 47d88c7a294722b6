"""What the journal tells of charts that are derived or begun by hand."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("chart.begun", "Chart begun")
class ChartBegun(JournalEvent, frozen=True, kw_only=True):
    """Somebody began a chart by hand, of what is planned."""

    chart: str
    kind: str
    title: str


@event("chart.plan_changed", "Plan changed")
class PlanChanged(JournalEvent, frozen=True, kw_only=True):
    """Something planned was put into a chart or taken out of it."""

    chart: str
    what: str
    removed: bool = False
