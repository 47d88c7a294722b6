"""
Adding up what the log counts of itself (models/day_use.py).

Every statement that writes the log leaves a few small rows. Here many of them become one per day, kind, node and flow,
in one statement: whoever sums them up meanwhile sees all of them before or all of them after, and so the same sum.
"""

from __future__ import annotations

from datetime import datetime

from throughline.core.procedures import setwise

AT_ONCE = 50_000

MERGE = """
WITH loose AS (
    DELETE FROM procedures_dayuse WHERE id IN (
        SELECT id FROM procedures_dayuse WHERE NOT is_merged ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING *
)
INSERT INTO procedures_dayuse AS u (version_id, day, kind, node, flow, times, rested, rested_us, is_merged)
SELECT version_id, day, kind, node, flow, sum(times), sum(rested), sum(rested_us), true
FROM loose GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (version_id, day, kind, node, flow) WHERE is_merged
DO UPDATE SET times = u.times + EXCLUDED.times, rested = u.rested + EXCLUDED.rested,
              rested_us = u.rested_us + EXCLUDED.rested_us
"""


def merge_day_use(*, at: datetime) -> int:  # noqa: ARG001 (chores are told the instant)
    """Add the loose rows up into one per key and day; returns how many keys had some."""
    return setwise.execute(MERGE, [AT_ONCE])
