"""How far a relationship has come, and how far a person has come on the way to buying: the steps, in order. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from throughline.crm.people.models import JourneyStage, LifecycleStage

LADDER = (
    LifecycleStage.STRANGER,
    LifecycleStage.SUBSCRIBER,
    LifecycleStage.LEAD,
    LifecycleStage.MQL,
    LifecycleStage.SQL,
    LifecycleStage.OPPORTUNITY,
    LifecycleStage.CUSTOMER,
    LifecycleStage.LOYAL,
    LifecycleStage.ADVOCATE,
)
"""From stranger to advocate. Who is former stands beside it: every step leads there, and every step back from there."""


@dataclass(frozen=True, slots=True)
class Track:
    """One of the two: its field, the columns that say since when and why, and its steps in order."""

    field: str
    since: str
    reason: str
    steps: tuple[str, ...]

    def is_back(self, former: str, step: str) -> bool:
        """Return whether a step lies before the former one."""
        known = former in self.steps and step in self.steps
        return known and self.steps.index(step) < self.steps.index(former)


TRACKS: Mapping[str, Track] = {
    "relationship": Track("lifecycle_stage", "stage_since", "stage_reason", tuple(str(step.value) for step in LADDER)),
    "journey": Track("journey_stage", "journey_since", "journey_reason", tuple(JourneyStage.values)),
}
