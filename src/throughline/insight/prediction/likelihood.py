"""How likely something is of an open case: a good outcome, or being late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from throughline.flow.mining.log import EventLog, Ints, Mask
from throughline.insight.prediction.features import Encoder
from throughline.insight.prediction.learning import Learned, NotShown, Numbers, examined, split_by_time, verdict

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

PRIOR = 2.0
"""How many examples of the whole count in with those of one activity, so that a rare one says little."""


@dataclass(frozen=True)
class Likelihood:
    """Predicts, at an event, the probability that its case is one of those asked for."""

    encoder: Encoder
    opened: Ints
    closed: Ints
    trees: HistGradientBoostingClassifier

    def predict(self, log: EventLog) -> Numbers:
        """Return a probability at each event."""
        found = self.trees.predict_proba(self.encoder.matrix(log, self.opened, self.closed))
        return np.asarray(found[:, 1], dtype=np.float64)

    def for_open_cases(self, log: EventLog) -> dict[str, float]:
        """Return the probability of each case, of a log of what happened so far."""
        return dict(zip(log.names, self.predict(log)[log.last].tolist(), strict=True))


def learn_likelihood(
    log: EventLog, asked: Mask, *, columns: Sequence[str] | None = None
) -> Learned[Likelihood] | NotShown:
    """
    Learn from the finished cases of ``log`` which ones are ``asked`` for, one truth per case.

    Errors are Brier scores; the table to beat is the share by last activity. The last event of a case is no example,
    for it may be the answer.
    """
    answers = {name: bool(value) for name, value in zip(log.names, asked, strict=True)}
    split = split_by_time(log)
    if isinstance(split, NotShown):
        return split
    taught = _per_event(split.teaching, answers)
    before_end = _before_end(split.teaching)
    if len(np.unique(taught[before_end])) < 2:
        return NotShown("All cases to learn from turned out the same, so there is nothing to tell apart.")
    encoder = Encoder.of(split.teaching, list(log.columns) if columns is None else columns)
    opened, closed = np.sort(log.at[log.first]), np.sort(log.at[log.last])
    from sklearn.ensemble import HistGradientBoostingClassifier  # takes a second to load

    trees = HistGradientBoostingClassifier(
        max_iter=120,
        learning_rate=0.06,
        min_samples_leaf=40,
        l2_regularization=1.0,
        categorical_features=encoder.categorical,
        early_stopping=False,
        random_state=1,
    )
    trees.fit(encoder.matrix(split.teaching, opened, closed)[before_end], taught[before_end])
    model = Likelihood(encoder, opened, closed, trees)
    chosen = _before_end(split.examining)
    actual = _per_event(split.examining, answers)[chosen].astype(np.float64)
    predicted = model.predict(split.examining)[chosen]
    plain = _share_by_activity(split.teaching, taught, split.examining)[chosen]
    case = split.examining.case_of[chosen]
    errors, baseline = (predicted - actual) ** 2, (plain - actual) ** 2
    return verdict(model, examined(split, case, errors=errors, baseline=baseline, predicted=predicted, actual=actual))


def _per_event(log: EventLog, answers: dict[str, bool]) -> Mask:
    return np.repeat(np.array([answers[name] for name in log.names], dtype=np.bool_), log.lengths)


def _before_end(log: EventLog) -> Ints:
    return log.steps


def _share_by_activity(teaching: EventLog, taught: Mask, examining: EventLog) -> Numbers:
    chosen = _before_end(teaching)
    codes, truth = teaching.activity.codes[chosen], taught[chosen].astype(np.float64)
    everywhere = float(truth.mean())
    kinds = len(teaching.activity.words)
    counts = np.bincount(codes, minlength=kinds)
    shares = (np.bincount(codes, weights=truth, minlength=kinds) + PRIOR * everywhere) / (counts + PRIOR)
    by_word = dict(zip(teaching.activity.words, shares.tolist(), strict=True))
    return np.array([by_word.get(word or "", everywhere) for word in examining.activity.to_list()], dtype=np.float64)
