"""Business facts of usual bands: a step has more, or older, work than usual, and has it no longer."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("step.left_band", "More waits than usual")
class StepLeftBand(JournalEvent, frozen=True, kw_only=True):
    """
    At a step of a procedure more waits than usual (``figure`` is ``queue``), or older work (``age``, in hours).

    ``high`` is the upper end of the usual band. Numbers as text.
    """

    band: int
    procedure: str
    node: str
    step: str
    figure: str
    value: str
    high: str


@event("step.back_in_band", "As much waits as usual")
class StepBackInBand(JournalEvent, frozen=True, kw_only=True):
    """At a step as much waits as usual again."""

    band: int
    procedure: str
    node: str
    figure: str
    value: str
