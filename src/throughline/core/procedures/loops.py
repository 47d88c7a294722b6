"""
Cutting loops of causes: cases that set each other off without end are stopped with an incident that shows the chain.

Whatever starts or moves a case because of something that was recorded carries the entry of the journal, and an entry
knows how many causes lie behind it. Nobody needs ``MAX_DEPTH`` of them in a row without a person, a clock or somebody
outside between; so whoever would be next is held, and the incident names what led to it, the oldest first.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from throughline.core.journal import MAX_DEPTH
from throughline.core.procedures import setwise

_CHAIN = """
WITH RECURSIVE chain (id, event, actor_label, cause_id, place) AS (
    SELECT id, event, actor_label, cause_id, 0 FROM journal_entry WHERE id = %s
    UNION ALL
    SELECT e.id, e.event, e.actor_label, e.cause_id, chain.place + 1
    FROM chain JOIN journal_entry e ON e.id = chain.cause_id WHERE chain.place < 100
)
SELECT event, actor_label FROM chain ORDER BY place DESC
"""


class LoopOfCauses(Exception):
    """Procedures set each other off without end."""


def is_too_deep(depth: int) -> bool:
    """Say whether so many causes in a row are a loop."""
    return depth >= MAX_DEPTH


def cut(cases: Iterable[tuple[int, int]], *, at: datetime) -> None:
    """Hold cases, each with the entry that would have set it off, in the caller's transaction."""
    from throughline.core.procedures.driver.batch import hold  # the driver sends messages, and messages may be cut

    for case, entry in cases:
        told = " > ".join(f"{event} ({label})" for event, label in setwise.fetch(_CHAIN, [entry]))
        hold(
            case, LoopOfCauses(f"Expected at most {MAX_DEPTH} causes in a row, but this chain is longer: {told}"), at=at
        )
