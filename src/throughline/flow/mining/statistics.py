"""Plain figures of a log: rework, hand-overs, workload, and how many events and how much time a case takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from throughline.flow.mining.flows import Elapsed, calendar_time
from throughline.flow.mining.log import EventLog, Ints, Mask
from throughline.flow.mining.spans import Spans, summed


@dataclass(frozen=True, slots=True)
class Rework:
    """
    Work done again. ``cases``: cases in which some activity occurs more than once; ``events``: over all cases and
    activities, occurrences beyond the first; ``activities``: those events by activity, the most frequent first.
    """

    cases: int
    events: int
    activities: dict[str, int]


def rework(log: EventLog) -> Rework:
    """Return what was done more than once in a case."""
    again = repeated(log)
    per_case = log.any_per_case(again)
    return Rework(int(per_case.sum()), int(again.sum()), log.activity.at(again).counts())


def repeated(log: EventLog) -> Mask:
    """Mark every event whose activity occurred earlier in its case."""
    kinds = len(log.activity.words)
    keys = log.case_of.astype(np.int64) * kinds + log.activity.codes
    order = np.argsort(keys, kind="stable")
    again = np.zeros(log.events, dtype=np.bool_)
    in_order = keys[order]
    again[order[1:]] = in_order[1:] == in_order[:-1]
    return again


def handovers(log: EventLog) -> int:
    """Return how often the next event of a case is by another resource; nobody counts as one."""
    if "resource" not in log.columns:
        return 0
    who = log.columns["resource"].codes
    return int(np.count_nonzero(who[log.steps] != who[log.steps + 1]))


@dataclass(frozen=True, slots=True)
class Handover:
    """``count`` times a case went from one resource to another."""

    giver: str
    taker: str
    count: int


def handover_matrix(log: EventLog) -> tuple[Handover, ...]:
    """
    Return who hands to whom, also to themselves, the most frequent first: from each resource to the next one that does
    something in the case. What nobody does in between (an automatic step, a timer) is passed over.
    """
    who = log.columns["resource"]
    done = np.flatnonzero(who.codes >= 0)
    cases, codes = log.case_of[done], who.codes[done].astype(np.int64)
    goes_on = cases[1:] == cases[:-1]
    width = len(who.words)
    found, counts = np.unique((codes[:-1] * width + codes[1:])[goes_on], return_counts=True)
    made = [
        Handover(who.words[pair // width], who.words[pair % width], count)
        for pair, count in zip(found.tolist(), counts.tolist(), strict=True)
    ]
    return tuple(sorted(made, key=lambda each: (-each.count, each.giver, each.taker)))


@dataclass(frozen=True, slots=True)
class Workload:
    """What one resource did: events, cases touched, and its events by activity."""

    resource: str | None
    events: int
    cases: int
    activities: dict[str, int]


def workload(log: EventLog) -> tuple[Workload, ...]:
    """Return what each resource did, the busiest first."""
    who = log.columns["resource"]
    made = []
    for code in np.unique(who.codes).tolist():
        own = np.flatnonzero(who.codes == code)
        cases = len(np.unique(log.case_of[own]))
        name = who.words[code] if code >= 0 else None
        made.append(Workload(name, len(own), cases, log.activity.at(own).counts()))
    return tuple(sorted(made, key=lambda each: (-each.events, each.resource or "")))


def case_durations(log: EventLog, elapsed: Elapsed = calendar_time) -> Spans:
    """Sum up how long cases took, from first to last event."""
    return summed(case_spans(log, elapsed))


def case_spans(log: EventLog, elapsed: Elapsed = calendar_time) -> Ints:
    """Return how long each case took, in microseconds by a clock."""
    end = log.at[log.last]
    return elapsed(end - log.durations, end)
