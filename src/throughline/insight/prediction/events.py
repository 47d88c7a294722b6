"""Business facts of predictions: somebody had them learned."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("prediction.learned", "Prediction learned")
class PredictionLearned(JournalEvent, frozen=True, kw_only=True):
    """What open cases will do was learned from the cases that are over; ``shown``: how many questions were answered."""

    version: int
    cases: int
    shown: int
