"""Small logs made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from throughline.flow.mining.log import EventLog, Words, microseconds, of_rows, ordered

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def at(hours: float) -> datetime:
    """The instant so many hours after Monday, nine o'clock."""
    return MONDAY + timedelta(hours=hours)


def log_of(*cases: str, hours: float = 1.0) -> EventLog:
    """A log whose cases are given by letters (``"abc"``), one event every so many hours, all from Monday on."""
    rows = [(f"c{n}", letter, at(i * hours)) for n, case in enumerate(cases, 1) for i, letter in enumerate(case)]
    return of_rows(rows)


def log_with(
    rows: Sequence[tuple[str, str, float]], *, lifecycle: list[str] | None = None, **columns: list[str | None]
) -> EventLog:
    """A log of (case, activity, hours since Monday) with further columns."""
    given: dict[str, list[str | None]] = dict(columns)
    if lifecycle is not None:
        given["lifecycle"] = list(lifecycle)
    return ordered(
        Words.of(row[0] for row in rows),
        Words.of(row[1] for row in rows),
        np.array([microseconds(at(row[2])) for row in rows], dtype=np.int64),
        {name: Words.of(values) for name, values in given.items()},
    )
