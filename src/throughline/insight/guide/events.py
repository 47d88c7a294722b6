"""What the journal tells of guided paths, about the procedure."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("guide.begun", "Guided path begun")
class GuideBegun(JournalEvent):
    """Somebody began the guided path for a procedure; ``as_is`` is the procedure that is done today, if drawn."""

    guide: int
    as_is: str


@event("guide.kept", "Guided path kept")
class GuideKept(JournalEvent):
    """A step of the guided path was answered."""

    guide: int
    step: int


@event("guide.finished", "Guided path finished")
class GuideFinished(JournalEvent):
    """The guided path came to its end: what became of each pain point, which goals were set."""

    guide: int
    pains: dict[str, int]
    goals: list[int]
    review_on: str
