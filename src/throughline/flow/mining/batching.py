"""
Work done in batches: one resource does the same activity for several cases right after each other.

Theory of operation. The executions of an activity by one resource are put in order of time; a pause longer than
``gap_seconds`` parts them. What then stands together, if it is of several cases, is a batch. Cases of a batch wait for
the batch and not for the work, which is what makes batching a cause of waiting (Lashkevich, Milani, Chapela-Campa,
Suvorau, Dumas, "Why am I waiting?", 2022).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from throughline.flow.mining.log import EventLog
from throughline.flow.mining.spans import SECOND


@dataclass(frozen=True, slots=True)
class Batching:
    """How an activity is batched: batches, executions in them, the share of all its executions, and their mean size."""

    activity: str
    batches: int
    executions: int
    share: float
    mean_size: float


def batching(log: EventLog, *, gap_seconds: float = 60.0, least: int = 3) -> tuple[Batching, ...]:
    """Return the activities that are done in batches of at least ``least`` cases, the most batched first."""
    if "resource" not in log.columns or not log.events:
        return ()
    who, what = log.columns["resource"].codes, log.activity.codes
    order = np.lexsort((log.at, who, what))
    order = order[who[order] >= 0]
    apart = np.ones(len(order), dtype=np.bool_)
    same = (who[order][1:] == who[order][:-1]) & (what[order][1:] == what[order][:-1])
    apart[1:] = ~(same & (np.diff(log.at[order]) <= gap_seconds * SECOND))
    batch = np.cumsum(apart) - 1
    pairs = np.unique(np.stack([batch, log.case_of[order]]), axis=1)
    sizes = np.bincount(pairs[0]) if len(order) else np.zeros(0, dtype=np.int64)
    kind = what[order][apart]
    made = []
    for code, word in enumerate(log.activity.words):
        own = sizes[(kind == code) & (sizes >= least)]
        if len(own):
            total = int(np.count_nonzero(what == code))
            made.append(Batching(word, len(own), int(own.sum()), float(own.sum()) / total, float(own.mean())))
    return tuple(sorted(made, key=lambda each: (-each.share, each.activity)))
