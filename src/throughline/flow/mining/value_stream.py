"""
The value stream of a log, and where its time goes.

Definitions (Martin and Osterling, "Value Stream Mapping", 2013). Per step: *lead time* from when work could begin until
it ended, *process time* while it was worked on, and *complete and accurate*, the share of executions to which the case
does not come back. Of the whole: *activity ratio*, process time per lead time, and *rolled complete and accurate*, the
product over the steps. A log without beginnings tells lead times only: process times are then None, and never guessed.

A bottleneck is named by the total time that is spent there, not by the mean: a step that takes long once a year is
none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from throughline.flow.mining.flows import Elapsed, Flow, calendar_time, flows
from throughline.flow.mining.lifecycle import executions, ready_at
from throughline.flow.mining.log import NEVER, EventLog, Ints, Mask
from throughline.flow.mining.spans import SECOND, Spans, summed_by
from throughline.flow.mining.statistics import case_spans, repeated

Worth = Literal["yes", "necessary", "waste"]


@dataclass(frozen=True, slots=True)
class StreamStep:
    """
    One step of the stream, in the order in which cases usually come to it.

    ``per_case``: executions per case. ``complete_and_accurate``: from 0 to 1. ``worth``: whether it adds value, where
    that is known.
    """

    activity: str
    executions: int
    per_case: float
    lead: Spans
    process: Spans
    complete_and_accurate: float
    worth: Worth | None


@dataclass(frozen=True, slots=True)
class ValueStream:
    """
    The steps and the figures of the whole; seconds per case. ``activity_ratio`` is None when no process time is known.
    ``value_ratio``: process time of value-adding steps per lead time, None when no step says what it is worth.
    """

    steps: tuple[StreamStep, ...]
    lead_seconds: float
    process_seconds: float | None
    activity_ratio: float | None
    value_ratio: float | None
    rolled_complete_and_accurate: float


def value_stream(
    log: EventLog, elapsed: Elapsed = calendar_time, *, worth: Mapping[str, Worth] | None = None
) -> ValueStream:
    """Return the value stream of a log; ``elapsed`` is the clock, ``worth`` what is known of each activity."""
    log = executions(log)
    steps = _steps(log, elapsed, worth or {})
    lead = sum(each.lead.total for each in steps) / max(log.cases, 1)
    known = [each for each in steps if each.process.count]
    process = sum(each.process.total for each in known) / max(log.cases, 1) if known else None
    adding = sum(each.process.total for each in known if each.worth == "yes") / max(log.cases, 1)
    rolled = 1.0
    for each in steps:
        rolled *= each.complete_and_accurate
    return ValueStream(
        steps,
        lead,
        process,
        process / lead if process is not None and lead else None,
        adding / lead if lead and any(each.worth for each in known) else None,
        rolled,
    )


def _steps(log: EventLog, elapsed: Elapsed, worth: Mapping[str, Worth]) -> tuple[StreamStep, ...]:
    kinds, codes = len(log.activity.words), log.activity.codes
    ready = _ready(log)
    led = np.flatnonzero(ready != NEVER)
    lead = summed_by(codes[led], elapsed(ready[led], log.at[led]), kinds)
    worked = np.flatnonzero(log.started != NEVER) if log.started is not None else np.zeros(0, dtype=np.int64)
    process = summed_by(codes[worked], elapsed(log.begins[worked], log.at[worked]), kinds)
    counts = np.bincount(codes, minlength=kinds)
    again = np.bincount(codes[_returned(log)], minlength=kinds)
    place = _usual_place(log)
    made = [
        StreamStep(
            word,
            int(counts[code]),
            float(counts[code]) / log.cases,
            lead[code],
            process[code],
            1 - float(again[code]) / float(counts[code]),
            worth.get(word),
        )
        for code, word in enumerate(log.activity.words)
        if counts[code]
    ]
    return tuple(sorted(made, key=lambda each: (place[each.activity], each.activity)))


def _ready(log: EventLog) -> Ints:
    """When work could begin; of the first step of a case, when it began."""
    ready = ready_at(log)
    return ready if log.started is None else np.where(ready == NEVER, log.begins, ready)


def _returned(log: EventLog) -> Mask:
    """Mark each execution to which the case came back: the same activity occurs later in it."""
    reverse = log.events - 1 - np.arange(log.events)
    turned = EventLog(
        list(log.names)[::-1],
        (log.events - log.offsets)[::-1],
        log.activity.at(reverse),
        log.at[reverse],
    )
    return np.asarray(repeated(turned)[reverse])


def _usual_place(log: EventLog) -> dict[str, float]:
    """The median position of each activity in its case, from 0 to 1."""
    position = np.arange(log.events) - np.repeat(log.first, log.lengths)
    relative = position / np.maximum(np.repeat(log.lengths, log.lengths) - 1, 1)
    return {
        word: float(np.median(relative[log.activity.codes == code]))
        for code, word in enumerate(log.activity.words)
        if (log.activity.codes == code).any()
    }


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """An arc, the time all cases together spend on it in seconds, and its share of the time of all cases."""

    flow: Flow
    total_seconds: float
    share: float


def bottlenecks(log: EventLog, elapsed: Elapsed = calendar_time) -> tuple[Bottleneck, ...]:
    """Return the arcs by falling total time."""
    everything = float(case_spans(log, elapsed).sum(dtype=np.int64)) / SECOND if log.cases else 0.0
    made = [
        Bottleneck(flow, flow.spans.total, flow.spans.total / everything if everything else 0.0)
        for flow in flows(log, elapsed)
    ]
    return tuple(sorted(made, key=lambda each: (-each.total_seconds, each.flow.source, each.flow.target)))


@dataclass(frozen=True, slots=True)
class Band:
    """Where a figure usually lies."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Say whether ``value`` is as usual."""
        return self.low <= value <= self.high


USUAL_AT_LEAST = 8
SPREAD = 3 * 1.4826
"""Three standard deviations of a normal distribution, by its median absolute deviation."""


def usual_band(history: Ints | list[float]) -> Band | None:
    """
    Return where the values of the past usually lay, such as a step's queue at the end of each day.

    The median and three robust deviations to both sides, at least one whole unit; None for a history too short to say.
    """
    values = np.asarray(history, dtype=np.float64)
    if len(values) < USUAL_AT_LEAST:
        return None
    middle = float(np.median(values))
    reach = max(SPREAD * float(np.median(np.abs(values - middle))), 1.0)
    return Band(max(middle - reach, 0.0), middle + reach)
