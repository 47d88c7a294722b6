"""Claiming commands: different workers never hold the same case, and nobody overtakes within a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from operator import itemgetter
from typing import Any

import msgspec
from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.procedures import setwise
from throughline.core.procedures.inbox import Lane
from throughline.flow.engine import commands as cmd
from throughline.flow.engine import decode_command


@dataclass(frozen=True, slots=True)
class Claimed:
    """A command of the inbox that this transaction holds."""

    id: int
    case: int
    command: cmd.Command
    by: Actor
    at: datetime
    cause: int | None
    letter: dict[str, Any] | None


_COLUMNS = "id, case_id, command, actor_kind, actor_id, actor_label, at, cause, letter::text"

_OLDEST = f"""
SELECT {_COLUMNS} FROM procedures_inbox WHERE NOT parked AND lane = %s AND id > %s ORDER BY id LIMIT %s
FOR UPDATE SKIP LOCKED
"""
_OF_CASES = f"""
SELECT {_COLUMNS} FROM procedures_inbox WHERE NOT parked AND case_id = ANY(%s) ORDER BY id LIMIT %s
FOR UPDATE SKIP LOCKED
"""
_FIRST_NOT_HELD = """
SELECT case_id, min(id) FROM procedures_inbox WHERE case_id = ANY(%s) AND id <> ALL(%s) AND NOT parked GROUP BY case_id
"""

SHARES = ((Lane.PROMPT, 0.5), (Lane.TIMERS, 0.4), (Lane.BULK, 0.1))
"""What part of a batch each lane is sure of while others press; what one does not need goes to the next in order."""


def claim(limit: int, cases: Sequence[int] | None = None) -> dict[int, list[Claimed]]:
    """
    Lock up to ``limit`` commands, of these ``cases`` only if given, and return them by case, oldest first.

    Without ``cases`` each lane gets its share. Earlier commands of the same cases that wait in another lane come too.
    A command is left alone if an earlier one of its case is not held by this transaction: another worker has it, and
    until that one commits, its row is visible here.
    """
    rows = _oldest(limit) if cases is None else setwise.fetch(_OF_CASES, [list(cases), limit])
    if not rows:
        return {}
    first_not_held = _first_not_held(rows)
    overtaken = sorted({row[1] for row in rows if row[0] > first_not_held.get(row[1], row[0])})
    if overtaken:
        rows = sorted({row[0]: row for row in (*rows, *_of_cases(overtaken))}.values(), key=itemgetter(0))
        first_not_held = _first_not_held(rows)
    claimed: dict[int, list[Claimed]] = {}
    for row in rows:
        if row[0] < first_not_held.get(row[1], row[0] + 1):
            claimed.setdefault(row[1], []).append(_claimed(row))
    return claimed


@transaction.atomic
def next_cases(limit: int) -> list[int]:
    """Return the cases that a claim of up to ``limit`` commands would take now."""
    return list(dict.fromkeys(row[1] for row in _oldest(limit)))


def _oldest(limit: int) -> list[setwise.Row]:
    """Lock the oldest commands of each lane by its share, then by the order of lanes as long as there is room."""
    rows: list[setwise.Row] = []
    last: dict[Lane, int] = {}
    for lane, share in SHARES:
        wanted = min(limit - len(rows), ceil(limit * share))
        found = setwise.fetch(_OLDEST, [lane, 0, wanted]) if wanted else []
        rows += found
        if found and len(found) == wanted:
            last[lane] = found[-1][0]
    for lane, after in last.items():
        if len(rows) < limit:
            rows += setwise.fetch(_OLDEST, [lane, after, limit - len(rows)])
    return sorted(rows, key=itemgetter(0))


def _of_cases(cases: list[int]) -> list[setwise.Row]:
    return setwise.fetch(_OF_CASES, [cases, None])


def _first_not_held(rows: Sequence[setwise.Row]) -> dict[int, int]:
    return dict(setwise.fetch(_FIRST_NOT_HELD, [[row[1] for row in rows], [row[0] for row in rows]]))


def _claimed(row: setwise.Row) -> Claimed:
    key, case, command, kind, actor, label, at, cause, letter = row
    by = Actor(kind, actor, label)
    return Claimed(key, case, decode_command(bytes(command)), by, at, cause, letter and msgspec.json.decode(letter))
