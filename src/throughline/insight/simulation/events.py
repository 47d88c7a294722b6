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
