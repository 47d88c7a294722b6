"""
Which of two versions a case starts with, when they share the cases that start.

Theory of operation. The draw is a hash of the split and the record (of the case itself where it has no record), so it
is random to everybody, the same whenever it is made again, and the same for all cases of one record. It is made in the
transaction that opens the cases, kept with the case (``split``, and ``is_other`` for which of the two it was) and told
by the journal. What happens to the case later, such as moving it to another version, changes neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from throughline.core.procedures import setwise

RANGE = 2**64


@dataclass(frozen=True, slots=True)
class Sharing:
    """A running split: ``percent`` of the cases of version ``live`` start with ``other``."""

    split: int
    live: int
    other: int
    percent: int
    other_number: int
    live_number: int


def draws_other(*, split: int, unit: str, percent: int) -> bool:
    """
    Say whether a unit (``lead/17``, or ``case/4`` without a record) starts with the other version.

    The first 64 bits of BLAKE2b over ``split/unit``, as a share of 2⁶⁴, lie below ``percent`` of a hundred.
    """
    drawn = int.from_bytes(blake2b(f"{split}/{unit}".encode(), digest_size=8).digest(), "big")
    return drawn * 100 < percent * RANGE


_RUNNING = """
SELECT s.id, s.live_id, s.other_id, s.percent, o.number, l.number FROM procedures_split s
JOIN procedures_procedureversion l ON l.id = s.live_id JOIN procedures_procedureversion o ON o.id = s.other_id
WHERE s.live_id = ANY(%s) AND s.ended_at IS NULL
"""


def running_splits(versions: Sequence[int]) -> dict[int, Sharing]:
    """Return the running split of each of these versions that has one, by the version. One query."""
    rows = setwise.fetch(_RUNNING, [sorted(set(versions))])
    return {row[1]: Sharing(*row) for row in rows}
