"""
Filters: which cases, or which events, a question is about.

Theory of operation. A filter is a value that says what is kept; :func:`filtered` gives the smaller log, and map,
statistics, variants and lists of cases are all asked of that one, so they always agree. Filters are applied in their
order; each sees what the ones before it left. They are plain structs with a ``kind``, so that they can be saved and
travel in an address. The kinds are the six that users of mining tools know (time, attribute, path, duration, outcome,
variant), with rework beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
import numpy as np

from throughline.flow.mining.flows import Elapsed, calendar_time
from throughline.flow.mining.log import EventLog, Ints, Mask, microseconds
from throughline.flow.mining.spans import SECOND
from throughline.flow.mining.statistics import case_spans, repeated
from throughline.flow.mining.temporal import read_instant
from throughline.flow.mining.variants import digest, variants


class Filter(msgspec.Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True, omit_defaults=True):
    """What every filter is."""


class During(Filter, frozen=True, tag="time"):
    """
    Cases, or events, of a span of time; ``since`` belongs to it, ``until`` does not; None is open. ISO 8601, UTC.

    ``cases``: ``within`` it whole, ``touching`` it, ``starting`` or ``ending`` in it; ``events`` cuts cases down to
    their events in it.
    """

    since: str | None = None
    until: str | None = None
    cases: Literal["within", "touching", "starting", "ending", "events"] = "within"


class Having(Filter, frozen=True, tag="attribute"):
    """
    Cases with an event in which ``column`` is one of ``words``; None among them is no word.

    ``keep``: ``cases`` with such an event, ``events`` only those events, ``others`` the cases without any.
    """

    column: str
    words: tuple[str | None, ...]
    keep: Literal["cases", "events", "others"] = "cases"


class Following(Filter, frozen=True, tag="path"):
    """
    Cases in which ``second`` follows ``first``, next or at any time later; within the bounds in seconds, if given.

    ``keep``: ``cases`` in which it does, ``others`` those in which it does not.
    """

    first: str
    second: str
    how: Literal["directly", "eventually"] = "directly"
    at_least: float | None = None
    at_most: float | None = None
    keep: Literal["cases", "others"] = "cases"


class Lasting(Filter, frozen=True, tag="duration"):
    """Cases that took so many seconds, both bounds included; None is open."""

    at_least: float | None = None
    at_most: float | None = None


class Ending(Filter, frozen=True, tag="outcome"):
    """Cases that start with one of ``starts`` and end with one of ``ends``; empty is any."""

    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    keep: Literal["cases", "others"] = "cases"


class Going(Filter, frozen=True, tag="variant"):
    """
    Cases of given variants: the ``most_frequent`` ones, those with just these activities, or those whose activities
    have one of these ``digests`` (:func:`variants.digest`).
    """

    most_frequent: int | None = None
    activities: tuple[tuple[str, ...], ...] = ()
    digests: tuple[str, ...] = ()


class Containing(Filter, frozen=True, tag="cases"):
    """Cases by their names."""

    names: tuple[str, ...]


class Repeating(Filter, frozen=True, tag="rework"):
    """Cases in which ``activity``, or any when None, occurs more than once."""

    activity: str | None = None


AnyFilter = During | Having | Following | Lasting | Ending | Going | Repeating | Containing


class NoSuchColumn(ValueError):
    """A filter names a column that the log does not have."""


def filtered(log: EventLog, filters: Iterable[AnyFilter], elapsed: Elapsed = calendar_time) -> EventLog:
    """
    Return what the filters leave of a log, one after the other; ``elapsed`` is the clock for durations.

    Raises:
        NoSuchColumn: a filter asks for a column that there is not.
        ValueError: a bound cannot be read as an instant.
    """
    for each in filters:
        log = _applied(log, each, elapsed)
    return log


def _applied(log: EventLog, each: AnyFilter, elapsed: Elapsed) -> EventLog:
    if not log.cases:
        return log
    match each:
        case During():
            return _during(log, each)
        case Having():
            return _having(log, each)
        case Following():
            return log.keep_cases(_as_asked(_following(log, each, elapsed), each.keep))
        case Lasting():
            return log.keep_cases(_within(case_spans(log, elapsed), each.at_least, each.at_most))
        case Ending():
            return log.keep_cases(_as_asked(_starts(log, each.starts) & _ends(log, each.ends), each.keep))
        case Going():
            return log.keep_cases(_going(log, each))
        case Repeating():
            return log.keep_cases(_repeating(log, each))
        case Containing():
            wanted = set(each.names)
            return log.keep_cases(np.fromiter((name in wanted for name in log.names), np.bool_, log.cases))


def _as_asked(cases: Mask, keep: str) -> Mask:
    return ~cases if keep == "others" else cases


def _during(log: EventLog, each: During) -> EventLog:
    since = microseconds(read_instant(each.since)) if each.since else np.iinfo(np.int64).min
    until = microseconds(read_instant(each.until)) if each.until else np.iinfo(np.int64).max
    if each.cases == "events":
        return log.keep_events((log.at >= since) & (log.at < until))
    first, last = log.at[log.last] - log.durations, log.at[log.last]
    starts, ends = (first >= since) & (first < until), (last >= since) & (last < until)
    kept = {
        "within": starts & ends,
        "touching": (first < until) & (last >= since),
        "starting": starts,
        "ending": ends,
    }
    return log.keep_cases(kept[each.cases])


def _having(log: EventLog, each: Having) -> EventLog:
    try:
        column = log.column(each.column)
    except KeyError as problem:
        known = ", ".join(["activity", *log.columns])
        raise NoSuchColumn(f"The log has no column “{each.column}”; it has {known}.") from problem
    wanted = [-1 if word is None else column.code(word) for word in each.words]
    events = np.isin(column.codes, wanted)
    if each.keep == "events":
        return log.keep_events(events)
    return log.keep_cases(_as_asked(log.any_per_case(events), each.keep))


def _following(log: EventLog, each: Following, elapsed: Elapsed) -> Mask:
    first, second = log.activity.code(each.first), log.activity.code(each.second)
    found = np.zeros(log.cases, dtype=np.bool_)
    steps = log.steps
    if each.how == "directly":
        here = steps[(log.activity.codes[steps] == first) & (log.activity.codes[steps + 1] == second)]
        there = here + 1
    else:
        here, there = _pairs(
            log, np.flatnonzero(log.activity.codes == first), np.flatnonzero(log.activity.codes == second)
        )
    inside = _within(elapsed(log.at[here], log.at[there]), each.at_least, each.at_most)
    found[log.case_of[here[inside]]] = True
    return found


def _pairs(log: EventLog, first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """Every pair of one of ``first`` and a later one of ``second`` in the same case."""
    begin = np.searchsorted(second, first, side="right")
    end = np.searchsorted(second, log.offsets[log.case_of[first] + 1], side="left")
    count = np.maximum(end - begin, 0)
    here = np.repeat(first, count)
    place = np.arange(len(here)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(begin, count)
    return here, second[place]


def _within(spans: Ints, at_least: float | None, at_most: float | None) -> Mask:
    kept = np.ones(len(spans), dtype=np.bool_)
    if at_least is not None:
        kept &= spans >= at_least * SECOND
    if at_most is not None:
        kept &= spans <= at_most * SECOND
    return kept


def _starts(log: EventLog, words: tuple[str, ...]) -> Mask:
    return _are(log, log.first, words)


def _ends(log: EventLog, words: tuple[str, ...]) -> Mask:
    return _are(log, log.last, words)


def _are(log: EventLog, events: Ints, words: tuple[str, ...]) -> Mask:
    if not words:
        return np.ones(len(events), dtype=np.bool_)
    return np.isin(log.activity.codes[events], [log.activity.code(word) for word in words])


def _going(log: EventLog, each: Going) -> Mask:
    ways = variants(log)
    wanted = {number for number, activities in enumerate(ways.activities) if activities in each.activities}
    if each.digests:
        wanted |= {number for number, activities in enumerate(ways.activities) if digest(activities) in each.digests}
    if each.most_frequent is not None:
        wanted |= set(range(min(each.most_frequent, len(ways))))
    return np.isin(ways.of_case, list(wanted))


def _repeating(log: EventLog, each: Repeating) -> Mask:
    events = repeated(log)
    if each.activity is not None:
        events &= log.activity.codes == log.activity.code(each.activity)
    return log.any_per_case(events)
