"""
Waiting and working: what a log tells when it records beginnings as well as ends.

Theory of operation. A log with a lifecycle has several events for one piece of work (XES, "Lifecycle extension"): it is
scheduled, started, completed. :func:`executions` makes one event of them: the n-th completion of an activity in a case
belongs to the n-th start of it. An event without its counterpart stays as it is, without a beginning. From then on
beginnings are a column, and so they are in logs that have one from the start (ours, and those of simulations).

Working is from beginning to end. Waiting is from when the work could have begun, if the log says so, otherwise from the
last end before it in the same case, until it began.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from throughline.flow.mining.flows import Elapsed, calendar_time
from throughline.flow.mining.log import NEVER, EventLog, Ints, Mask
from throughline.flow.mining.spans import Spans, summed_by

STARTS = frozenset({"start", "started", "begin", "begun"})
READY = frozenset({"schedule", "scheduled", "enabled", "enable", "assign", "assigned", "offered"})
ENDS = frozenset({"complete", "completed", "end", "ended", "finished", "done", "withdraw", "ate_abort", "pi_abort"})


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """How long one activity waited and was worked on."""

    activity: str
    waiting: Spans
    working: Spans


def has_lifecycle(log: EventLog) -> bool:
    """Say whether beginnings and ends are events of their own."""
    if log.started is not None or "lifecycle" not in log.columns:
        return False
    return bool(_is(log, STARTS).any() and _is(log, ENDS).any())


def executions(log: EventLog) -> EventLog:
    """Return the log with one event per piece of work, at its end, that knows when it began and could have begun."""
    if not has_lifecycle(log):
        return log
    ends, starts, ready = _is(log, ENDS), _is(log, STARTS), _is(log, READY)
    others = ~(ends | starts | ready)
    started = _counterparts(log, ends, starts)
    enabled = _counterparts(log, ends, ready)
    alone = _without_end(log, ends, starts)
    kept = ends | others | alone
    own = np.where(alone, log.at, started)
    made = replace(log, started=own, enabled=enabled if (enabled != NEVER).any() else None)
    return made.keep_events(kept)


def _is(log: EventLog, transitions: Iterable[str]) -> Mask:
    column = log.columns["lifecycle"]
    wanted = [number for number, word in enumerate(column.words) if word.casefold() in transitions]
    return np.isin(column.codes, wanted)


def _counterparts(log: EventLog, ends: Mask, begins: Mask) -> Ints:
    """For each end the instant of the beginning with the same number in its case and activity, if it is no later."""
    found = np.full(log.events, NEVER, dtype=np.int64)
    here, there = np.flatnonzero(ends), np.flatnonzero(begins)
    if not len(here) or not len(there):
        return found
    end_keys, begin_keys = _keys(log, here), _keys(log, there)
    order = np.argsort(begin_keys)
    place = np.minimum(np.searchsorted(begin_keys, end_keys, sorter=order), len(there) - 1)
    match = there[order[place]]
    fits = (begin_keys[order[place]] == end_keys) & (log.at[match] <= log.at[here])
    found[here[fits]] = log.at[match[fits]]
    return found


def _without_end(log: EventLog, ends: Mask, begins: Mask) -> Mask:
    """The beginnings to which no end belongs: work that was never finished."""
    alone = np.zeros(log.events, dtype=np.bool_)
    there = np.flatnonzero(begins)
    alone[there] = ~np.isin(_keys(log, there), _keys(log, np.flatnonzero(ends)))
    return alone


def _keys(log: EventLog, chosen: Ints) -> Ints:
    """A number for case, activity and how many like it came before, of each chosen event."""
    kinds = log.case_of[chosen].astype(np.int64) * len(log.activity.words) + log.activity.codes[chosen]
    order = np.argsort(kinds, kind="stable")
    in_order = kinds[order]
    begins = np.flatnonzero(np.diff(in_order, prepend=-1))
    rank = np.empty(len(chosen), dtype=np.int64)
    rank[order] = np.arange(len(chosen)) - np.repeat(begins, np.diff(np.append(begins, len(chosen))))
    return kinds * (int(rank.max(initial=0)) + 1) + rank


def working_times(log: EventLog, elapsed: Elapsed = calendar_time) -> tuple[WorkingTime, ...]:
    """Return waiting and working time per activity, by name; nothing when no event tells when its work began."""
    log = executions(log)
    if log.started is None:
        return ()
    known = np.flatnonzero(log.started != NEVER)
    waited = known[ready_at(log)[known] != NEVER]
    kinds = len(log.activity.words)
    working = summed_by(log.activity.codes[known], elapsed(log.started[known], log.at[known]), kinds)
    ready = np.minimum(ready_at(log)[waited], log.started[waited])
    waiting = summed_by(log.activity.codes[waited], elapsed(ready, log.started[waited]), kinds)
    made = zip(log.activity.words, waiting, working, strict=True)
    return tuple(sorted((WorkingTime(*each) for each in made if each[2].count), key=lambda each: each.activity))


def ready_at(log: EventLog) -> Ints:
    """
    Return when the work of each event could have begun, ``NEVER`` where nothing tells.

    That is what the log says, or else the last end before its beginning in the same case.
    """
    instants, rank = np.unique(log.at, return_inverse=True)
    row = log.case_of.astype(np.int64) * (len(instants) + 1)
    ended = row + rank + 1
    began = row + np.searchsorted(instants, log.begins, side="right")
    first = np.repeat(log.first, log.lengths)
    place = np.searchsorted(ended, began, side="right") - first
    place = np.minimum(place, np.arange(log.events) - first)  # an event is not its own predecessor
    before = np.where(place > 0, log.at[first + np.maximum(place - 1, 0)], NEVER)
    return before if log.enabled is None else np.where(log.enabled == NEVER, before, log.enabled)
