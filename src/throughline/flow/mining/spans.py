"""
Spans of time, summed up: mean, median and percentiles, of one array or of many groups at once.

Percentiles are interpolated linearly between the two nearest values, as PostgreSQL's ``percentile_cont``, DuckDB's
``quantile_cont`` and numpy do (type 7 of Hyndman and Fan, "Sample quantiles in statistical packages", 1996).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from throughline.flow.mining.log import Codes, Ints

SECOND = 1_000_000
PERCENTILES = (50, 90, 95)


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans in seconds, summed up. ``count``: how many there are; with none, everything else is None."""

    count: int
    mean: float | None = None
    median: float | None = None
    p90: float | None = None
    p95: float | None = None
    min: float | None = None
    max: float | None = None

    @property
    def total(self) -> float:
        """All spans together, in seconds."""
        return (self.mean or 0.0) * self.count


def summed(spans: Ints) -> Spans:
    """Sum up an array of microseconds."""
    if not len(spans):
        return Spans(0)
    median, p90, p95 = np.percentile(spans, PERCENTILES)
    return Spans(
        len(spans),
        float(spans.sum(dtype=np.int64)) / len(spans) / SECOND,
        float(median) / SECOND,
        float(p90) / SECOND,
        float(p95) / SECOND,
        float(spans.min()) / SECOND,
        float(spans.max()) / SECOND,
    )


def summed_by(group: Codes | Ints, spans: Ints, groups: int) -> list[Spans]:
    """Sum up microseconds per group; ``group`` holds a number below ``groups`` for each span."""
    counts = np.bincount(group, minlength=groups)
    grouped = _in_order(group, spans, groups)
    ends = np.cumsum(counts)
    return [
        _of_sorted(grouped[end - count : end]) if count else Spans(0)
        for end, count in zip(ends.tolist(), counts.tolist(), strict=True)
    ]


def _in_order(group: Codes | Ints, spans: Ints, groups: int) -> Ints:
    """
    The spans in the order of group and size.

    Group and span are put into one number where they fit, because sorting plain numbers is several times as fast as
    sorting positions.
    """
    if not len(spans):
        return spans
    least = int(spans.min())
    bits = (int(spans.max()) - least).bit_length()
    if bits + groups.bit_length() > 63:
        return spans[np.lexsort((spans, group))]
    keys = group.astype(np.int64) << bits
    keys |= spans - least
    keys.sort()
    keys &= (1 << bits) - 1
    keys += least
    return keys


def _of_sorted(spans: Ints) -> Spans:
    median, p90, p95 = (_percentile(spans, percent) for percent in PERCENTILES)
    mean = float(spans.sum(dtype=np.int64)) / len(spans) / SECOND
    return Spans(len(spans), mean, median, p90, p95, float(spans[0]) / SECOND, float(spans[-1]) / SECOND)


def _percentile(spans: Ints, percent: int) -> float:
    below, hundredths = divmod((len(spans) - 1) * percent, 100)
    low = int(spans[below])
    if not hundredths:
        return low / SECOND
    return (low + (int(spans[below + 1]) - low) * hundredths / 100) / SECOND
