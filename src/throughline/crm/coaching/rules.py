"""What the numbers of coaching mean, each as a filter of the list of deals. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Filter = dict[str, Any]

READ = ("owner", "stage", "stage_entered_at", "closed_at", "lost_reason", "next_step_due_at")
"""Fields of deals that the numbers give away: who may not read one of them is shown none."""

PERIODS = (90, 180, 365)
"""Lengths to look back for what was won and lost, in days."""

REASONS = ("Price", "Timing", "Competitor")
"""Reasons of losses that are told apart; all others, and none, are one."""
OTHER = "other"

OPEN: Filter = {"field": "closed_at", "op": "empty"}
LATE: Filter = {"any": [{"field": "next_step_due_at", "op": "overdue"}, {"field": "next_activity_at", "op": "overdue"}]}
"""The next step, or something planned, lies behind."""
IDLE: Filter = {"all": [{"field": "next_step_due_at", "op": "empty"}, {"field": "next_activity_at", "op": "empty"}]}
"""Nothing dated is ahead."""


def stuck(limits: Mapping[str, int]) -> Filter | None:
    """Return what stands longer in its stage than the stage allows, by days per stage; None when no stage says."""
    parts = [
        {"all": [at_stage(stage), {"field": "stage_entered_at", "op": "older_than", "value": str(days)}]}
        for stage, days in sorted(limits.items())
    ]
    return {"any": parts} if parts else None


def at_stage(*stages: str) -> Filter:
    """Return what stands in one of these stages."""
    return {"field": "stage", "op": "one_of", "value": list(stages)}


def of_person(person: int) -> Filter:
    """Return what belongs to somebody."""
    return {"field": "owner", "op": "is", "value": str(person)}


def ended(stages: Sequence[str], days: int) -> Filter:
    """Return what came to one of these last stages in so many days."""
    return {"all": [at_stage(*stages), {"field": "closed_at", "op": "within_last", "value": str(days)}]}


def lost_for(reason: str) -> Filter:
    """Return what was lost for one of ``REASONS``, or for any other (``OTHER``)."""
    if reason != OTHER:
        return {"field": "lost_reason", "op": "is", "value": reason}
    return {"not": {"field": "lost_reason", "op": "one_of", "value": list(REASONS)}}


def both(*filters: Filter) -> Filter:
    """Return what all of these take."""
    return {"all": list(filters)}
