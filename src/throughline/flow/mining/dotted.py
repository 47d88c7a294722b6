"""The dotted chart: every event a dot, a row per case, time to the right (Song and van der Aalst, 2007)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from throughline.flow.mining.log import EventLog

DOTS_AT_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Dots:
    """
    One entry per dot: ``rows``, ``seconds`` and ``activities`` (a position in ``words``).

    ``seconds`` since 1970, or since the case began. ``cases``: the case of each row. ``share``: what share of all cases
    is shown, evenly picked when there are too many.
    """

    rows: list[int]
    seconds: list[float]
    activities: list[int]
    words: tuple[str, ...]
    cases: list[str]
    share: float


def dotted(
    log: EventLog,
    *,
    order: Literal["start", "duration", "events"] = "start",
    relative: bool = False,
    at_most: int = DOTS_AT_MOST,
) -> Dots:
    """Return the dots of a log; rows are sorted by the start, duration or number of events of their case."""
    keys = {"start": log.at[log.first], "duration": log.durations, "events": log.lengths}
    ranked = np.argsort(keys[order], kind="stable")
    mean = log.events / log.cases if log.cases else 1
    shown = max(1, min(log.cases, int(at_most / mean))) if log.cases else 0
    chosen = ranked[np.linspace(0, log.cases - 1, shown).astype(np.int64)] if shown else ranked[:0]
    row_of = np.full(log.cases, -1, dtype=np.int64)
    row_of[chosen] = np.arange(shown)
    rows = row_of[log.case_of]
    dots = np.flatnonzero(rows >= 0)
    begin = np.repeat(log.at[log.first], log.lengths)[dots] if relative else 0
    return Dots(
        rows[dots].tolist(),
        ((log.at[dots] - begin) / 1e6).tolist(),
        log.activity.codes[dots].tolist(),
        log.activity.words,
        [log.names[case] for case in chosen.tolist()],
        shown / log.cases if log.cases else 1.0,
    )
