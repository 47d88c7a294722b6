"""How long an open case will still take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from throughline.flow.mining.log import EventLog, Ints, microseconds
from throughline.insight.prediction.features import Encoder
from throughline.insight.prediction.learning import Learned, NotShown, Numbers, examined, split_by_time, verdict

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingRegressor

SECOND = 1_000_000


@dataclass(frozen=True)
class RemainingTime:
    """Predicts the seconds from an event to the end of its case; learned by least absolute error."""

    encoder: Encoder
    opened: Ints
    closed: Ints
    trees: HistGradientBoostingRegressor

    def predict(self, log: EventLog) -> Numbers:
        """Return the seconds from each event to the end of its case."""
        found = self.trees.predict(self.encoder.matrix(log, self.opened, self.closed))
        return np.maximum(np.asarray(found, dtype=np.float64), 0.0)

    def for_open_cases(self, log: EventLog, *, now: datetime) -> dict[str, float]:
        """Return per case the seconds from ``now`` to its end, of a log of what happened so far; never below 0."""
        since = (microseconds(now) - log.at[log.last]) / SECOND
        left = np.maximum(self.predict(log)[log.last] - since, 0.0)
        return dict(zip(log.names, left.tolist(), strict=True))


def learn_remaining_time(log: EventLog, *, columns: Sequence[str] | None = None) -> Learned[RemainingTime] | NotShown:
    """
    Learn from the finished cases of ``log`` how long cases still take.

    ``columns``: the attributes to look at; None is all of them. The table to beat is the median of the remaining time
    by last activity. What is returned was learned from the teaching cases only, so the examination is of just that.
    """
    split = split_by_time(log)
    if isinstance(split, NotShown):
        return split
    model = _learned(split.teaching, log, list(log.columns) if columns is None else columns)
    actual = remaining_seconds(split.examining)
    predicted = model.predict(split.examining)
    plain = _median_by_activity(split.teaching, split.examining)
    validation = examined(
        split,
        split.examining.case_of,
        errors=np.abs(predicted - actual),
        baseline=np.abs(plain - actual),
        predicted=predicted,
        actual=actual,
    )
    return verdict(model, validation)


def remaining_seconds(log: EventLog) -> Numbers:
    """Return the seconds from each event to the last one of its case."""
    return np.asarray((np.repeat(log.at[log.last], log.lengths) - log.at) / SECOND, dtype=np.float64)


def _learned(teaching: EventLog, everything: EventLog, columns: Sequence[str]) -> RemainingTime:
    encoder = Encoder.of(teaching, columns)
    opened, closed = np.sort(everything.at[everything.first]), np.sort(everything.at[everything.last])
    from sklearn.ensemble import HistGradientBoostingRegressor  # takes a second to load

    trees = HistGradientBoostingRegressor(
        loss="absolute_error",
        max_iter=200,
        learning_rate=0.08,
        min_samples_leaf=30,
        l2_regularization=1.0,
        categorical_features=encoder.categorical,
        early_stopping=False,
        random_state=1,
    )
    trees.fit(encoder.matrix(teaching, opened, closed), remaining_seconds(teaching))
    return RemainingTime(encoder, opened, closed, trees)


def _median_by_activity(teaching: EventLog, examining: EventLog) -> Numbers:
    taught = remaining_seconds(teaching)
    everywhere = float(np.median(taught))
    words = teaching.activity.to_list()
    groups: dict[str | None, list[float]] = {}
    for word, seconds in zip(words, taught.tolist(), strict=True):
        groups.setdefault(word, []).append(seconds)
    medians = {word: float(np.median(seconds)) for word, seconds in groups.items()}
    return np.array([medians.get(word, everywhere) for word in examining.activity.to_list()], dtype=np.float64)
