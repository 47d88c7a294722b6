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


@event("report.kept", "Report kept")
class ReportKept(JournalEvent, frozen=True, kw_only=True):
    """Somebody has a dashboard mailed, or changed to whom and when; ``receivers`` are people by key."""

    report: int
    name: str
    every: str
    day: int
    hour: int
    receivers: list[int]


@event("report.ended", "Report ended")
class ReportEnded(JournalEvent, frozen=True, kw_only=True):
    """Somebody has a dashboard mailed no more."""

    report: int
    name: str


@event("report.due", "Report due")
class ReportDue(JournalEvent, frozen=True, kw_only=True):
    """The hour of a report has come. What mails it begins with this."""

    report: int
    name: str


@event("dashboard.deleted", "Dashboard deleted")
class DashboardDeleted(JournalEvent, frozen=True, kw_only=True):
    """Somebody deleted a dashboard."""

    dashboard: int
    name: str
