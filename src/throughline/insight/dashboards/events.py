"""Business facts of dashboards."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("dashboard.saved", "Dashboard saved")
class DashboardSaved(JournalEvent, frozen=True, kw_only=True):
    """Somebody made, arranged or shared a dashboard."""

    dashboard: int
    name: str
    tiles: int
    team: int | None
    shared: bool


@event("dashboard.deleted", "Dashboard deleted")
class DashboardDeleted(JournalEvent, frozen=True, kw_only=True):
    """Somebody deleted a dashboard."""

    dashboard: int
    name: str
