"""Teaching and examining by time, and the decision whether the result is worth showing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from throughline.flow.mining.log import EventLog, Ints, instant

Numbers = NDArray[np.float64]
LEAST_TEACHING, LEAST_EXAMINING = 100, 40
TEACHING_SHARE = 0.8
LEAST_GAIN = 0.1
"""A model must be better than the plain table by this share; less helps nobody."""

SURE = 1.96


class Model(Protocol):
    """What predicts one number per event of a log."""

    def predict(self, log: EventLog) -> Numbers:
        """Return a prediction at each event of ``log``."""
        ...


M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Band:
    """Events for which about the same was predicted: how many, what was predicted on average, and what came."""

    count: int
    predicted: float
    actual: float


@dataclass(frozen=True, slots=True)
class Validation:
    """
    The examination. ``split_at``: teaching cases were over before it, examining ones began after it. ``error`` and
    ``baseline_error``: of model and table, in the unit of what is predicted (mean absolute error, or Brier score).
    ``gain``: by what share the error is smaller; ``gain_interval``: where that lies with 95 % confidence, cases taken
    as independent. ``reliability``: predicted against actual, in bands of rising prediction.
    """

    split_at: datetime
    teaching_cases: int
    examining_cases: int
    error: float
    baseline_error: float
    gain: float
    gain_interval: tuple[float, float]
    reliability: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Learned(Generic[M]):
    """A model that passed, with its examination."""

    model: M
    validation: Validation


@dataclass(frozen=True, slots=True)
class NotShown:
    """Nothing is predicted. ``reason``: a sentence for people; ``validation``: the examination, if there was one."""

    reason: str
    validation: Validation | None = None


@dataclass(frozen=True)
class Split:
    """A log parted by time."""

    at: int
    teaching: EventLog
    examining: EventLog


def split_by_time(log: EventLog) -> Split | NotShown:
    """Part the finished cases of a log; what was still open at the moment of parting is in neither part."""
    began, ended = log.at[log.first], log.at[log.last]
    if log.cases < LEAST_TEACHING + LEAST_EXAMINING:
        return _too_little(log.cases)
    at = int(np.sort(began)[int(log.cases * TEACHING_SHARE)])
    teaching, examining = log.keep_cases(ended < at), log.keep_cases(began >= at)
    if teaching.cases < LEAST_TEACHING or examining.cases < LEAST_EXAMINING:
        return _too_little(teaching.cases)
    return Split(at, teaching, examining)


def _too_little(cases: int) -> NotShown:
    return NotShown(
        f"There is too little data: {cases:,} finished cases to learn from, "
        f"and at least {LEAST_TEACHING} that were over before the next {LEAST_EXAMINING} began are needed."
    )


def examined(
    split: Split, case: Ints, *, errors: Numbers, baseline: Numbers, predicted: Numbers, actual: Numbers
) -> Validation:
    """
    Return what an examination says.

    ``case``: the number of the case of each example; the others hold one number per example. The interval comes from
    the spread of whole cases, since the examples of one case are not independent.
    """
    cases = int(case.max()) + 1
    mine = np.bincount(case, weights=errors, minlength=cases)
    plain = np.bincount(case, weights=baseline, minlength=cases)
    ratio = mine.sum() / plain.sum() if plain.sum() else 1.0
    spread = np.sqrt(np.sum((mine - ratio * plain) ** 2)) / plain.sum() if plain.sum() else 0.0
    gain = float(1 - ratio)
    return Validation(
        instant(split.at),
        split.teaching.cases,
        split.examining.cases,
        float(errors.mean()),
        float(baseline.mean()),
        gain,
        (gain - SURE * float(spread), gain + SURE * float(spread)),
        _reliability(predicted, actual),
    )


def verdict(model: M, validation: Validation) -> Learned[M] | NotShown:
    """Return the model if it earned to be shown."""
    if validation.gain_interval[0] > 0 and validation.gain >= LEAST_GAIN:
        return Learned(model, validation)
    return NotShown(
        "On the newest cases the prediction is not clearly better than what the last step alone tells "
        f"({validation.gain:+.0%}), so it is not shown.",
        validation,
    )


def _reliability(predicted: Numbers, actual: Numbers, bands: int = 10) -> tuple[Band, ...]:
    order = np.argsort(predicted, kind="stable")
    parts = [part for part in np.array_split(order, bands) if len(part)]
    return tuple(Band(len(part), float(predicted[part].mean()), float(actual[part].mean())) for part in parts)
