"""Business facts of simulations: who asked what would happen."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("simulation.requested", "Simulation asked for")
class SimulationRequested(JournalEvent, frozen=True, kw_only=True):
    """Somebody had a version simulated."""

    experiment: int
    name: str
    version: int
    cases: int
    replications: int
    seed: int


@event("simulation.cancelled", "Simulation cancelled")
class SimulationCancelled(JournalEvent, frozen=True, kw_only=True):
    """Somebody stopped a simulation before its end."""

    experiment: int
    name: str


@event("simulation.dry_run_requested", "Dry run asked for")
class DryRunRequested(JournalEvent, frozen=True, kw_only=True):
    """Somebody had the last cases tried in a version."""

    dry_run: int
    version: int
    cases: int


@event("simulation.dry_run_cancelled", "Dry run cancelled")
class DryRunCancelled(JournalEvent, frozen=True, kw_only=True):
    """Somebody stopped a dry run before its end."""

    dry_run: int


@event("simulation.forecast_kept", "Forecast kept")
class ForecastKept(JournalEvent, frozen=True, kw_only=True):
    """Somebody kept what a simulation says of a span of time, to be compared with what will have happened."""

    forecast: int
    experiment: int
    name: str
    since: str
    until: str


@event("simulation.forecast_compared", "Forecast compared with what happened")
class ForecastCompared(JournalEvent, frozen=True, kw_only=True):
    """The span of a forecast is over; ``agrees`` None: nothing ended that could be compared."""

    forecast: int
    experiment: int
    name: str
    agrees: bool | None
